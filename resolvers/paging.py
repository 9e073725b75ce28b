"""Keyset pages: what `first/after/last/before/around` mean, and the SQL they become.

Every list is ordered by a time and an id. A cursor holds both, marked with the list's tag, so
that a cursor from another list is refused instead of misread.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select, tuple_, union_all

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


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of at most `size` rows after or before a position, or from an end of the list.

    With `around` half of them come before that position, and the others from it on.
    """

    size: int
    after: str | None = None
    before: str | None = None
    backwards: bool = False
    around: Position | None = None

    @property
    def halves(self) -> tuple[int, int]:
        """Of a page around a position: how many rows before it, and how many from it on."""
        return self.size // 2, self.size - self.size // 2


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
    """Rows in the list's order, and whether there are more on either side."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True)
class Keyset:
    """The order of one list: by a time column, then by an id column, rising or falling."""

    tag: bytes
    time: ColumnElement[datetime]
    identity: ColumnElement[UUID]
    descending: bool = False

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

        A page around a position is cut to one row more on each side.
        """
        if request.around is not None:
            return self._both_sides(statement, request.around, request.halves)
        if request.after is not None:
            statement = statement.where(self._behind(self.position(request.after)))
        if request.before is not None:
            statement = statement.where(self._ahead_of(self.position(request.before)))
        return self._ordered(statement, request.backwards).limit(request.size + 1)

    def page(self, rows: Sequence[Row], request: PageRequest) -> Page:
        """The page that the rows of `select` make, in the list's order."""
        if request.around is not None:
            return self._page_around(rows, request.around, request.halves)
        more = len(rows) > request.size
        rows = rows[: request.size]
        if request.backwards:
            return Page(rows[::-1], has_next=request.before is not None, has_previous=more)
        return Page(rows, has_next=more, has_previous=request.after is not None)

    def _both_sides(
        self, statement: Selection, position: Position, halves: tuple[int, int]
    ) -> Selection:
        ahead = self._ordered(statement.where(self._ahead_of(position)), backwards=True)
        here = self._ordered(statement.where(self._behind(position, also_at=True)))
        sides = (
            side.limit(n + 1).subquery() for side, n in zip((ahead, here), halves, strict=True)
        )
        both = union_all(*(select(side) for side in sides)).subquery("around")
        columns = (both.c[self.time.key or ""], both.c[self.identity.key or ""])
        return select(both).order_by(*(c.desc() if self.descending else c for c in columns))

    def _page_around(
        self, rows: Sequence[Row], position: Position, halves: tuple[int, int]
    ) -> Page:
        time, identity = self.time.key or "", self.identity.key or ""

        def is_ahead(row: Row) -> bool:
            key = (row[time], row[identity])
            return key > position if self.descending else key < position

        ahead = [row for row in rows if is_ahead(row)]
        here = rows[len(ahead) :]
        most_ahead, most_here = halves
        shown = [*ahead[max(0, len(ahead) - most_ahead) :], *here[:most_here]]
        return Page(shown, len(here) > most_here, len(ahead) > most_ahead)

    def _ordered(self, statement: Selection, backwards: bool = False) -> Selection:
        falling = self.descending != backwards
        return statement.order_by(
            *(c.desc() if falling else c.asc() for c in (self.time, self.identity))
        )

    def _behind(self, position: Position, *, also_at: bool = False) -> ColumnElement[bool]:
        """What comes after a position in the list's order, and what is there if wanted."""
        return self._beyond(position, later=not self.descending, also_at=also_at)

    def _ahead_of(self, position: Position) -> ColumnElement[bool]:
        """What comes before a position in the list's order."""
        return self._beyond(position, later=self.descending)

    def _beyond(
        self, position: Position, *, later: bool, also_at: bool = False
    ) -> ColumnElement[bool]:
        """PostgreSQL passes over partitions by a bound on the time alone, never by one on both."""
        key, place, moment = tuple_(self.time, self.identity), tuple_(*position), position[0]
        if later:
            return and_(self.time >= moment, key >= place if also_at else key > place)
        return and_(self.time <= moment, key <= place if also_at else key < place)
