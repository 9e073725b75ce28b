"""Live feeds: what happens from now on, or since a cursor, to whom it may be shown."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from models.database import Row
from models.events import EventKind
from models.tables import conversations
from realtime.endings import Reset
from realtime.events import LiveEvent
from resolvers.context import Context
from resolvers.conversations import find_conversation
from resolvers.feeds import cursor_at, feed, is_private, reset, seq_in
from resolvers.messages import visible_message
from resolvers.schedules import find_schedule, visible_schedule
from resolvers.scope import visible_conversations

c = conversations.c


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """An event of a schedule and the schedule as it is now."""

    event: LiveEvent
    schedule: Row


@dataclass(frozen=True, slots=True)
class StreamReset:
    """What came after a client's cursor is not kept: refetch, and go on from `cursor`."""

    cursor: str


async def added_messages(context: Context, conversation_id: UUID | None) -> AsyncIterator[Row]:
    """The messages added from now on, to one conversation or to all that the viewer may see.

    What the viewer may see is asked of the database for each message: who leaves a private
    conversation hears no more of it.
    """
    if conversation_id is not None:
        await find_conversation(context, conversation_id)
    async with feed(context, conversation_id) as events:
        async for event in events:
            message_id = event.id_of("message_id")
            if event.kind is EventKind.MESSAGE_ADDED and message_id is not None:
                row = await visible_message(context, message_id)
                if row is not None:
                    yield row


async def conversation_changes(
    context: Context, conversation_id: UUID, cursor: str | None
) -> AsyncIterator[LiveEvent | StreamReset]:
    """Every event of a conversation, after a cursor or from now on: in order, none twice.

    Ends when the viewer may no longer see the conversation. A cursor that is too old gives
    StreamReset, and the feed goes on from the present.
    """
    after = _place(context, cursor, conversation_id)
    await find_conversation(context, conversation_id)
    try:
        async for event in _visible_events(context, conversation_id, after):
            yield event
    except Reset:
        present = await visible_last_seq(context, conversation_id)
        if present is None:
            return
        yield StreamReset(cursor_at(conversation_id, present))
        async for event in _visible_events(context, conversation_id, present):
            yield event


async def schedule_changes(
    context: Context, schedule_id: UUID | None, cursor: str | None
) -> AsyncIterator[ScheduleChange]:
    """The events of one schedule after a cursor, or of all schedules from now on.

    Raises RESET for a cursor that is too old.
    """
    after = _place(context, cursor, schedule_id)
    if schedule_id is not None:
        await find_schedule(context, schedule_id)
    try:
        async with feed(context, schedule_id, after) as events:
            async for event in events:
                if event.kind.name.startswith("SCHEDULE_"):
                    row = await visible_schedule(context, event.stream_id)
                    if row is not None:
                        yield ScheduleChange(event, row)
    except Reset:
        raise reset() from None


def _place(context: Context, cursor: str | None, stream_id: UUID | None) -> int | None:
    """The `seq` to go on after. Raises BAD_CURSOR.

    A browser that comes back asks as it did at first, and says apart from that what it has read:
    the later of the two is meant. Without a stream there is nothing to go back to.
    """
    if context.last_event is not None and stream_id is not None:
        return seq_in(context.last_event, stream_id)
    return None if cursor is None else seq_in(cursor, stream_id)


async def _visible_events(
    context: Context, conversation_id: UUID, after: int | None
) -> AsyncIterator[LiveEvent]:
    async with feed(context, conversation_id, after) as events:
        async for event in events:
            if await visible_last_seq(context, conversation_id) is None:
                return
            if not is_private(context, event):
                yield event


async def visible_last_seq(context: Context, conversation_id: UUID) -> int | None:
    """The conversation's last `seq`, as it is now; None when the viewer may not see it."""
    viewer = context.viewer
    seq: int | None = await context.read.value(
        select(c.last_seq).where(
            c.id == conversation_id, visible_conversations(viewer.tenant_id, viewer.user_id)
        )
    )
    return seq
