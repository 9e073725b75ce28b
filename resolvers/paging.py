"""Keyset pages: what `first/after/last/before/around` mean, and the SQL they become.

Every list is ordered by a time and an id, or by a time and what the row of that id says. A cursor
holds both, marked with the list's tag, so that a cursor from another list is refused instead of
misread.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    select,
    tuple_,
)

from models.base import Timestamp
from models.database import Row
from resolvers.errors import Code, ParleyError
from resolvers.opaque import opaque, packed_in

MAX_PAGE = 100
DEFAULT_PAGE = 50

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PACKED = struct.Struct(">cq16s")

Position = tuple[datetime, UUID]
# A select of whatever columns.
Selection: TypeAlias = Select[*tuple[Any, ...]]

# A position and a size as parameters of a statement that is built once: see `Reader.rows`.
Bound: TypeAlias = tuple[BindParameter[datetime], BindParameter[UUID]]
Place: TypeAlias = Position | Bound
AFTER: Bound = (bindparam("after_time", type_=Timestamp), bindparam("after_id", type_=Uuid()))
BEFORE: Bound = (bindparam("before_time", type_=Timestamp), bindparam("before_id", type_=Uuid()))
MOST_ROWS = bindparam("most_rows", type_=Integer())


class PageShape(NamedTuple):
    """What the statement of a page depends on, apart from its parameters."""

    after: bool
    before: bool
    backwards: bool


class PageRequest(NamedTuple):
    """A page of at most `size` rows after or before a position, or from an end of the list.

    With `around` half of them come before that position, and the others from it on. A tuple,
    because requests are part of loaders' keys: to hash a dataclass takes several calls.
    """

    size: int
    after: str | None = None
    before: str | None = None
    backwards: bool = False
    around: Position | None = None

    @property
    def shape(self) -> PageShape:
        """The shape of its statement, for a page that is not around a position."""
        return PageShape(self.after is not None, self.before is not None, self.backwards)


def page_request(
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    *,
    from_end: bool = False,
    around: Position | None = None,
) -> PageRequest:
    """Check the arguments of a connection. Raises BAD_PAGE.

    With neither `first` nor `last`, a page of 50 from the beginning, or from the end of lists
    that are read from their end.
    """
    if around is not None and (after, last, before) != (None, None, None):
        raise ParleyError(Code.BAD_PAGE, "Beside what the page is around, give only first.")
    if first is not None and last is not None:
        raise ParleyError(Code.BAD_PAGE, "Give first or last, not both.")
    name, size = ("last", last) if last is not None else ("first", first)
    if size is not None and not 0 <= size <= MAX_PAGE:
        raise ParleyError(Code.BAD_PAGE, f"{name} must be from 0 to {MAX_PAGE}, not {size}.")
    if around is not None:
        return PageRequest(DEFAULT_PAGE if size is None else size, around=around)
    if size is None:
        backwards = before is not None or (from_end and after is None)
        return PageRequest(DEFAULT_PAGE, after, before, backwards)
    return PageRequest(size, after, before, last is not None)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the list's order, and whether there are more on either side.

    `end` is the cursor to go on from where it is not that of the last row. `beside`: rows of
    another table that were read with them. `total`: how many rows all pages have, if that is known.
    """

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool
    end: str | None = None
    beside: Sequence[Row] = ()
    total: int | None = None


@dataclass(frozen=True, eq=False)
class Keyset:
    """The order of one list: by a time column, then by an id column, rising or falling.

    With `then`, another column of the same table orders the rows of one time, each of them
    differently; a cursor holds the id all the same.
    """

    tag: bytes
    time: ColumnElement[datetime]
    identity: ColumnElement[UUID]
    descending: bool = False
    then: Column[Any] | None = None

    def cursor(self, row: Any) -> str:
        """The position of a row that holds both columns, as text a client passes back."""
        return self.cursor_at(row[self.time.key], row[self.identity.key])

    def cursor_at(self, moment: datetime, identity: UUID) -> str:
        """The position of a time and an id."""
        microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
        packed = _PACKED.pack(self.tag, microseconds, identity.bytes)
        return opaque(packed)

    def owns(self, cursor: str) -> bool:
        """Whether a text is a cursor of this list."""
        try:
            self.position(cursor)
        except ParleyError:
            return False
        return True

    def position(self, cursor: str) -> Position:
        """The time and id in a cursor of this list. Raises BAD_CURSOR for any other text."""
        try:
            packed = packed_in(cursor)
            tag, microseconds, identity = _PACKED.unpack(packed)
            if tag != self.tag:
                raise ValueError(tag)
            return _EPOCH + timedelta(microseconds=microseconds), UUID(bytes=identity)
        except (ValueError, OverflowError, struct.error):
            message = "This cursor is not from this list; take one from its edges."
            raise ParleyError(Code.BAD_CURSOR, message) from None

    def select(self, statement: Selection, request: PageRequest) -> Selection:
        """The statement cut to the page and one row more, which tells whether there are more.

        A page around a position is made of two others: see `sides`.
        """
        after, before = (
            None if cursor is None else self.position(cursor)
            for cursor in (request.after, request.before)
        )
        return self._cut(statement, after, before, request.backwards).limit(request.size + 1)

    def select_shape(
        self, statement: Selection, shape: PageShape, most: BindParameter[int] = MOST_ROWS
    ) -> Selection:
        """The same for all requests of a shape: it has parameters, which `values` gives.

        `most` is that of the number of rows, where there is another page in the statement.
        """
        after, before = AFTER if shape.after else None, BEFORE if shape.before else None
        return self._cut(statement, after, before, shape.backwards).limit(most)

    def values(self, request: PageRequest) -> dict[str, Any]:
        """The parameters of `select_shape` for a request. Raises BAD_CURSOR."""
        values: dict[str, Any] = {MOST_ROWS.key: request.size + 1}
        for cursor, place in ((request.after, AFTER), (request.before, BEFORE)):
            if cursor is not None:
                values[place[0].key], values[place[1].key] = self.position(cursor)
        return values

    def _cut(
        self, statement: Selection, after: Place | None, before: Place | None, backwards: bool
    ) -> Selection:
        if after is not None:
            statement = statement.where(self._beyond(after, later=not self.descending))
        if before is not None:
            statement = statement.where(self._beyond(before, later=self.descending))
        second = self.identity if self.then is None else self.then
        return statement.order_by(*self._order((self.time, second), backwards))

    def ordered(self, statement: Selection, page: FromClause, shape: PageShape) -> Selection:
        """The statement in the order of a page that it selects from."""
        keys = page.c[str(self.time.key)], page.c[str(self.identity.key)]
        return statement.order_by(*self._order(keys, shape.backwards))

    def _order(
        self, keys: Iterable[ColumnElement[Any]], backwards: bool
    ) -> list[ColumnElement[Any]]:
        falling = self.descending != backwards
        return [key.desc() if falling else key.asc() for key in keys]

    def page(
        self,
        rows: Sequence[Row],
        request: PageRequest,
        beside: Sequence[Row] = (),
        total: int | None = None,
    ) -> Page:
        """The page that the rows of `select` make, in the list's order."""
        more = len(rows) > request.size
        if request.backwards:
            rows = rows[-2::-1] if more else rows[::-1]
            return Page(rows, request.before is not None, more, beside=beside, total=total)
        rows = rows[:-1] if more else rows
        return Page(rows, more, request.after is not None, beside=beside, total=total)

    def sides(self, size: int, around: Position) -> tuple[PageRequest, PageRequest]:
        """The two pages of a rising list that are a page around a position: before, and from it."""
        moment, identity = around
        if identity.int:
            last = (moment, UUID(int=identity.int - 1))
        else:
            last = (moment - timedelta(microseconds=1), UUID(int=2**128 - 1))
        half = size // 2
        before = PageRequest(half, before=self.cursor_at(*around), backwards=True)
        return before, PageRequest(size - half, after=self.cursor_at(*last))

    def _beyond(self, position: Place, *, later: bool) -> ColumnElement[bool]:
        """PostgreSQL passes over partitions by a bound on the time alone, never by one on both."""
        key, place = tuple_(self.time, self.identity), tuple_(*position)
        if self.then is not None:
            key, place = tuple_(self.time, self.then), tuple_(position[0], self._then_of(position))
        if later:
            return and_(self.time >= position[0], key > place)
        return and_(self.time <= position[0], key < place)

    def _then_of(self, position: Place) -> ColumnElement[Any]:
        """What `then` is in the row at a position."""
        assert self.then is not None, "asked for where there is one"
        there = self.then.table.alias("there")
        found = select(there.c[self.then.name]).where(
            there.c[str(self.identity.key)] == position[1]
        )
        return found.scalar_subquery()
