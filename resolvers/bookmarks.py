"""The messages that the viewer marked."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.tables import bookmarks, conversations
from resolvers.context import Context
from resolvers.paging import Keyset, Page, PageRequest
from resolvers.scope import visible_conversations

b = bookmarks.c
NEWEST_FIRST = Keyset(b"b", b.created_at, b.id, descending=True)


async def list_bookmarks(
    context: Context, request: PageRequest, conversation_id: UUID | None
) -> Page:
    """A page of the viewer's bookmarks in conversations that they see, the latest first."""
    statement = select(b.id, b.message_id, b.note, b.created_at).where(
        *_theirs(context, conversation_id)
    )
    return NEWEST_FIRST.page(
        await context.read.all(NEWEST_FIRST.select(statement, request)), request
    )


async def count_bookmarks(context: Context, conversation_id: UUID | None) -> int:
    """How many bookmarks the list has on all its pages."""
    statement = select(func.count()).select_from(bookmarks)
    count: int = await context.read.value(statement.where(*_theirs(context, conversation_id)))
    return count


def _theirs(context: Context, conversation_id: UUID | None) -> list[ColumnElement[bool]]:
    viewer = context.viewer
    seen = select(conversations.c.id).where(
        conversations.c.id == b.conversation_id,
        visible_conversations(viewer.tenant_id, viewer.user_id),
    )
    found = [b.user_id == viewer.user_id, seen.exists()]
    if conversation_id is not None:
        found.append(b.conversation_id == conversation_id)
    return found
