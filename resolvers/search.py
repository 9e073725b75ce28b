"""Full-text search over the messages that the viewer may see."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Protocol
from uuid import UUID

from analysis.search.highlighting import TextRange, highlights
from analysis.search.language import QueryError, parse
from analysis.search.query import Query
from models.database import Row
from models.ids import time_of
from models.tables import messages
from resolvers.context import Context
from resolvers.errors import BadQueryError
from resolvers.loaders import MessageFilter
from resolvers.loaders.messages import COLUMNS
from resolvers.opaque import packed_in
from resolvers.paging import Keyset, Page, PageRequest
from resolvers.searching.bounds import Bounds
from resolvers.searching.corrections import Correction, Meant, corrected, corrections, meant_by
from resolvers.searching.counting import Facets, facets
from resolvers.searching.plan import Plan, with_filter, with_query
from resolvers.searching.ranking import (
    RANKED_CORRECTED,
    RANKED_TAG,
    RankCursor,
    RankCursors,
    ranked,
    ranked_pool,
)
from resolvers.searching.steps import Search

m = messages.c
NEWEST_FIRST = Keyset(b"f", m.sent_at, m.id, descending=True)
OLDEST_FIRST = Keyset(b"o", m.sent_at, m.id)
# Pages of what was meant have cursors of their own: behind one of them the search goes on for that,
# and behind any other it does not begin to.
NEWEST_CORRECTED = replace(NEWEST_FIRST, tag=b"F")
OLDEST_CORRECTED = replace(OLDEST_FIRST, tag=b"O")
_OF_CORRECTED = (NEWEST_CORRECTED.tag, OLDEST_CORRECTED.tag, RANKED_CORRECTED)


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Where to search; each given condition holds."""

    conversation_ids: tuple[UUID, ...] = ()
    messages: MessageFilter = field(default_factory=MessageFilter)


class SearchOrder(StrEnum):
    """Which matches come first."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    RELEVANCE = "RELEVANCE"


class Cursors(Protocol):
    """What knows the cursors of the rows of a page."""

    def cursor(self, row: Row) -> str:
        """The position of a row in its order."""
        ...


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of matches. `partial`: the time was up before it was full; `page.end` goes on.

    `query` is what they match: not what was asked for where there are `corrections`.
    """

    page: Page
    cursors: Cursors
    query: Query
    partial: bool
    corrections: tuple[Correction, ...] = ()

    def highlights(self, row: Row) -> list[TextRange]:
        """Where the query's words stand in a message's body, in code points."""
        return highlights(row.body, self.query.wanted_phrases())


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a page is asked of, apart from the words. `deadline`: of `time.perf_counter`."""

    context: Context
    request: PageRequest
    wanted: SearchFilter
    order: SearchOrder
    deadline: float


async def search_messages(
    context: Context,
    text: str,
    request: PageRequest,
    wanted: SearchFilter,
    order: SearchOrder = SearchOrder.NEWEST,
) -> SearchPage:
    """A page of the messages that match; where none does, of those with similar words.

    Raises BAD_QUERY, BAD_CURSOR and ReadTimedOut.
    """
    deadline = time.perf_counter() + context.services.limits.search_seconds
    query = parsed_query(context, text)
    asked = _Asked(context, request, wanted, order, deadline)
    async with context.read.as_one():
        return await _page_or_similar(asked, query)


async def _page_or_similar(asked: _Asked, query: Query) -> SearchPage:
    context, request = asked.context, asked.request
    if _is_of_corrected(request.after):
        return await _page_of_meant(asked, query, await meant_by(context, query))
    page = await _page(asked, query, as_meant=False)
    if _has_more_or_some(page) or request.after is not None:
        return page
    meant = await meant_by(context, query)
    similar = await _page_of_meant(asked, query, meant) if meant else page
    return similar if _has_more_or_some(similar) else page


def _has_more_or_some(page: SearchPage) -> bool:
    return bool(page.page.rows) or page.page.has_next


def _is_of_corrected(cursor: str | None) -> bool:
    try:
        return cursor is not None and packed_in(cursor)[:1] in _OF_CORRECTED
    except ValueError:
        # Whoever reads it says so.
        return False


async def _page_of_meant(asked: _Asked, query: Query, meant: Meant) -> SearchPage:
    """The page of what was meant. Which of it there is, one row at least tells."""
    size = asked.request.size
    asked = replace(asked, request=asked.request._replace(size=max(1, size)))
    found = await _page(asked, corrected(query, meant), as_meant=True)
    rows, more = found.page.rows, found.page.has_next
    page = replace(found.page, rows=rows[:size], has_next=more or len(rows) > size)
    return replace(found, page=page, corrections=corrections(meant, rows))


async def _page(asked: _Asked, query: Query, *, as_meant: bool) -> SearchPage:
    plan = await filtered_plan(asked.context, query, asked.wanted)
    if asked.order is SearchOrder.RELEVANCE and plan.wanted is not None:
        return await _page_by_rank(asked, query, plan, as_meant=as_meant)
    return await _page_by_time(asked, query, plan, as_meant=as_meant)


async def filtered_plan(context: Context, query: Query, wanted: SearchFilter) -> Plan:
    """The plan of a query among the messages that pass a filter."""
    plan = await with_query(context, Plan(), query)
    if wanted.conversation_ids:
        plan = plan.among(wanted.conversation_ids)
    return await with_filter(context, plan, wanted.messages)


def parsed_query(context: Context, text: str) -> Query:
    """What a query asks for. Raises BAD_QUERY."""
    limit = context.services.limits.query
    if len(text) > limit:
        raise BadQueryError(f"The query has more than {limit} characters.", limit)
    try:
        return parse(text)
    except QueryError as error:
        raise BadQueryError(error.message, error.position) from None


async def _page_by_time(asked: _Asked, query: Query, plan: Plan, *, as_meant: bool) -> SearchPage:
    request = asked.request
    falling = asked.order is not SearchOrder.OLDEST
    if falling:
        keyset = NEWEST_CORRECTED if as_meant else NEWEST_FIRST
    else:
        keyset = OLDEST_CORRECTED if as_meant else OLDEST_FIRST
    bounds = Bounds()
    if request.after is not None:
        position = keyset.position(request.after)[1]
        bounds = Bounds(high=position) if falling else Bounds(low=position)
    search = Search(asked.context, plan, COLUMNS, falling, asked.deadline)
    found = await search.find(request.size + 1, bounds)
    end = None
    if found.partial and found.left is not None:
        edge = found.left.high if falling else found.left.low
        end = keyset.cursor_at(time_of(edge), edge)
    more = found.partial or len(found.rows) > request.size
    page = Page(found.rows[: request.size], more, request.after is not None, end)
    return SearchPage(page, keyset, query, found.partial)


async def _page_by_rank(asked: _Asked, query: Query, plan: Plan, *, as_meant: bool) -> SearchPage:
    """A page of the newest 1,000 matches, those first in which the words stand close together.

    A cursor holds the ends of those 1,000 in time, so that new messages do not move the pages.
    """
    context, request = asked.context, asked.request
    tag = RANKED_CORRECTED if as_meant else RANKED_TAG
    after = None if request.after is None else RankCursor.of(request.after, tag)
    pool = await ranked_pool(context, plan, after, asked.deadline)
    found = await ranked(context, plan, pool, request.size + 1, after)
    page = Page(found[: request.size], len(found) > request.size, after is not None)
    return SearchPage(page, RankCursors(pool.bounds, tag), query, pool.partial)


async def count_matches(context: Context, query: Query, wanted: SearchFilter) -> Facets:
    """How many messages match, and where they are: of the newest 1,000 at most."""
    deadline = time.perf_counter() + context.services.limits.search_seconds
    async with context.read.as_one():
        return await facets(context, await filtered_plan(context, query, wanted), deadline)


@dataclass(frozen=True)
class Matches:
    """All matches of a query, whatever page they are on."""

    context: Context
    query: Query
    wanted: SearchFilter

    @cached_property
    def counted(self) -> asyncio.Future[Facets]:
        """How many they are and where; counted when it is asked first, for all who ask."""
        return asyncio.ensure_future(count_matches(self.context, self.query, self.wanted))
