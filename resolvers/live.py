"""Live feeds: what happens from now on, or since a cursor, to whom it may be shown."""

from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import select

from models.database import Row
from models.events import EventKind
from models.tables import conversations
from realtime.endings import Reset
from realtime.events import LiveEvent
from resolvers.context import Context
from resolvers.conversations import find_conversation
from resolvers.errors import not_found
from resolvers.feeds import cursor_at, feed, private_to, reset, seq_in
from resolvers.loaders.messages import messages_by_id
from resolvers.loaders.schedules import schedules_by_id
from resolvers.schedules import find_schedule
from resolvers.search import parsed_query
from resolvers.searching.live import matching
from resolvers.sharing import (
    MOST_AT_ONCE,
    RollCall,
    SharedStream,
    TakeSeat,
    Telling,
    who_sees,
)

c = conversations.c
T = TypeVar("T")

TAKES_BACK = frozenset(
    (EventKind.MESSAGE_EDITED, EventKind.MESSAGE_DELETED, EventKind.MESSAGES_REMOVED)
)


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """An event of a schedule and the schedule as it is now."""

    event: LiveEvent
    schedule: Row


@dataclass(frozen=True, slots=True)
class StreamReset:
    """What came after a client's cursor is not kept: refetch, and go on from `cursor`."""

    cursor: str


class Found(NamedTuple):
    """An event, what is shown of it, and the conversation, if any, that one must see to hear it."""

    event: LiveEvent
    shown: Any
    conversation_id: UUID | None


class EventStream(SharedStream[T]):
    """The events of one stream, after a cursor or from now on; or of all the tenant's streams.

    Subclasses say what is found of an event, and who is admitted. A cursor that is too old
    raises RESET.
    """

    def __init__(
        self,
        context: Context,
        show: Callable[[Any], T],
        stream_id: UUID | None,
        cursor: str | None = None,
    ) -> None:
        """Raises BAD_CURSOR."""
        super().__init__(context, show)
        self._stream_id = stream_id
        self.after = _place(context, cursor, stream_id)

    @property
    def key(self) -> tuple[UUID | None, ...]:
        """The tenant and the stream."""
        return self.context.read.tenant_id, self._stream_id

    async def line(self, roll_call: RollCall) -> AsyncGenerator[list[Telling], None]:
        """Each batch of events that are there together.

        They are never ahead of what this process knows of, so that whoever has caught up with
        that has read them.
        """
        again: Telling | None = None
        while True:
            try:
                async with feed(self.context, self._stream_id) as events:
                    yield [again] if again is not None else []
                    known = -1 if again is None or again.place is None else again.place
                    while True:
                        batch = await events.batch(MOST_AT_ONCE)
                        fresh = [event for event in batch if event.seq > known]
                        yield await self._tellings(fresh, roll_call)
            except Reset:
                again = await self._begin_again(roll_call)

    async def missed(self, leader: SharedStream[Any], seat: TakeSeat) -> AsyncGenerator[T, None]:
        """What came after the cursor, as far as the listener may hear it."""
        if self.after is None:
            seat(None)
            return
        while True:
            try:
                async with feed(self.context, self._stream_id, self.after) as events:
                    while batch := await events.known(MOST_AT_ONCE):
                        for telling in await self._tellings(batch, self.alone):
                            if telling.is_for(self.listener):
                                yield telling.root
                            elif self.is_strict and not telling.is_seen_by(self.listener):
                                return
                    # Nothing happens between the last look and this.
                    seat(sum(events.cursors.values()))
                    return
            except Reset:
                again = await self._begin_again(self.alone)
                self.after = again.place
            if not again.is_for(self.listener):
                return
            yield again.root

    @abstractmethod
    async def _find(self, events: Sequence[LiveEvent]) -> list[Found]:
        """What is told of the events; nothing of those that do not matter here."""

    async def _begin_again(self, _roll_call: RollCall) -> Telling:
        """What is told where events are not kept. Raises RESET where that is the end."""
        raise reset() from None

    async def _tellings(self, events: Sequence[LiveEvent], roll_call: RollCall) -> list[Telling]:
        found = await self._find(events)
        seen = await who_sees(self.context, {one.conversation_id for one in found}, roll_call())
        return [
            Telling(
                root=self.show(one.shown),
                context=seen[one.conversation_id][1],
                seers=seen[one.conversation_id][0],
                private_to=private_to(one.event),
                recorded_at=one.event.created_at.timestamp(),
                place=None if self._stream_id is None else one.event.seq,
                takes_back=one.event.kind in TAKES_BACK,
            )
            for one in found
        ]


class AddedMessages(EventStream[T]):
    """The messages added from now on, to one conversation or to all that the viewer may see.

    With a query, those that it finds.
    """

    def __init__(
        self,
        context: Context,
        show: Callable[[Any], T],
        conversation_id: UUID | None,
        query: str | None = None,
    ) -> None:
        """Raises BAD_QUERY."""
        super().__init__(context, show, conversation_id)
        self._query = None if query is None else parsed_query(context, query)

    @property
    def key(self) -> tuple[UUID | None, ...]:
        """The tenant and the conversation; and the viewer, where the query means them."""
        personal = self._query is not None and self._query.is_personal
        return (*super().key, self.listener if personal else None)

    async def admit(self) -> None:
        """Raise NOT_FOUND unless the viewer may see the conversation."""
        if self._stream_id is not None:
            await find_conversation(self.context, self._stream_id)

    async def _find(self, events: Sequence[LiveEvent]) -> list[Found]:
        added = [
            (event, message_id)
            for event in events
            if event.kind is EventKind.MESSAGE_ADDED
            and (message_id := event.id_of("message_id")) is not None
        ]
        if not added:
            return []
        rows = await messages_by_id(self.context.read, [message_id for _, message_id in added])
        if self._query is not None:
            rows = await matching(self.context, self._query, rows)
        return [
            Found(event, row, row.conversation_id)
            for (event, _), row in zip(added, rows, strict=True)
            if row is not None
        ]


class ConversationChanges(EventStream[T]):
    """Every event of a conversation, after a cursor or from now on: in order, none twice.

    Ends when the viewer may no longer see the conversation. A cursor that is too old gives
    StreamReset, and the feed goes on from the present.
    """

    _stream_id: UUID

    @property
    def is_strict(self) -> bool:
        """Who has left hears nothing more."""
        return True

    async def admit(self) -> None:
        """Raise NOT_FOUND unless the viewer may see the conversation."""
        await find_conversation(self.context, self._stream_id)

    async def _find(self, events: Sequence[LiveEvent]) -> list[Found]:
        return [Found(event, event, event.stream_id) for event in events]

    async def _begin_again(self, roll_call: RollCall) -> Telling:
        key = self._stream_id
        seen = await who_sees(self.context, [key], roll_call())
        present = await self.context.read.value(select(c.last_seq).where(c.id == key))
        if present is None:
            raise not_found("conversation")
        whom, context = seen[key]
        root = self.show(StreamReset(cursor_at(key, present)))
        recorded_at = self.context.services.clock().timestamp()
        return Telling(root, context, whom, recorded_at, place=present)


class ScheduleChanges(EventStream[T]):
    """The events of one schedule, after a cursor or from now on."""

    _stream_id: UUID

    async def admit(self) -> None:
        """Raise NOT_FOUND unless the viewer may see the schedule."""
        await find_schedule(self.context, self._stream_id)

    async def _find(self, events: Sequence[LiveEvent]) -> list[Found]:
        wanted = [event for event in events if event.kind.name.startswith("SCHEDULE_")]
        if not wanted:
            return []
        rows = await schedules_by_id(self.context.read, list({event.stream_id for event in wanted}))
        found = {row.id: row for row in rows if row is not None}
        return [
            Found(event, ScheduleChange(event, found[event.stream_id]), row.conversation_id)
            for event in wanted
            if (row := found.get(event.stream_id)) is not None
        ]


def _place(context: Context, cursor: str | None, stream_id: UUID | None) -> int | None:
    """The `seq` to go on after. Raises BAD_CURSOR.

    A browser that comes back asks as it did at first, and says apart from that what it has read:
    the later of the two is meant. Without a stream there is nothing to go back to.
    """
    if context.last_event is not None and stream_id is not None:
        return seq_in(context.last_event, stream_id)
    return None if cursor is None else seq_in(cursor, stream_id)
