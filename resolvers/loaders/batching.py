"""Rows put back beside the keys that asked for them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, select, true

from models.database import Reader, Row
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
    """What is read of a page: some columns, and of what is beside it; None: all its own."""

    columns: ColumnNames
    beside: Beside | None

    def of(self, keyset: Keyset, page: FromClause) -> tuple[list[ColumnElement[Any]], FromClause]:
        """The columns, and what they are selected from."""
        own = columns_of(keyset, page, self.columns)
        if self.columns is None:
            return own, page
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

    A page around a position takes two statements.
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
        chosen = Chosen(columns, beside)
        values = {"ids": ids, "reader_tenant_id": read.tenant_id, **keyset.values(request)}
        if wanted is None:
            rows = await read.rows(_pages, keyset, children, None, request.shape, chosen, **values)
        else:
            # There is no end to filters: their statements are not worth keeping.
            statement = _pages(keyset, children, wanted, request.shape, chosen)
            rows = await read.all(statement.params(values))
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
    chosen: "Chosen",
) -> Selection:
    parent = parents(IDS)
    page = keyset.select_shape(children(parent.c.parent_id, wanted), shape).lateral("page")
    columns, source = chosen.of(keyset, page)
    return select(parent.c.parent_id, *columns).join_from(parent, source, true())


def _joined(before: Page, after: Page) -> Page:
    """The page that two neighbouring ones are together."""
    return Page([*before.rows, *after.rows], after.has_next, before.has_previous)
