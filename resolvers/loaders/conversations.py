"""Conversations, and what the viewer has read of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from models.database import Reader, Row
from models.tables import conversations, read_positions
from resolvers.loaders.batching import one_each, value_each
from resolvers.paging import Keyset
from resolvers.scope import is_one_of, visible_conversations

c = conversations.c
COLUMNS = (
    c.id,
    c.title,
    c.kind,
    c.visibility,
    c.created_at,
    c.last_activity_at,
    c.last_message_id,
    c.last_seq,
    c.message_count,
    c.live_count,
)
BY_ACTIVITY = Keyset(b"c", c.last_activity_at, c.id, descending=True)


async def conversations_by_id(read: Reader, user_id: UUID, ids: Sequence[UUID]) -> list[Row | None]:
    """The conversations with these ids that the user may see."""
    statement = select(*COLUMNS).where(
        is_one_of(c.id, list(ids)), visible_conversations(read.tenant_id, user_id)
    )
    return one_each(await read.all(statement), ids, "id")


async def read_counts(read: Reader, user_id: UUID, conversation_ids: Sequence[UUID]) -> list[int]:
    """How many of each conversation's live messages the user has read."""
    r = read_positions.c
    statement = select(r.conversation_id, r.live_count).where(
        r.user_id == user_id, is_one_of(r.conversation_id, list(conversation_ids))
    )
    return value_each(await read.all(statement), conversation_ids, 0)
