"""Rows that are opened for a change."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import CTE, ColumnElement, select
from sqlmodel import SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from models.rows import Row
from models.tables import conversations
from realtime.unit_of_work import QuickWork, UnitOfWork
from resolvers.errors import Code, UserError
from resolvers.paging import Selection
from resolvers.scope import TENANT_ID, USER_ID, visible_conversations

RowT = TypeVar("RowT", bound=SQLModel)


async def locked(
    work: UnitOfWork,
    statement: SelectOfScalar[RowT],
    noun: str,
    field: str,
    *,
    key_share: bool = False,
) -> RowT:
    """The one row that a scoped statement finds, locked until the commit.

    With `key_share` others may still refer to it meanwhile. Raises NOT_FOUND, which says that there
    is no such `noun`, about the input's `field`.
    """
    found = await work.session.exec(statement.with_for_update(key_share=key_share))
    row = found.one_or_none()
    if row is None:
        raise UserError(Code.NOT_FOUND, f"There is no such {noun}.", field)
    return row


def locked_conversation(which: ColumnElement[bool]) -> CTE:
    """The conversation, if the viewer may see it, its row locked until the commit; for `look`."""
    c = conversations.c
    seen = select(c.id, c.last_seq, c.live_count).where(
        which, visible_conversations(TENANT_ID, USER_ID)
    )
    return seen.with_for_update(of=conversations).cte("locked")


def counted(locked: CTE) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Its `last_seq`, and `seq_before`: the same as all but the lock sees it."""
    before = conversations.alias("before").c
    seq_before = select(before.last_seq).where(before.id == locked.c.id).scalar_subquery()
    return locked.c.last_seq, seq_before.label("seq_before")


async def look(
    work: QuickWork, build: Callable[..., Selection], *shape: Hashable, **values: Any
) -> Row | None:
    """The row of a statement that has a `locked_conversation`, and the columns `counted` of it.

    What a statement reads beside the row that it locks is as old as the statement: where it had
    to wait, and something happened in the conversation meanwhile, it is read again.
    """
    rows = await work.rows(build, *shape, **values)
    if rows and rows[0].last_seq != rows[0].seq_before:
        rows = await work.rows(build, *shape, **values)
    return rows[0] if rows else None
