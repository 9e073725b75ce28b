"""Conversations, and what the viewer has read and made of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, select, true

from models.database import Reader, Row
from models.tables import (
    conversation_labels,
    conversation_settings,
    conversations,
    labels,
    messages,
    read_positions,
)
from resolvers.loaders import messages as message_loaders
from resolvers.loaders.batching import many_each, one_each, value_each
from resolvers.paging import Keyset, Selection
from resolvers.scope import (
    IDS,
    TENANT_ID,
    USER_ID,
    Identity,
    is_one_of,
    parents,
    visible_conversations,
)

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


def is_kept(user_id: Identity, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether what a user made of a conversation is like this."""
    s = conversation_settings.c
    theirs = exists().where(s.conversation_id == c.id, s.user_id == user_id, *conditions)
    return theirs.correlate(conversations)


def is_archived(user_id: Identity) -> ColumnElement[bool]:
    """Whether the user has archived a conversation."""
    return is_kept(user_id, conversation_settings.c.archived_at.is_not(None))


async def conversations_by_id(read: Reader, user_id: UUID, ids: Sequence[UUID]) -> list[Row | None]:
    """The conversations with these ids that the user may see."""
    rows = await read.rows(
        _visible_by_id, ids=ids, reader_tenant_id=read.tenant_id, reader_user_id=user_id
    )
    return one_each(rows, ids, "id")


async def tenant_conversations_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The tenant's conversations with these ids, for those who are known to see them."""
    statement = select(*COLUMNS).where(is_one_of(c.id, list(ids)), c.tenant_id == read.tenant_id)
    return one_each(await read.all(statement), ids, "id")


async def read_counts(read: Reader, user_id: UUID, conversation_ids: Sequence[UUID]) -> list[int]:
    """How many of each conversation's live messages the user has read."""
    r = read_positions.c
    statement = select(r.conversation_id, r.live_count).where(
        r.user_id == user_id, is_one_of(r.conversation_id, list(conversation_ids))
    )
    return value_each(await read.all(statement), conversation_ids, 0)


async def first_unread_messages(
    read: Reader, user_id: UUID, conversation_ids: Sequence[UUID]
) -> list[Row | None]:
    """The first live message of each conversation that the user has not read."""
    m, r = messages.c, read_positions.c
    parent = parents(list(conversation_ids))
    here = parent.c.parent_id
    # Row-level security keeps an index from being searched by coalesce().
    read_to = case((r.seq.is_(None), 0), else_=r.seq)
    first = (
        select(*message_loaders.COLUMNS)
        .where(m.conversation_id == here, m.import_id.is_(None), m.seq > read_to)
        .order_by(m.conversation_id, m.seq)
        .limit(1)
        .correlate(parent, read_positions)
        .lateral("first")
    )
    theirs = and_(r.conversation_id == here, r.user_id == user_id)
    statement = select(here, first).select_from(
        parent.outerjoin(read_positions, theirs).join(first, true())
    )
    return one_each(await read.all(statement), conversation_ids, "parent_id")


async def settings_by_conversation(
    read: Reader, user_id: UUID, conversation_ids: Sequence[UUID]
) -> list[Row | None]:
    """What the user made of each conversation."""
    s = conversation_settings.c
    statement = select(
        s.conversation_id, s.pinned_at, s.archived_at, s.muted_at, s.muted_until
    ).where(s.user_id == user_id, is_one_of(s.conversation_id, list(conversation_ids)))
    return one_each(await read.all(statement), conversation_ids, "conversation_id")


async def labels_by_conversation(read: Reader, conversation_ids: Sequence[UUID]) -> list[list[Row]]:
    """The labels on each conversation, by name."""
    on, n = conversation_labels.c, labels.c
    statement = (
        select(on.conversation_id, n.id, n.name, n.color, n.created_at)
        .join_from(conversation_labels, labels, on.label_id == n.id)
        .where(n.tenant_id == read.tenant_id, is_one_of(on.conversation_id, list(conversation_ids)))
        .order_by(n.name, n.id)
    )
    return many_each(await read.all(statement), conversation_ids, "conversation_id")


def _visible_by_id() -> Selection:
    return select(*COLUMNS).where(is_one_of(c.id, IDS), visible_conversations(TENANT_ID, USER_ID))
