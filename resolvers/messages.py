"""Messages: finding, paging, counting and bookmarking them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col
from sqlmodel import select as select_rows

from models.conversations import Conversation
from models.database import Row
from models.ids import time_of
from models.messages import Bookmark, Message
from models.tables import messages
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.conversations import find_conversation
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.loaders import MessageFilter, PageKey
from resolvers.loaders.messages import COLUMNS
from resolvers.paging import Page, PageRequest, Position
from resolvers.scope import visible_messages
from resolvers.searching.conversation import count_of_matches, page_of_matches

m = messages.c
FIRST_OF_A_TIME = UUID(int=0)


async def find_message(context: Context, message_id: UUID) -> Row:
    """The message. Raises NOT_FOUND when there is none that the viewer may see."""
    row = await visible_message(context, message_id)
    if row is None:
        raise not_found("message")
    return row


async def visible_message(context: Context, message_id: UUID) -> Row | None:
    """The message, or None when there is none that the viewer may see."""
    viewer = context.viewer
    return await context.read.first(
        select(*COLUMNS).where(
            m.id == message_id,
            m.sent_at == time_of(message_id),
            visible_messages(viewer.tenant_id, viewer.user_id),
        )
    )


async def page_of_messages(
    context: Context, conversation_id: UUID, request: PageRequest, wanted: MessageFilter | None
) -> Page:
    """A page of a conversation that the viewer sees, oldest first."""
    if wanted is not None and wanted.query is not None:
        return await page_of_matches(context, conversation_id, request, wanted)
    return await context.loaders.messages.load(PageKey(conversation_id, request, wanted))


async def place_of_message(context: Context, conversation_id: UUID, message_id: UUID) -> Position:
    """Where a message of a conversation stands in its reading order. Raises NOT_FOUND."""
    row = await context.loaders.message.load(message_id)
    if row is None or row.conversation_id != conversation_id:
        raise not_found("message in this conversation")
    return row.sent_at, row.id


def place_of_time(moment: datetime) -> Position:
    """Where the messages of a time and later ones begin, in reading order."""
    return moment, FIRST_OF_A_TIME


async def count_messages(
    context: Context, conversation_id: UUID, wanted: MessageFilter | None
) -> int:
    """How many messages the conversation has on all pages; without a filter it is known."""
    if wanted is None:
        return int((await find_conversation(context, conversation_id)).message_count)
    if wanted.query is not None:
        return await count_of_matches(context, conversation_id, wanted)
    return await context.loaders.message_count.load((conversation_id, wanted))


async def add_bookmark(context: Context, message_id: UUID, note: str | None) -> Row:
    """Mark a message for the viewer alone; marking it again changes the note."""
    if note is not None:
        text_within(note, context.services.limits.note, "note", blank=True)
    message = await _seen(context, message_id)
    services, viewer = context.services, context.viewer
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        bookmark = await _bookmark(work, viewer, message_id)
        if bookmark is None:
            bookmark = Bookmark(
                tenant_id=viewer.tenant_id,
                conversation_id=message.conversation_id,
                user_id=viewer.user_id,
                message_id=message_id,
            )
            work.session.add(bookmark)
        bookmark.note = note
    return message


async def remove_bookmark(context: Context, message_id: UUID) -> Row:
    """Unmark a message; no error when it was not marked."""
    message = await _seen(context, message_id)
    services, viewer = context.services, context.viewer
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        bookmark = await _bookmark(work, viewer, message_id)
        if bookmark is not None:
            await work.session.delete(bookmark)
    return message


async def _seen(context: Context, message_id: UUID) -> Row:
    row = await visible_message(context, message_id)
    if row is None:
        raise UserError(Code.NOT_FOUND, "There is no such message.", "messageId")
    return row


async def message_in(
    work: UnitOfWork, conversation: Conversation, message_id: UUID, field: str
) -> Message:
    """A message of a locked conversation. Raises NOT_FOUND about the input's `field`."""
    statement = select_rows(Message).where(
        col(Message.id) == message_id,
        col(Message.sent_at) == time_of(message_id),
        col(Message.conversation_id) == conversation.id,
    )
    message = (await work.session.exec(statement)).one_or_none()
    if message is None:
        raise UserError(Code.NOT_FOUND, "There is no such message here.", field)
    return message


async def _bookmark(work: UnitOfWork, viewer: Viewer, message_id: UUID) -> Bookmark | None:
    statement = select_rows(Bookmark).where(
        col(Bookmark.user_id) == viewer.user_id, col(Bookmark.message_id) == message_id
    )
    return (await work.session.exec(statement)).one_or_none()
