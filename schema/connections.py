"""Relay connections over pages of rows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, Protocol, TypeVar

import strawberry

from models.database import Row
from resolvers.paging import Page, PageRequest, page_request

T = TypeVar("T")

First = Annotated[int | None, strawberry.argument(description="At most so many, from 0 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Begin after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="The last so many, from 0 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="End before this cursor.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One item of a list, and its cursor.")
class Edge(Generic[T]):
    node: T
    cursor: str


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page_info: PageInfo
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many items all pages have; counted only when asked for.")
    async def total_count(self) -> int:
        return await self.count()

    @strawberry.field(description="The items of `edges`.")
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]


class Cursors(Protocol):
    """What knows the cursors of a list's rows, as a Keyset does."""

    def cursor(self, row: Row) -> str:
        """The position of a row of the list."""
        ...


def page_info(page: Page, keyset: Cursors) -> PageInfo:
    """Where a page stands."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=keyset.cursor(page.rows[0]) if page.rows else None,
        end_cursor=keyset.cursor(page.rows[-1]) if page.rows else None,
    )


def connection(
    page: Page, keyset: Cursors, node: Callable[[Row], T], count: Callable[[], Awaitable[int]]
) -> Connection[T]:
    """A page as a connection of the nodes that `node` makes of its rows."""
    edges: list[Edge[Any]] = [Edge(node=node(row), cursor=keyset.cursor(row)) for row in page.rows]
    return Connection(edges=edges, page_info=page_info(page, keyset), count=count)


__all__ = [
    "After",
    "Before",
    "Connection",
    "Edge",
    "First",
    "Last",
    "PageInfo",
    "PageRequest",
    "connection",
    "page_info",
    "page_request",
]
