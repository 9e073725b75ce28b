"""Participants: by id, and a conversation's page of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.database import Reader, Row
from models.tables import participants
from resolvers.loaders.batching import PageKey, one_each, page_each, value_each
from resolvers.paging import Keyset, Page, Selection
from resolvers.scope import IDS, is_one_of

p = participants.c
COLUMNS = (p.id, p.conversation_id, p.user_id, p.name, p.created_at, p.left_at)
NAMED = frozenset({"id", "name", "user_id"})
"""The columns with which the senders of messages are read."""

BY_JOINING = Keyset(b"p", p.created_at, p.id)


async def participants_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The participants with these ids, reached from a message that the viewer sees."""
    return one_each(await read.rows(_by_id, ids=ids), ids, "id")


async def named_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The same with the columns `NAMED` alone."""
    return one_each(await read.rows(_named_by_id, ids=ids), ids, "id")


async def participant_pages(read: Reader, keys: Sequence[PageKey]) -> list[Page]:
    """A page of each conversation's participants, in the order in which they joined."""
    return await page_each(read, BY_JOINING, of_conversation, keys)


async def participant_counts(read: Reader, conversation_ids: Sequence[UUID]) -> list[int]:
    """How many participants each conversation has."""
    statement = (
        select(p.conversation_id, func.count())
        .where(is_one_of(p.conversation_id, list(conversation_ids)))
        .group_by(p.conversation_id)
    )
    return value_each(await read.all(statement), conversation_ids, 0)


def of_conversation(parent: ColumnElement[UUID], _wanted: Any) -> Selection:
    """Who takes part in a conversation."""
    return select(*COLUMNS).where(p.conversation_id == parent)


def _by_id() -> Selection:
    return select(*COLUMNS).where(is_one_of(p.id, IDS))


def _named_by_id() -> Selection:
    return select(p.id, p.name, p.user_id).where(is_one_of(p.id, IDS))
