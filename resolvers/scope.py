"""Which rows a viewer may see: every select of theirs is built from these."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    TableValuedAlias,
    Uuid,
    and_,
    any_,
    bindparam,
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

# Parameters of statements that are built once: see `Reader.rows`.
IDS = bindparam("ids", type_=ARRAY(Uuid()))
TIMES = bindparam("times", type_=ARRAY(Timestamp))
TENANT_ID = bindparam("reader_tenant_id", type_=Uuid())
USER_ID = bindparam("reader_user_id", type_=Uuid())

Identity: TypeAlias = UUID | ColumnElement[UUID]


def uuids(values: list[UUID] | ColumnElement[Any]) -> ColumnElement[Any]:
    """A list of ids as one array parameter."""
    return literal(values, ARRAY(Uuid())) if isinstance(values, list) else values


def is_one_of(
    column: ColumnElement[UUID], values: list[UUID] | ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether a column holds one of the ids; one parameter, whatever their number."""
    return column == any_(uuids(values))


def message_ids(values: list[UUID]) -> ColumnElement[bool]:
    """The messages with these ids. Their times are in the ids, and name the partitions to read."""
    return _with_ids(literal(values, ARRAY(Uuid())), literal(times_of(values), ARRAY(Timestamp)))


def given_message_ids() -> ColumnElement[bool]:
    """The same for the parameters IDS and TIMES; `times_of` gives the latter."""
    return _with_ids(IDS, TIMES)


def times_of(message_ids: Iterable[UUID]) -> list[datetime]:
    """The times of messages with these ids, each once."""
    return sorted({time_of(value) for value in message_ids})


def _with_ids(ids: ColumnElement[Any], times: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(messages.c.id == any_(ids), messages.c.sent_at == any_(times))


def visible_conversations(tenant_id: Identity, user_id: Identity) -> ColumnElement[bool]:
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


def parents(ids: list[UUID] | ColumnElement[Any]) -> TableValuedAlias:
    """The ids as rows of one column, `parent_id`, for a LATERAL page of each one's children."""
    return (
        func.unnest(uuids(ids))
        .table_valued(column("parent_id", Uuid()), name="parents")
        .render_derived()
    )
