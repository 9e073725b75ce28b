"""The search finds what a naive one finds, in the same order, in 20,000 random messages."""

import random
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import pytest

from analysis.search.language import QueryError, parse
from analysis.search.matching import matches
from models.database import Database
from models.ids import new_id
from resolvers.context import Context
from resolvers.limits import Limits
from resolvers.paging import page_request
from resolvers.search import SearchFilter, SearchOrder, search_messages
from tests.resolvers.searching.library import Library, make_library

WORDS = [
    *("lunch", "cafe", "CAFÉ", "strasse", "pizz*", "pizza", "елка", "東京", "京", "タワ", "ภาษา"),
    *("국어", "inv-20231", "20231", "12e3x", "a.org", "🎉", "👍", "nao", "سلام", "the", "ガ", "a"),
    *('"the the"', '"a to"', '"cafe the"', '"東京タワー a"', '"the 京"', '"to piz"*', "absent"),
    *("from:ana", 'from:"ana maria"', "from:me", "from:東京", "in:trip", "in:strasse", "in:work"),
    *("has:link", "has:image", "has:media", "kind:text", "kind:location", "is:edited"),
    *("lang:de", "lang:en", "lang:ru", "lang:zh"),
    *("on:2024-03", "on:2024-05-17", "before:2024-04", "after:2024-07", "after:2024-02-28"),
]


def queries(count: int) -> Iterator[str]:
    """Random ones that can be understood."""
    rng = random.Random(count)
    while count:
        items = [
            rng.choice(("", "", "", "-")) + rng.choice(WORDS) for _ in range(rng.randint(1, 4))
        ]
        query = items[0] + "".join(rng.choice((" ", " ", " OR ")) + item for item in items[1:])
        try:
            parse(query)
        except QueryError:
            continue
        count -= 1
        yield query


@pytest.fixture(scope="module")
async def library(owner: "asyncpg.Pool[asyncpg.Record]") -> Library:
    for name in ("naive", "other"):
        tenant = new_id()
        await owner.execute(
            "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, $2, $2, now())",
            tenant,
            f"{name}-{tenant.hex[-12:]}",
        )
        made = await make_library(owner, tenant, 20_000 if name == "naive" else 2_000, months=8)
        if name == "naive":
            found = made
    return found


async def found_by(context: Context, query: str, order: SearchOrder, enough: int) -> list[UUID]:
    """The first matches, page by page."""
    return [key async for key in _pages(context, query, order, enough)][:enough]


async def _pages(
    context: Context, query: str, order: SearchOrder, enough: int
) -> AsyncIterator[UUID]:
    after, seen = None, 0
    while seen < enough:
        page = await search_messages(context, query, page_request(70, after), SearchFilter(), order)
        for row in page.page.rows:
            yield row.id
            after = page.cursors.cursor(row)
        seen += len(page.page.rows)
        after = page.page.end or after
        if not page.page.has_next:
            return


@pytest.mark.parametrize(
    ("seconds", "count"), [(60, 30), (0, 2)], ids=["whole pages", "partial pages"]
)
async def test_same_messages_in_the_same_order(
    database: Database, library: Library, seconds: float, count: int
) -> None:
    context = library.context(database, Limits(search_seconds=seconds))
    by_time = sorted(library.messages)
    for query in queries(count):
        parsed = parse(query)
        expected = [key for key in by_time if matches(parsed, library.messages[key])]
        newest = await found_by(context, query, SearchOrder.NEWEST, 200)
        assert newest == expected[::-1][:200], query
        oldest = await found_by(context, query, SearchOrder.OLDEST, 200)
        assert oldest == expected[:200], query


async def test_the_end_of_a_long_list_is_reached(database: Database, library: Library) -> None:
    context = library.context(database, Limits(search_seconds=60))
    expected = [key for key, facts in library.messages.items() if "ภาษา" in facts.body]
    found = await found_by(context, "ภาษา", SearchOrder.NEWEST, len(expected) + 1)
    assert found == sorted(expected, reverse=True)
