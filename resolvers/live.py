"""Live feeds: what happens from now on, to whom it may be shown."""

import base64
import struct
from binascii import Error as BinasciiError
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from models.database import Row
from models.events import EventKind
from realtime.events import LiveEvent
from resolvers.context import Context
from resolvers.conversations import find_conversation
from resolvers.errors import Code, ParleyError
from resolvers.messages import visible_message
from resolvers.schedules import find_schedule, visible_schedule

_CURSOR = struct.Struct(">c16sq")


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """An event of a schedule and the schedule as it is now."""

    event: LiveEvent
    schedule: Row


async def added_messages(context: Context, conversation_id: UUID | None) -> AsyncIterator[Row]:
    """The messages added from now on, to one conversation or to all that the viewer may see.

    What the viewer may see is asked of the database for each message: who leaves a private
    conversation hears no more of it.
    """
    if conversation_id is not None:
        await find_conversation(context, conversation_id)
    services, viewer = context.services, context.viewer
    async with services.hub.join(viewer.tenant_id, conversation_id) as feed:
        async for event in feed:
            message_id = event.id_of("message_id")
            if event.kind is EventKind.MESSAGE_ADDED and message_id is not None:
                row = await visible_message(context, message_id)
                if row is not None:
                    yield row


async def schedule_changes(
    context: Context, schedule_id: UUID | None, cursor: str | None
) -> AsyncIterator[ScheduleChange]:
    """The events of one schedule after a cursor, or of all schedules from now on."""
    after = None if cursor is None else seq_in(cursor, schedule_id)
    if schedule_id is not None:
        await find_schedule(context, schedule_id)
    services, viewer = context.services, context.viewer
    async with services.hub.join(viewer.tenant_id, schedule_id, after) as feed:
        async for event in feed:
            if event.kind.name.startswith("SCHEDULE_"):
                row = await visible_schedule(context, event.stream_id)
                if row is not None:
                    yield ScheduleChange(event, row)


def event_cursor(event: LiveEvent) -> str:
    """The place of an event in its stream, as text a client passes back."""
    packed = _CURSOR.pack(b"e", event.stream_id.bytes, event.seq)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def seq_in(cursor: str, stream_id: UUID | None) -> int:
    """The `seq` in a cursor of this stream. Raises BAD_CURSOR for any other text."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        tag, stream, seq = _CURSOR.unpack(packed)
        if tag != b"e" or stream_id is None or stream != stream_id.bytes:
            raise ValueError(tag)
        return int(seq)
    except (ValueError, BinasciiError, struct.error):
        message = "This cursor is not from the events of this id; take one from an event of it."
        raise ParleyError(Code.BAD_CURSOR, message) from None
