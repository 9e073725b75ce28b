"""Subscriptions of which many hear the same: those with one key have one line.

A line reads what happens once for all who listen, and asks the database once who of them may hear
it. What a listener missed before is its own to read.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, TypeVar
from uuid import UUID

from resolvers.audience import Users, seers
from resolvers.context import NOBODY, Audience, Context

T_co = TypeVar("T_co", covariant=True)

MOST_AT_ONCE = 50
"""Events that a line reads, and asks the database about, in one go."""

RollCall: TypeAlias = Callable[[], Collection[UUID]]
"""The users who listen now: those who come later are not told what is being told."""


def nothing() -> None:
    """Do nothing."""


class TakeSeat(Protocol):
    """Called where a listener has caught up."""

    def __call__(self, place: int | None, left: Callable[[], None] = nothing) -> None:
        """What follows `place` in the line is to be told; without a place everything from now on.

        `left` is called once, when the seat is empty again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Telling:
    """Something that a line tells to those listeners who may hear it.

    `root` is what a subscription selects from; what it selects is read in `context` where it is
    the same for all. `seers` may see the conversation; `private_to` is set where it concerns one
    user alone. `recorded_at` is POSIX seconds; None for what is not recorded. `place` is its number
    in the line, if it has any. It `takes_back` something where what was told before must not be
    told again as it was.
    """

    root: Any
    context: Context
    seers: Users
    recorded_at: float | None
    place: int | None = None
    private_to: UUID | None = None
    takes_back: bool = False

    def read_again(self) -> "Telling":
        """The same, of which nothing has been read yet."""
        return replace(self, context=self.context.anew())

    def is_seen_by(self, user_id: UUID) -> bool:
        """Whether a user of the roll may see what it is about."""
        return self.seers is None or user_id in self.seers

    def is_for(self, user_id: UUID) -> bool:
        """Whether a user of the roll is to be told."""
        return self.is_seen_by(user_id) and self.private_to in (None, user_id)


class SharedStream(ABC, AsyncIterable[T_co]):
    """A listener's source of events; it is for groups to hear, rather than to be iterated over."""

    def __init__(self, context: Context, show: Callable[[Any], T_co]) -> None:
        """`show` makes a root of what happened."""
        self.context = context
        self.show = show
        # The place in the line after which the listener wants to be told, if it knows one.
        self.after: int | None = None

    @property
    @abstractmethod
    def key(self) -> tuple[UUID | None, ...]:
        """Streams of one subscription that are equal in this have the same line."""

    @property
    def listener(self) -> UUID:
        """The user who listens."""
        return self.context.viewer.user_id

    @property
    def is_strict(self) -> bool:
        """Whether the stream ends for who may not hear something, rather than passing over it."""
        return False

    @abstractmethod
    async def admit(self) -> None:
        """Raise what the listener is told who may not listen, NOT_FOUND or BAD_CURSOR."""

    @abstractmethod
    def line(self, roll_call: RollCall) -> AsyncGenerator[list[Telling], None]:
        """What happens from now on: the first list, perhaps an empty one, says that it began.

        Where the line ends its listeners have heard all that there is.

        The roll is called once a list, before the database is asked who may hear it.
        """

    @abstractmethod
    def missed(self, leader: "SharedStream[Any]", seat: TakeSeat) -> AsyncGenerator[T_co, None]:
        """The roots of what happened before. At its end it has called `seat`, or is all over.

        `leader` is the stream of the same key whose line is running.
        """

    def alone(self) -> tuple[UUID]:
        """The roll of somebody who listens apart from a group."""
        return (self.listener,)

    def __aiter__(self) -> AsyncIterator[T_co]:
        raise TypeError("a shared stream is heard in a group")


async def who_sees(
    context: Context, conversation_ids: Collection[UUID | None], users: Collection[UUID]
) -> dict[UUID | None, tuple[Users, Context]]:
    """For each conversation who of the users may see it, and a context for them all.

    None stands for what is in no conversation, and is the whole tenant's.
    """
    ids = [key for key in conversation_ids if key is not None]
    found: dict[UUID | None, Users] = {}
    if ids:
        found.update((await seers(context.read, ids, users)).items())
    if None in conversation_ids:
        found[None] = None
    tenant_id = context.read.tenant_id
    return {
        key: (whom, Context.of(Audience(tenant_id, key or NOBODY), context.services))
        for key, whom in found.items()
    }
