"""What groups were told lately, as it was sent: for those who come back after a short cut.

Without it a thousand sockets that return at once would each read and execute anew what all of them
have missed.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.graphql.limits import MIB
from app.graphql.sharing import Payload
from resolvers.sharing import Telling

MOST_CHARACTERS = 16 * MIB
SECONDS = 60.0
"""What is read of a row may have changed since, without an event: not for longer than this."""


class Recalled(NamedTuple):
    """What follows a place, up to another one."""

    payloads: list[Payload]
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A result that all members of a group were sent, or one alone."""

    group: "Recent"
    place: int
    private_to: UUID | None
    payload: Payload
    until: float


class Recent:
    """The last results of one group: all that it was told since the first of them."""

    def __init__(self, memory: "Memory") -> None:
        self.kept: deque[Kept] = deque()
        self._memory = memory

    def keep(self, telling: Telling, payload: Payload) -> None:
        """Keep a shared result; only what carries a cursor is ever asked for again."""
        if telling.place is not None and payload.cursor is not None:
            self._memory.keep(self, telling, payload)

    def forget(self) -> None:
        """Let go of everything: it is not to be told again, or there is a hole after it."""
        self.kept.clear()

    def after(self, place: int, user_id: UUID) -> Recalled | None:
        """What was told after a place, to this user; None where that is not known."""
        self._memory.tidy()
        if not self.kept or place < self.kept[0].place - 1:
            return None
        payloads = [
            one.payload
            for one in self.kept
            if one.place > place and one.private_to in (None, user_id)
        ]
        return Recalled(payloads, max(place, self.kept[-1].place))


class Memory:
    """Bounds what all groups of the process keep; the oldest goes first, whose ever it is."""

    def __init__(
        self,
        most: int = MOST_CHARACTERS,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`most` characters are kept, each for so many `seconds`."""
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._order: deque[Kept] = deque()
        self._size = 0

    def keep(self, group: Recent, telling: Telling, payload: Payload) -> None:
        """Keep one of a group's results."""
        assert telling.place is not None, "it has a place in the line"
        # Made anew, because it is not sent as it happens: its delay is not to be counted.
        again = Payload(payload.text, payload.cursor)
        until = self._clock() + self._seconds
        one = Kept(group, telling.place, telling.private_to, again, until)
        group.kept.append(one)
        self._order.append(one)
        self._size += len(payload.text)
        self.tidy()

    def tidy(self) -> None:
        """Let go of what is too old or too much."""
        present = self._clock()
        while self._order and (self._size > self._most or self._order[0].until <= present):
            one = self._order.popleft()
            self._size -= len(one.payload.text)
            kept = one.group.kept
            # The group may have forgotten it already.
            if kept and kept[0] is one:
                kept.popleft()
