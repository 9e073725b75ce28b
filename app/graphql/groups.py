"""Executed once, sent to all: subscribers who are told the same share executions and frames.

A group hears one line (`resolvers.sharing`). For each event the selection is executed once in a
context that has no viewer, and its result is serialised once. Where what is selected may differ by
viewer it is executed once for those members whose rights are alike.
"""

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any, TypeAlias
from uuid import UUID

from app.graphql.incremental import Result
from app.graphql.recent import Memory, Recalled, Recent
from app.graphql.rendering import Renderer
from app.graphql.sharing import (
    GroupStatistics,
    Member,
    Payload,
    Sharing,
    SubscriptionFailed,
)
from resolvers.sharing import SharedStream, Telling

CHUNK = 100
"""Members that are served before others of the event loop have their turn."""

TOGETHER = 50
"""Events for which executions run at the same time."""

Stream: TypeAlias = SharedStream[Any]


class Seat:
    """A member's place in a group. It is told what follows `place`; None: everything."""

    __slots__ = ("_group", "_left", "listener", "member", "place", "taken")

    def __init__(
        self,
        group: "Group",
        member: Member,
        listener: UUID,
        place: int | None,
        left: Callable[[], None],
    ) -> None:
        self._group = group
        self._left = left
        self.member = member
        self.listener = listener
        self.place = -1 if place is None else place
        self.taken = True

    def leave(self) -> None:
        """Be told nothing more; harmless when it is over already."""
        if self.taken:
            self.taken = False
            self._group.remove(self)
            self._left()


class Group:
    """Those who hear one line and select the same of it; lives while somebody uses it."""

    def __init__(
        self,
        stream: Stream,
        renderer: Renderer,
        statistics: GroupStatistics,
        recent: Recent,
        forget: Callable[["Group"], None],
    ) -> None:
        self.stream = stream
        self.recent = recent
        self._renderer = renderer
        self._statistics = statistics
        self._forget = forget
        self._users = 0
        self._seats: dict[Seat, None] = {}
        # Those on the roll, as long as nobody has come or gone since it was called.
        self._called: tuple[Seat, ...] | None = None
        self._on_roll: tuple[Seat, ...] = ()
        self._opened = asyncio.Event()
        self._over = False
        self._failure: Result | None = None
        self._task = asyncio.create_task(self._run(), name="subscription group")

    @property
    def ended(self) -> bool:
        """Whether nothing more will be told."""
        return self._task.done() or self._over

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep the group alive while the block lasts."""
        self._users += 1
        try:
            yield
        finally:
            self._release()

    async def opened(self) -> None:
        """Wait until the line has begun. Raises SubscriptionFailed."""
        await self._opened.wait()
        if self._failure is not None:
            raise SubscriptionFailed(self._failure)

    def add(
        self, member: Member, listener: UUID, place: int | None, left: Callable[[], None]
    ) -> None:
        """Give a member a seat, or finish it if all is over."""
        if self._over:
            left()
            member.finish(self._failure)
            return
        seat = Seat(self, member, listener, place, left)
        self._users += 1
        self._seats[seat] = None
        self._called = None
        self._statistics.members += 1
        member.sit(seat)

    def remove(self, seat: Seat) -> None:
        """Take a seat away."""
        del self._seats[seat]
        self._called = None
        self._statistics.members -= 1
        self._release()

    def _release(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._forget(self)
            self._task.cancel()

    async def _run(self) -> None:
        try:
            async with aclosing(self.stream.line(self._call_roll)) as line:
                async for tellings in line:
                    self._opened.set()
                    for start in range(0, len(tellings), TOGETHER):
                        await self._tell(tellings[start : start + TOGETHER])
            self._end(None)
        except Exception as error:
            self._end(self._renderer.failure(error))

    def _end(self, failure: Result | None) -> None:
        self._over, self._failure = True, failure
        self._opened.set()
        self._forget(self)
        for seat in tuple(self._seats):
            self._statistics.dropped["ended"] += failure is not None
            self._finish(seat, failure)

    def _finish(self, seat: Seat, failure: Result | None) -> None:
        if seat.taken:
            seat.leave()
            seat.member.finish(failure)

    def _call_roll(self) -> Collection[UUID]:
        if self._called is None:
            self._called = tuple(self._seats)
        self._on_roll = self._called
        return {seat.listener for seat in self._on_roll}

    async def _tell(self, tellings: Sequence[Telling]) -> None:
        """Execute for all of these at once, and serve them in order."""
        seats = self._on_roll
        if any(telling.takes_back for telling in tellings):
            self.recent.forget()
        hearing = [_hearing(telling, seats) for telling in tellings]
        served = await asyncio.gather(
            *(
                self._renderer.render(telling, heard)
                for telling, heard in zip(tellings, hearing, strict=True)
                if heard
            )
        )
        servings = iter(served)
        for telling, heard in zip(tellings, hearing, strict=True):
            if self.stream.is_strict and telling.seers is not None:
                self._send_away(telling, seats)
            parts = next(servings) if heard else []
            self._remember(telling, parts)
            for payload, those in parts:
                await self._serve(telling, payload, those)

    def _remember(self, telling: Telling, parts: Sequence[tuple[Payload, Sequence[Seat]]]) -> None:
        """Keep what was made once for all; what is told next must follow it without a hole."""
        if len(parts) == 1 and self._renderer.shares:
            self.recent.keep(telling, parts[0][0])
        else:
            self.recent.forget()

    def _send_away(self, telling: Telling, seats: Sequence[Seat]) -> None:
        """Finish those who may not see any more what it is about."""
        for seat in seats:
            if not telling.is_seen_by(seat.listener):
                self._statistics.dropped["hidden"] += seat.taken
                self._finish(seat, None)

    async def _serve(self, telling: Telling, payload: Payload, seats: Sequence[Seat]) -> None:
        place = telling.place
        for start in range(0, len(seats), CHUNK):
            count = written = 0
            for seat in seats[start : start + CHUNK]:
                if seat.taken and (place is None or seat.place < place):
                    count += 1
                    written += seat.member.deliver(payload)
            self._statistics.frames += count
            payload.note_written(written)
            await asyncio.sleep(0)


def _hearing(telling: Telling, seats: Sequence[Seat]) -> Sequence[Seat]:
    """Those of the seats to whose users it is told."""
    if telling.seers is None and telling.private_to is None:
        return seats
    return [seat for seat in seats if telling.is_for(seat.listener)]


class Groups:
    """The groups of a process."""

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing
        self.statistics = GroupStatistics()
        self._groups: dict[Hashable, Group] = {}
        self._memory = Memory()

    def recall(self, key: Hashable, place: int, user_id: UUID) -> Recalled | None:
        """What the group of a key was told after a place, where that is known."""
        group = self._groups.get(key)
        return None if group is None else group.recent.after(place, user_id)

    def find(
        self, key: Hashable, make: Callable[[Recent, Callable[[Group], None]], Group]
    ) -> Group:
        """The group of a key; made where there is none."""
        group = self._groups.get(key)
        if group is None or group.ended:

            def forget(ended: Group) -> None:
                if self._groups.get(key) is ended:
                    del self._groups[key]
                    self.statistics.groups = len(self._groups)

            group = self._groups[key] = make(Recent(self._memory), forget)
            self.statistics.groups = len(self._groups)
        return group
