"""Rows put back beside the keys that asked for them."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    LargeBinary,
    any_,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.sql.selectable import LateralFromClause

from models.database import NOTHING, Reader, Row, Table, WithEach, column_of
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


BESIDE = "beside."
"""Begins the names of the columns of what is read with a page."""


@dataclass(frozen=True, eq=False)
class Beside:
    """Rows of another table that are read with a page, each once: those that its rows name."""

    name: str
    """Stands for them among the columns of the page."""

    key: str
    """The column of the page that names them."""

    identity: ColumnElement[UUID]
    columns: Sequence[ColumnElement[Any]]

    def of(self, page: FromClause) -> LateralFromClause:
        """What is read with a gathered page, gathered itself."""
        named = self.identity == any_(page.c[self.key])
        theirs = select(*self.columns).where(named).correlate(page).lateral("theirs")
        return in_arrays(list(theirs.c), theirs, BESIDE).lateral("beside")

    def with_each(self, page: Page) -> Mapping[Hashable, WithEach]:
        """Which of them each row of a page names, if each names one."""
        places = {key: place for place, key in enumerate(column_of(page.beside, "id"))}
        try:
            own = list(map(places.__getitem__, column_of(page.rows, self.key)))
        except KeyError:
            return NOTHING
        return {self.name: WithEach(page.beside, own)}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is read of a page: some columns of its own, and of what is beside it."""

    columns: frozenset[str]
    beside: Beside | None

    def gathered(self, keyset: Keyset, page: FromClause) -> LateralFromClause:
        """The page as one row, with an array for each column."""
        # One column at least, so that the rows can be counted.
        own = columns_of(keyset, page, self.columns | {str(keyset.identity.key)})
        gathered = in_arrays(own, page).lateral("gathered")
        if self.beside is None or self.beside.name not in self.columns:
            return gathered
        beside = self.beside.of(gathered)
        both = select(*gathered.c, *beside.c).select_from(gathered.join(beside, true()))
        return both.lateral("together")


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
            found = {row["parent_id"]: gathered_page(keyset, request, row, beside) for row in rows}
            return [found[key] for key in ids]
        return [keyset.page(theirs, request) for theirs in many_each(rows, ids, "parent_id")]

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
    """All rows of a source as one, for `table_of`: with an array for each column, and the ids in
    one text of bytes. The names of the columns begin with `prefix`."""
    arrays = [
        (_packed(each) if each.key == "id" else func.array_agg(each)).label(f"{prefix}{each.key}")
        for each in columns
    ]
    return select(*arrays).select_from(source)


def _packed(ids: ColumnElement[UUID]) -> ColumnElement[bytes]:
    return func.string_agg(func.uuid_send(ids), literal_column("''"), type_=LargeBinary())


def table_of(arrays: Mapping[str, Any]) -> Sequence[Row]:
    """The rows of gathered columns; all arrays are null without any."""
    return cast("Sequence[Row]", Table.gathered(arrays))


def gathered_page(
    keyset: Keyset,
    request: PageRequest,
    row: Row | Mapping[str, Any],
    beside: Beside | None,
    total: int | None = None,
) -> Page:
    """The page in the row that it was gathered into, beside its `parent_id`."""
    own, others = {}, {}
    for name, values in row.items():
        if name.startswith(BESIDE):
            others[name.removeprefix(BESIDE)] = values
        elif name != "parent_id":
            own[name] = values
    page = keyset.page(table_of(own), request, table_of(others) if others else (), total)
    if beside is not None and others:
        cast("Table", page.rows).with_each = beside.with_each(page)
    return page


def _joined(before: Page, after: Page) -> Page:
    """The page that two neighbouring ones are together."""
    return Page(
        [*before.rows, *after.rows],
        after.has_next,
        before.has_previous,
        beside=[*before.beside, *after.beside],
    )
