"""Who is in a conversation now, and who types: told to those who may see it, kept nowhere."""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar
from uuid import UUID

from models.events import EventKind
from models.tenants import Role
from realtime.endings import FeedEnded, Reset
from realtime.events import LiveEvent
from realtime.hub import Hub
from realtime.presence_room import PresenceChange
from resolvers.context import NOBODY, Context
from resolvers.conversations import find_conversation
from resolvers.feeds import ends_told, reset
from resolvers.sharing import RollCall, SharedStream, TakeSeat, Telling, who_sees

T = TypeVar("T")


AUDIENCE_CHANGES = frozenset((EventKind.PARTICIPANT_LEFT, EventKind.CONVERSATION_CHANGED))
"""After these some may not see the conversation any more."""


class _Departed(FeedEnded):
    """The listener has left the conversation."""


class PresentUsers(SharedStream[T]):
    """Who is present in a conversation, then who comes, leaves and types.

    The listener is present while it lasts, unless they are only `watching`. It ends when they may
    not see the conversation any more. Raises TOO_MANY, RESET, DRAINING or TOO_MANY_FEEDS.
    """

    def __init__(
        self,
        context: Context,
        show: Callable[[PresenceChange], T],
        conversation_id: UUID,
        *,
        watching: bool = False,
    ) -> None:
        super().__init__(context, show)
        self._conversation_id = conversation_id
        self._watching = watching
        self._place = context.viewer.tenant_id, conversation_id
        self._presence = context.services.presences

    @property
    def key(self) -> tuple[UUID | None, ...]:
        """The tenant and the conversation."""
        return self._place

    @property
    def is_strict(self) -> bool:
        """Who has left hears nothing more."""
        return True

    async def admit(self) -> None:
        """Raise NOT_FOUND unless the viewer may see the conversation."""
        await find_conversation(self.context, self._conversation_id)

    async def line(self, roll_call: RollCall) -> AsyncGenerator[list[Telling], None]:
        """What becomes of the users; who is present already each listener reads alone."""
        with _ends_told(), self._presence.watch(*self._place) as feed:

            def hear(event: LiveEvent) -> None:
                if event.kind in AUDIENCE_CHANGES:
                    feed.wake()

            async with self._hub.listen(self._place[0], hear, feed.end, self._conversation_id):
                feed.known()
                yield []
                while True:
                    changes = await feed.batch()
                    yield await self._tellings(changes, roll_call)

    async def missed(self, leader: SharedStream[Any], seat: TakeSeat) -> AsyncGenerator[T, None]:
        """Who is present now, the listener too unless they are only watching."""
        with _ends_told(), ExitStack() as stay, self._presence.watch(*self._place) as feed:

            def hear(event: LiveEvent) -> None:
                theirs = event.id_of("user_id") == self.listener
                if theirs and event.kind is EventKind.PARTICIPANT_LEFT:
                    feed.end(_Departed("the listener has left", {}))

            async with self._hub.listen(self._place[0], hear, feed.end, self._conversation_id):
                # Asked only now, so that a listener who is removed meanwhile is heard to be.
                await self.admit()
                if not self._watching:
                    stay.enter_context(self._presence.here(*self._place, self.listener))
                while changes := feed.known():
                    for change in changes:
                        yield self.show(change)
                # Nothing happens between the last look and this.
                seat(feed.place, stay.pop_all().close)

    @property
    def _hub(self) -> Hub:
        return self.context.services.hub

    async def _tellings(
        self, changes: Sequence[PresenceChange], roll_call: RollCall
    ) -> list[Telling]:
        key = self._conversation_id
        users, context = (await who_sees(self.context, [key], roll_call()))[key]
        if not changes:
            # Told to nobody: those who may not see the conversation any more are sent away.
            return [Telling(None, context, users, None, private_to=NOBODY)]
        return [
            Telling(self.show(change), context, users, None, change.place) for change in changes
        ]


@contextmanager
def _ends_told() -> Iterator[None]:
    with ends_told():
        try:
            yield
        except _Departed:
            pass
        except Reset:
            raise reset() from None


async def tell_typing(context: Context, conversation_id: UUID) -> bool:
    """Tell who is present that the viewer types; False when that was told a moment ago."""
    viewer = context.viewer
    viewer.require(Role.AGENT)
    await find_conversation(context, conversation_id)
    presence = context.services.presences
    return await presence.tell_typing(viewer.tenant_id, conversation_id, viewer.user_id)
