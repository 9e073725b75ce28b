"""Rows that are opened for a change."""

from typing import TypeVar

from sqlmodel import SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from realtime.unit_of_work import UnitOfWork
from resolvers.errors import Code, UserError

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
