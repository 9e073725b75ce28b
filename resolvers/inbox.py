"""All that happens in the conversations and schedules that the viewer may see, in one feed."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from models.database import Row
from models.events import Stream
from realtime.endings import Reset
from realtime.events import LiveEvent
from realtime.inbox import Inbox, Lost, Page, Position, Reading
from resolvers.context import NOBODY, Audience, Context
from resolvers.errors import Code, ParleyError
from resolvers.feeds import ends_told, private_to, reset
from resolvers.live import StreamReset
from resolvers.loaders.schedules import schedules_by_id
from resolvers.opaque import opaque, packed_in
from resolvers.sharing import RollCall, SharedStream, TakeSeat, Telling, who_sees

T = TypeVar("T")
# A snapshot names the transactions that were running, some 20 characters each.
_CURSOR_LENGTH = 32_768


@dataclass(frozen=True, slots=True)
class InboxChange:
    """An event, the cursor after it, and if it is a schedule's the schedule as it is now."""

    cursor: str
    event: LiveEvent
    schedule: Row | None = None


class InboxChanges(SharedStream[T]):
    """Every event that the viewer may see, after a cursor or from now on: none twice, none missing.

    Those of one conversation or schedule come in order. Where a cursor is too old or too far
    behind StreamReset comes, and the feed goes on from the present. Nothing waits in memory for
    the line: it reads on where it was.
    """

    _streams = frozenset((Stream.CONVERSATION, Stream.SCHEDULE))

    def __init__(
        self,
        context: Context,
        show: Callable[[Any], T],
        cursor: str | None = None,
    ) -> None:
        """Raises BAD_CURSOR."""
        super().__init__(context, show)
        # A browser that comes back asks as it did at first, and says apart what it has read.
        known = context.last_event or cursor
        self._begin = None if known is None else position_in(known)
        self._inbox = Inbox(context.services.database, context.read.tenant_id)
        self._reading = Reading()

    @property
    def key(self) -> tuple[UUID | None, ...]:
        """The tenant."""
        return (self.context.read.tenant_id,)

    async def admit(self) -> None:
        """Admit every user."""

    async def line(self, roll_call: RollCall) -> AsyncGenerator[list[Telling], None]:
        """Each page of what was committed since the one before."""
        hub, reading = self.context.services.hub, self._reading
        position = await self._inbox.present()
        with _ends_told(), reading.running(position) as bell:
            async with hub.listen(self.context.read.tenant_id, bell.ring, bell.end):
                yield []
                while True:
                    more = await reading.begin()
                    while more:
                        try:
                            page = await self._inbox.read(position)
                        except Lost:
                            page = Page([], await self._inbox.present(), more=False)
                            roll_call()
                            yield [self._reset(page.following)]
                        else:
                            yield await self._tellings(page, roll_call)
                        position, more = page.following, page.more
                    reading.reached(position)

    async def missed(self, leader: SharedStream[Any], seat: TakeSeat) -> AsyncGenerator[T, None]:
        """What was committed after the cursor, up to where the line is."""
        assert isinstance(leader, InboxChanges), "streams with one key are of one kind"
        reading, position = leader._reading, self._begin
        if position is None:
            seat(None)
            return
        with _ends_told():
            # What the line reads from now on knows all that the cursor knows.
            goal = await reading.ahead()
            while position != goal or goal != reading.place:
                if position == goal:
                    goal = await reading.here()
                    continue
                # A page is read to its own end first, and what follows it up to the goal.
                aim = position if position.until else replace(position, until=goal.since)
                try:
                    page = await self._inbox.read(aim)
                except Lost:
                    position = goal = await reading.ahead()
                    yield self._reset(position).root
                    continue
                for telling in await self._tellings(page, self.alone):
                    if telling.is_for(self.listener):
                        yield telling.root
                position = page.following
        seat(None)

    def _reset(self, present: Position) -> Telling:
        services, nowhere = self.context.services, Audience(self.context.read.tenant_id, NOBODY)
        root = self.show(StreamReset(cursor_of(present)))
        context = Context.of(nowhere, services)
        return Telling(root, context, None, services.clock().timestamp())

    async def _tellings(self, page: Page, roll_call: RollCall) -> list[Telling]:
        schedules = await self._schedules(page)
        changes = [
            (change, key)
            for event, position in page.events
            if event.stream in self._streams
            for change, key in _change(event, position, schedules)
        ]
        seen = await who_sees(self.context, {key for _, key in changes}, roll_call())
        return [
            Telling(
                root=self.show(change),
                context=seen[key][1],
                seers=seen[key][0],
                private_to=private_to(change.event),
                recorded_at=change.event.created_at.timestamp(),
            )
            for change, key in changes
        ]

    async def _schedules(self, page: Page) -> dict[UUID, Row]:
        ids = {event.stream_id for event, _ in page.events if event.stream is Stream.SCHEDULE}
        rows = await schedules_by_id(self.context.read, list(ids)) if ids else []
        return {row.id: row for row in rows if row is not None}


class AllScheduleChanges(InboxChanges[T]):
    """The same of the schedules alone; it ends with RESET where the others begin anew."""

    _streams = frozenset((Stream.SCHEDULE,))

    def _reset(self, present: Position) -> Telling:
        raise reset()


def _change(
    event: LiveEvent, position: Position, schedules: Mapping[UUID, Row]
) -> Iterator[tuple[InboxChange, UUID | None]]:
    """What is told of the event, and the conversation, if any, that one must see to hear it."""
    if event.stream is Stream.CONVERSATION:
        yield InboxChange(cursor_of(position), event), event.stream_id
    elif event.stream_id in schedules:
        schedule = schedules[event.stream_id]
        yield InboxChange(cursor_of(position), event, schedule), schedule.conversation_id


@contextmanager
def _ends_told() -> Iterator[None]:
    """Say as clients are told why there is no more."""
    try:
        with ends_told():
            yield
    except Reset:
        raise reset() from None


async def present_cursor(context: Context) -> str:
    """The cursor of who knows all that is committed now."""
    inbox = Inbox(context.services.database, context.viewer.tenant_id)
    return cursor_of(await inbox.present())


def cursor_of(position: Position) -> str:
    """The position as text that a client passes back."""
    return opaque(position.encode().encode())


def position_in(cursor: str) -> Position:
    """The position in a cursor of this feed. Raises BAD_CURSOR for any other text."""
    try:
        if len(cursor) > _CURSOR_LENGTH:
            raise ValueError(len(cursor))
        packed = packed_in(cursor)
        return Position.decode(packed.decode())
    except ValueError:
        message = "This cursor is not from the inbox; take one from an event of it."
        raise ParleyError(Code.BAD_CURSOR, message) from None
