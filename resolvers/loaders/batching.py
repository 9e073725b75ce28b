"""Rows put back beside the keys that asked for them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, func, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from models.database import Reader, Row, Table
from resolvers.paging import Keyset, Page, PageRequest, PageShape, Selection
from resolvers.scope import IDS, parents


def one_each(rows: Sequence[Row], keys: Sequence[UUID], column: str) -> list[Row | None]:
    """For each key the row whose `column` holds it."""
    found = {row[column]: row for row in rows}
    return [found.get(key) for key in keys]


def many_each(rows: Sequence[Row], keys: Sequence[UUID], column: str) -> list[list[Row]]:
    """For each key the rows whose `column` holds it, in the statement's order."""
    if len(keys) == 1:
        return [list(rows)]
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return [found.get(key, []) for key in keys]


def value_each(rows: Sequence[Row], keys: Sequence[UUID], default: Any) -> list[Any]:
    """For each key the second column of the row whose first column holds it."""
    found = {row[0]: row[1] for row in rows}
    return [found.get(key, default) for key in keys]


class PageKey(NamedTuple):
    """A page of the children of one parent. `wanted` is what filters them, if anything does.

    `columns` are those of a child that are needed, and of what is read beside it; None: all of
    the child alone.
    """

    parent_id: UUID
    request: PageRequest
    wanted: Any = None
    columns: frozenset[str] | None = None


ColumnNames: TypeAlias = frozenset[str] | None

CURSOR = "cursor"
"""Stands for the columns of which the list makes its cursors."""


def columns_of(keyset: Keyset, page: FromClause, names: ColumnNames) -> list[ColumnElement[Any]]:
    """The columns of a page that are needed."""
    if names is None:
        return list(page.c)
    needed = names | {keyset.time.key, keyset.identity.key} if CURSOR in names else names
    return [each for each in page.c if each.key in needed]


@dataclass(frozen=True, eq=False)
class Beside:
    """A row of another table that is read with each of a page: one by its key, if there is one."""

    names: Mapping[str, str]
    """Its columns, and what they are called in the rows of the page."""

    row_of: Callable[[FromClause], Selection]
    """Selects it, of the page."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is read of a page: some columns of its own, and of what is beside it."""

    columns: frozenset[str]
    beside: Beside | None

    def gathered(self, keyset: Keyset, page: FromClause) -> LateralFromClause:
        """The page as one row, with an array for each column."""
        return in_arrays(*self._of(keyset, page)).lateral("gathered")

    def _of(self, keyset: Keyset, page: FromClause) -> tuple[list[ColumnElement[Any]], FromClause]:
        """The columns, and what they are selected from."""
        # One column at least, so that the rows can be counted.
        own = columns_of(keyset, page, self.columns | {str(keyset.identity.key)})
        if self.beside is None or self.columns.isdisjoint(self.beside.names.values()):
            return own, page
        other = self.beside.row_of(page).limit(1).lateral("beside")
        names = self.beside.names.items()
        others = [other.c[key].label(name) for key, name in names if name in self.columns]
        return [*own, *others], page.outerjoin(other, true())


async def page_each(
    read: Reader,
    keyset: Keyset,
    children: Callable[[ColumnElement[UUID], Any], Selection],
    keys: Sequence[PageKey],
    beside: Beside | None = None,
) -> list[Page]:
    """For each key its page: a statement for each distinct request, whatever the parents' number.

    Where but some columns are asked for, a page comes as one row of arrays: a record for each row
    takes asyncpg longer. A page around a position takes two statements.
    `children(parent, wanted)` selects the children of the parent that a LATERAL row names. The
    statement without a filter is built once for all calls with the same function.
    """
    asked: defaultdict[tuple[PageRequest, Any, ColumnNames], list[UUID]] = defaultdict(list)
    for key in keys:
        asked[key.request, key.wanted, key.columns].append(key.parent_id)
    pages: dict[PageKey, Page] = {}

    async def ask(
        ids: list[UUID], request: PageRequest, wanted: Any, columns: ColumnNames
    ) -> list[Page]:
        chosen = None if columns is None else Chosen(columns, beside)
        values = {"ids": ids, "reader_tenant_id": read.tenant_id, **keyset.values(request)}
        if wanted is None:
            rows = await read.rows(_pages, keyset, children, None, request.shape, chosen, **values)
        else:
            # There is no end to filters: their statements are not worth keeping.
            statement = _pages(keyset, children, wanted, request.shape, chosen)
            rows = await read.all(statement.params(values))
        if columns is not None:
            tables = {row["parent_id"]: table_of(row) for row in rows}
            return [keyset.page(tables[key], request) for key in ids]
        return [keyset.page(found, request) for found in many_each(rows, ids, "parent_id")]

    for (request, wanted, columns), ids in asked.items():
        if request.around is None:
            found = await ask(ids, request, wanted, columns)
        else:
            before, after = keyset.sides(request.size, request.around)
            halves = [await ask(ids, half, wanted, columns) for half in (before, after)]
            found = [_joined(*both) for both in zip(*halves, strict=True)]
        for parent_id, page in zip(ids, found, strict=True):
            pages[PageKey(parent_id, request, wanted, columns)] = page
    return [pages[key] for key in keys]


def _pages(
    keyset: Keyset,
    children: Callable[[ColumnElement[UUID], Any], Selection],
    wanted: Any,
    shape: PageShape,
    chosen: Chosen | None,
) -> Selection:
    parent = parents(IDS)
    theirs = children(parent.c.parent_id, wanted).correlate(parent)
    page: FromClause = keyset.select_shape(theirs, shape).lateral("page")
    if chosen is not None:
        page = chosen.gathered(keyset, page)
    return select(parent.c.parent_id, *page.c).join_from(parent, page, true())


def in_arrays(
    columns: Sequence[ColumnElement[Any]], source: FromClause, prefix: str = ""
) -> Selection:
    """All rows of a source as one, with an array for each column; its name begins with `prefix`."""
    arrays = [func.array_agg(each).label(f"{prefix}{each.key}") for each in columns]
    return select(*arrays).select_from(source)


def table_of(arrays: Row | Mapping[str, Any]) -> Sequence[Row]:
    """The rows of a gathered page, beside its `parent_id`; all arrays are null without any."""
    found = {name: values or () for name, values in arrays.items() if name != "parent_id"}
    return cast("Sequence[Row]", Table(found))


def _joined(before: Page, after: Page) -> Page:
    """The page that two neighbouring ones are together."""
    return Page([*before.rows, *after.rows], after.has_next, before.has_previous)
