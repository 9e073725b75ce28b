"""All that happens in the conversations and schedules that the viewer may see, in one feed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from models.database import Row
from models.events import Stream
from models.tables import conversations
from realtime.endings import Reset
from realtime.events import LiveEvent
from realtime.inbox import Doorbell, Inbox, Lost, Page, Position
from resolvers.context import Context
from resolvers.errors import Code, ParleyError
from resolvers.feeds import ends_told, is_private, reset
from resolvers.live import StreamReset
from resolvers.opaque import opaque, packed_in
from resolvers.schedules import visible_schedule
from resolvers.scope import is_one_of, visible_conversations

c = conversations.c
# A snapshot names the transactions that were running, some 20 characters each.
_CURSOR_LENGTH = 32_768


@dataclass(frozen=True, slots=True)
class InboxChange:
    """An event, the cursor after it, and if it is a schedule's the schedule as it is now."""

    cursor: str
    event: LiveEvent
    schedule: Row | None = None


async def inbox_changes(
    context: Context, cursor: str | None
) -> AsyncIterator[InboxChange | StreamReset]:
    """Every event that the viewer may see, after a cursor or from now on: none twice, none missing.

    Those of one conversation or schedule come in order. What the viewer may see is asked of the
    database for each page of events. Where a cursor is too old or too far behind StreamReset
    comes, and the feed goes on from the present. Nothing waits for a slow reader: it reads on
    where it was.
    """
    viewer, services = context.viewer, context.services
    inbox, bell = Inbox(services.database, viewer.tenant_id), Doorbell()
    position = await inbox.present() if cursor is None else position_in(cursor)
    try:
        with ends_told():
            async with services.hub.listen(viewer.tenant_id, bell.ring, bell.end):
                while True:
                    try:
                        page = await inbox.read(position)
                    except Lost:
                        position = await inbox.present()
                        yield StreamReset(cursor_of(position))
                        continue
                    for change in await _visible_changes(context, page):
                        yield change
                    position = page.following
                    if not page.more:
                        await bell.wait()
    except Reset:
        raise reset() from None


async def present_cursor(context: Context) -> str:
    """The cursor of who knows all that is committed now."""
    inbox = Inbox(context.services.database, context.viewer.tenant_id)
    return cursor_of(await inbox.present())


async def _visible_changes(context: Context, page: Page) -> list[InboxChange]:
    seen = await _visible_conversations(
        context,
        {event.stream_id for event, _ in page.events if event.stream is Stream.CONVERSATION},
    )
    changes = []
    for event, position in page.events:
        cursor = cursor_of(position)
        if event.stream_id in seen and not is_private(context, event):
            changes.append(InboxChange(cursor, event))
        elif event.stream is Stream.SCHEDULE:
            schedule = await visible_schedule(context, event.stream_id)
            if schedule is not None:
                changes.append(InboxChange(cursor, event, schedule))
    return changes


async def _visible_conversations(context: Context, ids: set[UUID]) -> set[UUID]:
    if not ids:
        return set()
    viewer = context.viewer
    statement = select(c.id).where(
        is_one_of(c.id, list(ids)), visible_conversations(viewer.tenant_id, viewer.user_id)
    )
    return {row.id for row in await context.read.all(statement)}


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
