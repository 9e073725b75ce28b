"""What PostgreSQL does for each kind of query on 200,000 messages, as the application's role."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from app.embedded import EmbeddedServers
from models.database import Database
from models.ids import new_id
from models.tenants import Role
from resolvers.context import Context, Services, Viewer
from resolvers.limits import Limits
from resolvers.messages import page_of_messages
from resolvers.paging import page_request
from resolvers.search import SearchFilter, count_matches, parsed_query, search_messages
from resolvers.searching.counting import Facets
from tests.places import run_folder

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
LAST = datetime(2024, 12, 31, tzinfo=UTC)
# A message every 2.6 minutes of a year: each has a word that is in all, in a tenth, in few.
FILL = """
    INSERT INTO messages (tenant_id, id, sent_at, conversation_id, sender_id, seq, kind, body)
    SELECT tenant, (lpad(to_hex(milliseconds), 12, '0') ||
        '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
        to_timestamp(milliseconds / 1000.0), conversations[1 + n % 20], senders[1 + n % 20], 1,
        'TEXT', concat('all ', CASE WHEN n % 10 = 0 THEN 'tenth ' END, 'w', n % 5000, ' 東京',
            CASE WHEN n % 7 = 0 THEN '京都' END)
    FROM generate_series(1, 200000) n,
        LATERAL (SELECT 1704067200000 + n * 157000::bigint AS milliseconds) t,
        (SELECT $1::uuid AS tenant, $2::uuid[] AS conversations, $3::uuid[] AS senders) given
"""
# One of the words above, and many others.
TERMS = """
    INSERT INTO search_terms (tenant_id, term, count, checked_at)
    SELECT $1::uuid, translate(md5(n::text), '0123456789', 'ghijklmnop'), 1, now()
    FROM generate_series(1, 20000) n
    UNION ALL SELECT $1::uuid, 'tenth', 20000, now()
"""
EXPLAIN = (
    "session_preload_libraries = 'auto_explain'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_nested_statements = on",
    "auto_explain.log_analyze = on",
    "auto_explain.log_timing = off",
)
# The months that have messages; what PostgreSQL does with empty tables does not matter.
SCANNED = re.compile(r"-> +(.*Scan.*(?:messages_y2024m\d\d|search_terms).*)")
NOW = datetime(2025, 1, 1, tzinfo=UTC)


INDEX = re.compile(r"messages_y\d{4}m\d\d_(pkey|search|sender|conversation)")
PARTITION = re.compile(r"messages_y\d{4}m\d\d")


@dataclass(frozen=True)
class Shelf:
    """A database of 200,000 messages that explains what the application runs."""

    database: Database
    viewer: Viewer
    conversation: UUID

    @property
    def context(self) -> Context:
        absent = cast(Any, None)
        limits = Limits(search_seconds=60)
        services = Services(self.database, absent, absent, limits, clock=lambda: NOW)
        return Context.of(self.viewer, services)

    async def scans(self, asked: Awaitable[object]) -> list[str]:
        """The scans of partitions that were begun for it, as PostgreSQL's log tells."""
        before, behind = new_id().hex, new_id().hex
        await self._mark(before)
        await asked
        await self._mark(behind)
        # A file tells nobody when it grows.
        while behind not in (text := self._log()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        text = text[text.index(before) : text.index(behind)]
        return [found for found in SCANNED.findall(text) if "never executed" not in found]

    async def searched(
        self, query: str, wanted: SearchFilter | None = None, after: str | None = None
    ) -> list[str]:
        """The scans of a search for the first page, or for that behind a cursor."""
        request = page_request(20, after)
        return await self.scans(
            search_messages(self.context, query, request, wanted or SearchFilter())
        )

    async def _mark(self, mark: str) -> None:
        await self.database.reads.ask(f"SELECT '{mark}'")

    def _log(self) -> str:
        folder = run_folder() / "servers/log"
        logs = sorted(folder.glob("postgres-*.log"), key=lambda path: path.stat().st_mtime)
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)


@pytest.fixture(scope="module")
async def shelf(
    servers: EmbeddedServers, clone_database: Callable[[], Awaitable[str]]
) -> AsyncIterator[Shelf]:
    name = await clone_database()
    owner = await asyncpg.connect(servers.url_for("parley_owner", name))
    viewer = Viewer(new_id(), new_id(), Role.AGENT)
    conversations = [new_id() for _ in range(20)]
    senders = [new_id() for _ in range(20)]
    await owner.execute(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, 'shelf', 'Shelf', now())",
        viewer.tenant_id,
    )
    await owner.execute(
        "INSERT INTO conversations (tenant_id, id, created_at, title, kind, visibility, last_seq,"
        " message_count, live_count, last_activity_at)"
        " SELECT $1, unnest($2::uuid[]), now(), 'c', 'GROUP', 'TENANT', 0, 0, 0, now()",
        *(viewer.tenant_id, conversations),
    )
    await owner.execute(
        "INSERT INTO participants (tenant_id, id, created_at, conversation_id, name, archive_name)"
        " SELECT $1, s, now(), c, 'Person ' || n, 'Person ' || n"
        " FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS t (s, c, n)",
        *(viewer.tenant_id, senders, conversations),
    )
    await owner.execute("SELECT parley_ensure_message_partitions($1, $2)", FIRST, LAST)
    await owner.execute(FILL, viewer.tenant_id, conversations, senders)
    await owner.execute(TERMS, viewer.tenant_id)
    await owner.execute("ANALYZE messages, search_terms")
    await owner.close()
    root = await asyncpg.connect(servers.url_for("postgres", name))
    for setting in EXPLAIN:
        await root.execute(f"ALTER ROLE parley IN DATABASE {name} SET {setting}")
    await root.close()
    database = Database(servers.url_for("parley", name), pool_min=1, pool_max=1)
    await database.connect()
    yield Shelf(database, viewer, conversations[3])
    await database.close()


CLASSES = {
    # What is asked, how many months may be read, and by which indexes besides that of ids.
    "in all messages": ("all", 2, set()),
    "in a tenth": ("tenth", 2, set()),
    "rare": ("w4321", 16, {"search"}),
    "two words": ("tenth w4320", 16, {"search"}),
    "phrase": ('"tenth w4320"', 16, {"search"}),
    "prefix": ("w432*", 16, {"search"}),
    "negation": ("w4321 -tenth", 16, {"search"}),
    "two characters": ("京都", 2, set()),
    "no match": ("absent", 16, {"search"}),
    "between dates": ("w4321 after:2024-04 before:2024-06", 2, {"search"}),
    "rare, by a sender": ('w4323 from:"person 4"', 16, {"sender", "search"}),
    "by a sender": ('all from:"person 4"', 16, {"sender"}),
    "rare, and a kind": ("w4321 kind:text", 16, {"search"}),
    "bookmarked": ("all is:bookmarked", 0, set()),
}


def check(scans: list[str], most: int, by: set[str]) -> None:
    """Compare the scans with how many months they may read, and by which indexes."""
    assert not [scan for scan in scans if "Seq Scan" in scan]
    assert {found[1] for scan in scans if (found := INDEX.search(scan))} - {"pkey"} == by
    read = {found[0] for scan in scans if (found := PARTITION.search(scan))}
    assert bool(read) == bool(most)
    assert len(read) <= most


@pytest.mark.parametrize("name", CLASSES)
async def test_indexes_are_used_and_months_passed_over(shelf: Shelf, name: str) -> None:
    query, most, indexes = CLASSES[name]
    check(await shelf.searched(query), most, indexes)


async def test_a_conversation_is_read_by_its_own_index(shelf: Shelf) -> None:
    wanted = SearchFilter((shelf.conversation,))
    check(await shelf.searched("all", wanted), 16, {"conversation"})
    check(await shelf.searched("w4323", wanted), 16, {"conversation", "search"})


async def test_the_newest_page_of_a_conversation_takes_its_own_index(shelf: Shelf) -> None:
    request = page_request(last=50)
    scans = await shelf.scans(page_of_messages(shelf.context, shelf.conversation, request, None))
    check(scans, 16, {"conversation"})


@pytest.mark.parametrize("query", ["all", "tenth"])
async def test_the_fiftieth_page_reads_from_where_it_begins(shelf: Shelf, query: str) -> None:
    after = None
    for _ in range(10):
        request = page_request(98, after)
        page = await search_messages(shelf.context, query, request, SearchFilter())
        after = page.cursors.cursor(page.page.rows[-1])
    check(await shelf.searched(query, after=after), 2, set())


async def test_misspelt_words_are_looked_up_by_their_beginning_and_end(shelf: Shelf) -> None:
    scans = await shelf.searched("tneth")
    check(scans, 16, {"search"})
    for index in ("search_terms_pkey", "search_terms_backwards_idx"):
        assert [scan for scan in scans if index in scan]


async def counted(shelf: Shelf, query: str) -> tuple[Facets, list[str]]:
    """The facets of a query, and the scans that it took to count."""
    asked = parsed_query(shelf.context, query)
    counting = asyncio.ensure_future(count_matches(shelf.context, asked, SearchFilter()))
    scans = await shelf.scans(counting)
    return counting.result(), scans


@pytest.mark.parametrize(
    ("query", "total", "most", "indexes"),
    [
        # What is in every tenth message is counted by reading the newest; the rest by the index,
        # from the newest month back until there are enough, or the query's months.
        ("tenth", 1_000, 2, set()),
        ("w432*", 440, 16, {"search"}),
        ("w43*", 1_000, 5, {"search"}),
        ("w43* after:2024-04 before:2024-06", 333, 2, {"search"}),
        ('all from:"person 4"', 1_000, 3, {"sender", "search"}),
    ],
)
async def test_facets_read_no_more_than_they_count(
    shelf: Shelf, query: str, total: int, most: int, indexes: set[str]
) -> None:
    found, scans = await counted(shelf, query)
    assert (found.total, found.capped) == (total, total == 1_000)
    assert scans
    check(scans, most, indexes)


async def test_another_tenant_finds_nothing_even_by_the_functions_themselves(shelf: Shelf) -> None:
    by_reading = (
        "SELECT count(*) FROM parley_search_newest('all', NULL, $1, NULL, $2, $3, $4,"
        " '2000-01-01', '2100-01-01', '2000-01-01', 100, 100, 1000) WHERE is_hit"
    )
    by_index = by_reading.replace("NULL", "'all'", 1).replace("100, 100, 1000", "100, 0, 1000")
    oldest = by_index.replace("newest", "oldest")
    people = "SELECT count(*) FROM parley_search_participants('person', 100)"
    arguments = ([shelf.conversation], shelf.viewer.user_id, UUID(int=0), UUID(int=2**128 - 1))
    for tenant, hits, named in ((shelf.viewer.tenant_id, 100, 20), (new_id(), 0, 0)):
        async with shelf.database.connection(tenant) as connection:
            for asked in (by_reading, by_index, oldest):
                assert await connection.fetchval(asked, *arguments) == hits
            assert await connection.fetchval(people) == named
