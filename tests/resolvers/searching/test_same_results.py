"""The search finds what a naive one finds, in the same order, in 20,000 random messages."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

from analysis.search.language import QueryError, parse
from analysis.search.matching import MessageFacts, matches
from models.database import Database
from resolvers.context import Context
from resolvers.limits import Limits
from resolvers.loaders import MessageFilter
from resolvers.paging import page_request
from resolvers.search import SearchFilter, SearchOrder, count_matches, search_messages
from resolvers.searching.conversation import count_of_matches, page_of_matches
from resolvers.searching.counting import COUNTED
from resolvers.searching.ranking import RANKED
from tests.resolvers.searching.library import TITLES, Library, make_library
from tests.resolvers.searching.naive import ITEMS
from tests.resolvers.searching.nearness import nearness
from tests.tenants import make_tenant


@dataclass(frozen=True)
class Asked:
    """A query, and what it means: all of the groups hold, of each one of its items."""

    text: str
    groups: tuple[tuple[tuple[bool, str], ...], ...]

    def holds(self, message: MessageFacts) -> bool:
        """Whether a naive search would find the message. A negated item is (True, item)."""
        return all(
            any(ITEMS[item](message) != negated for negated, item in group) for group in self.groups
        )


def queries(count: int) -> Iterator[Asked]:
    """Random ones that can be understood."""
    rng = random.Random(count)
    while count:
        groups: list[list[tuple[bool, str]]] = []
        for number in range(rng.randint(1, 4)):
            item = rng.random() < 0.25, rng.choice(list(ITEMS))
            if number and rng.random() < 0.33:
                groups[-1].append(item)
            else:
                groups.append([item])
        written = (" OR ".join("-" * negated + item for negated, item in group) for group in groups)
        asked = Asked(" ".join(written), tuple(map(tuple, groups)))
        try:
            parse(asked.text)
        except QueryError:
            continue
        count -= 1
        yield asked


def _groups(query: str) -> tuple[tuple[tuple[bool, str], ...], ...]:
    """The groups of a query that has no quotation marks."""
    return tuple(
        tuple((item.startswith("-"), item.removeprefix("-")) for item in group.split("|"))
        for group in query.replace(" OR ", "|").split()
    )


@pytest.fixture(scope="module")
async def library(owner: "asyncpg.Pool[asyncpg.Record]") -> Library:
    found = await make_library(owner, await make_tenant(owner), 20_000, months=8)
    # Another tenant's messages lie among them.
    await make_library(owner, await make_tenant(owner), 2_000, months=8)
    return found


async def found_by(context: Context, query: str, order: SearchOrder, enough: int) -> list[UUID]:
    """The first matches, page by page."""
    return [key async for key in _pages(context, query, order, enough)][:enough]


async def _pages(
    context: Context, query: str, order: SearchOrder, enough: int
) -> AsyncIterator[UUID]:
    after, seen = None, 0
    while seen < enough:
        page = await search_messages(
            context, query, page_request(100, after), SearchFilter(), order
        )
        for row in page.page.rows:
            yield row.id
            after = page.cursors.cursor(row)
        seen += len(page.page.rows)
        after = page.page.end or after
        if not page.page.has_next:
            return


@pytest.mark.parametrize(
    ("seconds", "count", "enough"),
    [(60, 60, 500), (0, 2, 20)],
    ids=["whole pages", "partial pages"],
)
async def test_same_messages_in_the_same_order(
    database: Database, library: Library, seconds: float, count: int, enough: int
) -> None:
    context = library.context(database, Limits(search_seconds=seconds))
    by_time = sorted(library.messages)
    for asked in queries(count):
        expected = [key for key in by_time if asked.holds(library.messages[key])]
        newest = await found_by(context, asked.text, SearchOrder.NEWEST, enough)
        assert newest == expected[::-1][:enough], asked.text
        oldest = await found_by(context, asked.text, SearchOrder.OLDEST, enough)
        assert oldest == expected[:enough], asked.text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("the", ["the"]),
        ("the a", ["the", "a"]),
        ("of the ok", ["of", "the", "ok"]),
        ("lunch OR pizza", ["lunch pizza"]),
        ("the a OR to -monday", ["the", "a to"]),
        ("cafe the from:ana", ["cafe", "the"]),
        ("absent the", ["absent", "the"]),
    ],
)
async def test_the_nearest_of_the_newest_come_first(
    database: Database, library: Library, query: str, wanted: list[str]
) -> None:
    context = library.context(database, Limits(search_seconds=60))
    asked = Asked(query, _groups(query))
    newest = [key for key in sorted(library.messages) if asked.holds(library.messages[key])]
    groups = [frozenset(each.split()) for each in wanted]
    ranks = {key: round(nearness(library.messages[key], groups), 9) for key in newest[-RANKED:]}
    expected = sorted(ranks, key=lambda key: (ranks[key], key), reverse=True)
    found = await found_by(context, query, SearchOrder.RELEVANCE, RANKED + 1)
    assert found == expected


async def test_a_conversation_is_filtered_by_the_same_words(
    database: Database, library: Library
) -> None:
    context = library.context(database, Limits(search_seconds=60))
    here = {key: one for key, one in library.messages.items() if one.conversation_title == "Work"}
    place = library.conversations[TITLES.index("Work")]
    for asked in queries(10):
        expected = [key for key in sorted(here) if asked.holds(here[key])]
        wanted = MessageFilter(query=parse(asked.text))
        first = await page_of_matches(context, place, page_request(first=100), wanted)
        assert [row.id for row in first.rows] == expected[:100], asked.text
        last = await page_of_matches(context, place, page_request(last=100), wanted)
        assert [row.id for row in last.rows] == expected[-100:], asked.text
        assert await count_of_matches(context, place, wanted) == len(expected), asked.text


async def test_live_messages_match_what_the_search_finds(library: Library) -> None:
    some = random.Random(1).sample(list(library.messages.values()), 1_000)
    for asked in queries(50):
        parsed = parse(asked.text)
        assert [matches(parsed, one) for one in some] == [asked.holds(one) for one in some]


async def test_facets_count_the_newest_of_them(database: Database, library: Library) -> None:
    context = library.context(database, Limits(search_seconds=60))
    titles = dict(zip(library.conversations, TITLES, strict=True))
    newest_first = sorted(library.messages, reverse=True)
    for asked in queries(12):
        all_messages = (library.messages[key] for key in newest_first)
        expected = [message for message in all_messages if asked.holds(message)]
        counted = expected[:COUNTED]
        found = await count_matches(context, parse(asked.text), SearchFilter())
        assert (found.total, found.capped) == (len(counted), len(expected) > COUNTED), asked.text
        assert dict(found.kinds) == Counter(message.kind for message in counted)
        months = Counter(message.sent_at.date().replace(day=1) for message in counted)
        assert dict(found.months) == months
        places = Counter({titles[key]: count for key, count in found.conversations})
        assert places == Counter(message.conversation_title for message in counted)
        assert sum(count for _, count in found.senders) == len(counted)


async def test_the_end_of_a_long_list_is_reached(database: Database, library: Library) -> None:
    context = library.context(database, Limits(search_seconds=60))
    expected = [key for key, facts in library.messages.items() if "ภาษา" in facts.body]
    found = await found_by(context, "ภาษา", SearchOrder.NEWEST, len(expected) + 1)
    assert found == sorted(expected, reverse=True)
