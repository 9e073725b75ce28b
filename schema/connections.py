"""Relay connections over pages of rows."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

import strawberry

from execution import Selected
from models.database import Row
from resolvers.context import Context
from resolvers.loaders import Loaders, PageKey
from resolvers.loaders.batching import CURSOR
from resolvers.loading import Loader
from resolvers.paging import Page, PageRequest, page_request
from schema.fields import HELD_ROWS, LOADED, READS, SAME_FOR_ALL, Info

NO_ROWS: Final = MappingProxyType({READS: frozenset[str]()})
"""The metadata of a field that reads no columns of the rows of its page."""

CURSORS: Final = MappingProxyType({READS: frozenset({CURSOR})})
"""The metadata of a field that makes cursors of them."""

T = TypeVar("T")

First = Annotated[int | None, strawberry.argument(description="At most so many, from 0 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Begin after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="The last so many, from 0 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="End before this cursor.")]


class Cursors(Protocol):
    """What knows the cursors of a list's rows, as a Keyset does."""

    def cursor(self, row: Row) -> str:
        """The position of a row of the list."""
        ...


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    page: strawberry.Private[Page]
    cursors: strawberry.Private[Cursors]

    @strawberry.field(metadata=NO_ROWS)
    def has_next_page(self) -> bool:
        return self.page.has_next

    @strawberry.field(metadata=NO_ROWS)
    def has_previous_page(self) -> bool:
        return self.page.has_previous

    @strawberry.field(metadata=CURSORS)
    def start_cursor(self) -> str | None:
        return self.cursors.cursor(self.page.rows[0]) if self.page.rows else None

    @strawberry.field(metadata=CURSORS)
    def end_cursor(self) -> str | None:
        if self.page.end is not None:
            return self.page.end
        return self.cursors.cursor(self.page.rows[-1]) if self.page.rows else None


@strawberry.type(description="One item of a list, and its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(metadata=NO_ROWS)
    row: strawberry.Private[Row]
    cursors: strawberry.Private[Cursors]

    @strawberry.field(metadata=CURSORS)
    def cursor(self) -> str:
        return self.cursors.cursor(self.row)


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    page: strawberry.Private[Page]
    cursors: strawberry.Private[Cursors]
    make: strawberry.Private[type[Any]]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(metadata=NO_ROWS)
    def edges(self) -> list[Edge[T]]:
        make, cursors = self.make, self.cursors
        return [Edge(node=make(row=row), row=row, cursors=cursors) for row in self.page.rows]

    @strawberry.field(metadata=NO_ROWS)
    def page_info(self) -> PageInfo:
        return PageInfo(page=self.page, cursors=self.cursors)

    @strawberry.field(
        description="How many items all pages have; counted only when asked for.", metadata=NO_ROWS
    )
    async def total_count(self) -> int:
        return await self.count()

    @strawberry.field(
        description="The items of `edges`.",
        metadata={**NO_ROWS, HELD_ROWS: lambda self: self.page.rows},
    )
    def nodes(self) -> list[T]:
        make = self.make
        return [make(row=row) for row in self.page.rows]


def connection(
    page: Page, cursors: Cursors, node: type[T], count: Callable[[], Awaitable[int]]
) -> Connection[T]:
    """A page as a connection of nodes that hold its rows, made as they are asked for."""
    return Connection(page=page, cursors=cursors, make=node, count=count)


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """Pages of a loader, by the id of the row and the arguments of a connection."""

    loader: Callable[[Loaders], Loader[PageKey, Page]]
    wrap: Callable[[Page, PageKey, Context], Any]
    request: Callable[..., PageRequest] = page_request
    """Raises where only the resolver can tell."""

    columns: Callable[[Selected], frozenset[str] | None] = lambda selected: selected.keys
    """The columns of the rows that are needed; None: all."""

    known_by: Callable[[PageRequest, frozenset[str] | None], Hashable] | None = None
    """What they are known by where they were read with each row of a list: `Table.with_each`."""


@dataclass(frozen=True, slots=True)
class AskedPage:
    """What the arguments of such a connection ask for."""

    of: LoadedPage
    request: PageRequest
    columns: frozenset[str] | None

    def key(self, parent_id: UUID) -> PageKey:
        """The page of one parent."""
        return PageKey(parent_id, self.request, columns=self.columns)


def counted_page(
    loader: Callable[[Loaders], Loader[PageKey, Page]],
    count: Callable[[Loaders], Loader[UUID, int]],
    cursors: Cursors,
    node: type,
    known_by: Callable[[PageRequest, frozenset[str] | None], Hashable] | None = None,
) -> LoadedPage:
    """Pages whose total count a loader gives as well, by the id of the row."""

    def wrap(page: Page, key: PageKey, context: Context) -> Any:
        total = count(context.loaders)
        return connection(page, cursors, node, lambda: total.load(key.parent_id))

    return LoadedPage(loader, wrap, known_by=known_by)


def loaded_page(pages: LoadedPage, description: str) -> Any:
    """A connection of such pages, with the arguments `first` and `after`.

    It must be the same for all who may see the row.
    """

    async def resolve(self: Any, info: Info, first: First = None, after: After = None):  # type: ignore[no-untyped-def]
        key = PageKey(self.row["id"], page_request(first, after))
        return pages.wrap(await pages.loader(info.context.loaders).load(key), key, info.context)

    return strawberry.field(
        resolver=resolve, description=description, metadata={**SAME_FOR_ALL, LOADED: pages}
    )


__all__ = [
    "After",
    "AskedPage",
    "Before",
    "Connection",
    "Edge",
    "First",
    "Last",
    "LoadedPage",
    "PageInfo",
    "PageRequest",
    "connection",
    "counted_page",
    "loaded_page",
    "page_request",
]
