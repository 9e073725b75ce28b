"""Which rows a viewer may see: every select of theirs is built from these."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    TableValuedAlias,
    Uuid,
    and_,
    any_,
    column,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from models.base import Timestamp
from models.conversations import Visibility
from models.ids import time_of
from models.tables import conversations, messages, participants


def uuids(values: list[UUID]) -> ColumnElement[Any]:
    """A list of ids as one array parameter."""
    return literal(values, ARRAY(Uuid()))


def is_one_of(column: ColumnElement[UUID], values: list[UUID]) -> ColumnElement[bool]:
    """Whether a column holds one of the ids; one parameter, whatever their number."""
    return column == any_(uuids(values))


def message_ids(values: list[UUID]) -> ColumnElement[bool]:
    """The messages with these ids. Their times are in the ids, and name the partitions to read."""
    times: list[datetime] = sorted({time_of(value) for value in values})
    return and_(
        is_one_of(messages.c.id, values),
        messages.c.sent_at == any_(literal(times, ARRAY(Timestamp))),
    )


def visible_conversations(tenant_id: UUID, user_id: UUID) -> ColumnElement[bool]:
    """The conversations of the tenant that are open to it, and the user's own private ones."""
    takes_part = exists().where(
        participants.c.conversation_id == conversations.c.id,
        participants.c.user_id == user_id,
        participants.c.left_at.is_(None),
    )
    return and_(
        conversations.c.tenant_id == tenant_id,
        or_(conversations.c.visibility == Visibility.TENANT.value, takes_part),
    )


def visible_messages(tenant_id: UUID, user_id: UUID) -> ColumnElement[bool]:
    """The messages of the conversations that the user may see."""
    seen = select(conversations.c.id).where(
        conversations.c.id == messages.c.conversation_id,
        visible_conversations(tenant_id, user_id),
    )
    return and_(messages.c.tenant_id == tenant_id, seen.exists())


def parents(ids: list[UUID]) -> TableValuedAlias:
    """The ids as rows of one column, `parent_id`, for a LATERAL page of each one's children."""
    return (
        func.unnest(uuids(ids))
        .table_valued(column("parent_id", Uuid()), name="parents")
        .render_derived()
    )
