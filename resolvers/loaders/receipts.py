"""Receipts, by conversation."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, true

from models.database import Reader, Row
from models.tables import receipts
from resolvers.loaders.batching import many_each
from resolvers.scope import parents

SHOWN = 100
"""Receipts of a conversation that are shown: those that changed last."""

r = receipts.c


async def receipts_by_conversation(
    read: Reader, conversation_ids: Sequence[UUID]
) -> list[list[Row]]:
    """For each conversation its receipts, the last changed first."""
    parent = parents(list(conversation_ids))
    newest = (
        select(r.conversation_id, r.user_id, r.delivered_seq, r.read_seq, r.changed_at)
        .where(r.conversation_id == parent.c.parent_id)
        .order_by(r.changed_at.desc(), r.user_id)
        .limit(SHOWN)
        .lateral("newest")
    )
    rows = await read.all(select(newest).join_from(parent, newest, true()))
    return many_each(rows, conversation_ids, "conversation_id")
