"""Searching a large tenant: how long each kind of query takes, and how many there can be.

    python -m benchmarks.search [--messages 5000000] [--data DIR] [--seconds 20] [--only facets]
        [--write]

Makes the tenant of `benchmarks.search_corpus` on the embedded servers (in DIR it is kept for the
next run), then asks in two ways: 20 sessions with a query a second each, and 4 that ask again as
soon as they are answered. Times are from the call of the resolver to its rows, as the
application's role under row-level security, each query with other words. At last messages are
inserted. --only measures some of the classes, and inserts none. --write puts the table and a
picture into docs/performance.md. Seven minutes; to make 5 million messages takes 15 more.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg

from app.embedded import EmbeddedServers
from benchmarks.own_servers import own_servers
from benchmarks.page import PICTURES, write_table
from benchmarks.search_chart import chart
from benchmarks.search_corpus import FIRST_MONTH, MONTHS, Tenant, fill, find_tenant, make_tenant
from benchmarks.search_inserting import insert_rate
from models.base import now
from models.database import Database
from models.tenants import Role
from resolvers.context import Context, Services, Viewer
from resolvers.limits import Limits
from resolvers.messages import page_of_messages
from resolvers.paging import page_request
from resolvers.search import (
    NEWEST_FIRST,
    SearchFilter,
    count_matches,
    parsed_query,
    search_messages,
)
from resolvers.statistics.terms import keep_terms

SESSIONS = 20
CLOSED = 4
WRITERS = (1, 2)
PAGE = 20
COUNTED = """
    INSERT INTO tenant_statistics (tenant_id, due_at, message_count, conversation_count, senders,
        text_count, characters, sender_count, hours, hourly, words, emoji)
    VALUES ($1, now(), $2, 0, '[]', 0, 0, 0, '{}', '{}', '[]', '[]') ON CONFLICT DO NOTHING
"""

WARM = """
    SELECT sum(pg_prewarm(oid::regclass)) FROM pg_class
    WHERE relname ~ '^messages_y' AND relkind IN ('r', 'i')
"""

Ask = Callable[[Context], Awaitable[object]]


@dataclass(frozen=True)
class Measured:
    """Milliseconds of the paced run, and queries a second of the closed loop."""

    name: str
    p50: float
    p95: float
    rate: float
    partial: int


class Questions:
    """Endless queries of each class, with words of known frequency."""

    def __init__(self, tenant: Tenant, rng: random.Random) -> None:
        self._tenant = tenant
        self._rng = rng
        self._latin = tenant.languages["latin"].words
        self._deep: dict[str, str] = {}

    def classes(self) -> dict[str, Callable[[], Ask]]:
        """By name, what makes the next query; page 50 where there are so many matches."""
        return {
            "rare word": lambda: self._search(self._word(20_000, 40_000)),
            "word in some 10 %": lambda: self._search(self._word(0, 3)),
            "two words": lambda: self._search(f"{self._word(0, 50)} {self._word(50, 2_000)}"),
            "phrase": lambda: self._search(f'"{self._word(0, 30)} {self._word(0, 30)}"'),
            "prefix": lambda: self._search(f"{self._word(500, 40_000)[:4]}*"),
            "negation": lambda: self._search(f"{self._word(50, 2_000)} -{self._word(0, 10)}"),
            "by sender": self._by_sender,
            "in one conversation": self._in_conversation,
            "between dates": self._between_dates,
            "two characters": lambda: self._search("".join(self._rng.choices(self._han(), k=2))),
            "typo": lambda: self._search(self._misspelt()),
            "no match": lambda: self._search(f"{self._word(0, 900)}zzq{self._rng.random()}"[:14]),
            **({"page 50": self._page_50} if self._deep else {}),
            "facets": self._facets,
            "first page of a conversation": self._first_page,
        }

    def _word(self, first: int, last: int) -> str:
        return self._latin[self._rng.randrange(first, min(last, len(self._latin)))]

    def _misspelt(self) -> str:
        """A word of two syllables or more, two of its letters in the wrong order."""
        while len(word := self._word(0, 20_000)) < 6 or word[2] == word[3]:
            pass
        return word[:2] + word[3] + word[2] + word[4:]

    def _han(self) -> list[str]:
        return [word for word in self._tenant.languages["chinese"].words[:60] if len(word) == 1]

    def _search(self, query: str, **options: Any) -> Ask:
        wanted = options.get("wanted", SearchFilter())
        request = page_request(PAGE, options.get("after"))
        return lambda context: search_messages(context, query, request, wanted)

    def _by_sender(self) -> Ask:
        place = self._rng.randrange(200)
        name = f'from:"person {place} {self._rng.randrange(2)}"'
        return self._search(f"{self._word(0, 100)} {name}")

    def _in_conversation(self) -> Ask:
        # The largest one every second time.
        place = self._rng.choice((0, self._rng.randrange(len(self._tenant.conversations))))
        wanted = SearchFilter((self._tenant.conversations[place],))
        return self._search(self._word(0, 5_000), wanted=wanted)

    def _between_dates(self) -> Ask:
        start = FIRST_MONTH + timedelta(days=self._rng.randrange(30 * MONTHS - 60))
        end = start + timedelta(days=30)
        dates = f"after:{start:%Y-%m-%d} before:{end:%Y-%m-%d}"
        return self._search(f"{self._word(20, 5_000)} {dates}")

    def _page_50(self) -> Ask:
        query = self._rng.choice(list(self._deep))

        async def ask(context: Context) -> object:
            return await search_messages(
                context, query, page_request(PAGE, self._deep[query]), SearchFilter()
            )

        return ask

    async def prepare(self, context: Context) -> None:
        """Find where page 50 of frequent words begins."""
        for query in self._latin[:20]:
            after = await _end_of_page_49(context, query)
            if after is not None:
                self._deep[query] = after

    def _facets(self) -> Ask:
        query = self._word(0, 2_000)
        return lambda context: count_matches(context, parsed_query(context, query), SearchFilter())

    def _first_page(self) -> Ask:
        key = self._rng.choice(self._tenant.conversations)
        request = page_request(last=50)
        return lambda context: page_of_messages(context, key, request, None)


async def _end_of_page_49(context: Context, query: str) -> str | None:
    """The cursor after which page 50 begins; None where there is no such page."""
    after = None
    for _ in range(10):
        found = await search_messages(context, query, page_request(98, after), SearchFilter())
        if not found.page.has_next:
            return None
        after = found.page.end or NEWEST_FIRST.cursor(found.page.rows[-1])
    return after


async def measure(
    name: str, make: Callable[[], Ask], context_of: Callable[[], Context], seconds: float
) -> Measured:
    """One class of queries, paced and then in a closed loop."""
    took: list[float] = []
    partial = 0

    async def ask() -> None:
        nonlocal partial
        started = time.perf_counter()
        found = await make()(context_of())
        took.append((time.perf_counter() - started) * 1000)
        partial += bool(getattr(found, "partial", False))

    async def paced(offset: float) -> None:
        end = time.monotonic() + seconds
        due = time.monotonic() + offset
        while due < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await ask()
            due += 1

    async def closed(end: float) -> None:
        while time.monotonic() < end:
            await ask()

    # Each connection plans its statements once.
    for _ in range(4):
        await asyncio.gather(*(ask() for _ in range(SESSIONS)))
    took.clear()
    partial = 0
    await asyncio.gather(*(paced(number / SESSIONS) for number in range(SESSIONS)))
    times, cut = sorted(took), partial
    took.clear()
    span = max(1.0, seconds / 4)
    await asyncio.gather(*(closed(time.monotonic() + span) for _ in range(CLOSED)))
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    return Measured(name, p50, p95, len(took) / span, cut)


async def prepare(servers: EmbeddedServers, messages: int) -> Tenant:
    """The tenant, made unless an earlier run did so."""
    owner = await asyncpg.connect(servers.database_url)
    try:
        tenant = await find_tenant(owner)
        if tenant is None:
            tenant = await make_tenant(owner)
            await fill(owner, tenant, messages)
            await owner.execute("VACUUM ANALYZE messages", timeout=3_600)
        if not await owner.fetchval("SELECT count(*) FROM search_terms"):
            # What the worker does when it counts conversations.
            for key in tenant.conversations:
                await keep_terms(owner, tenant.id, key, now())
            await owner.execute("VACUUM ANALYZE search_terms")
        # As the worker has counted them.
        await owner.execute(COUNTED, tenant.id, messages)
        return tenant
    finally:
        await owner.close()


async def warm(superuser_url: str) -> None:
    """Have all messages and indexes in PostgreSQL's buffers, as after hours of service."""
    superuser = await asyncpg.connect(superuser_url)
    try:
        await superuser.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        await superuser.execute(WARM, timeout=600)
    finally:
        await superuser.close()


async def run(
    servers: EmbeddedServers, messages: int, seconds: float, only: Sequence[str]
) -> tuple[list[Measured], dict[int, float]]:
    """All classes, one after the other, and the messages inserted a second by number of writers."""
    tenant = await prepare(servers, messages)
    await warm(servers.url_for("postgres"))
    database = Database(servers.url_for("parley"), pool_min=SESSIONS, pool_max=SESSIONS)
    await database.connect()
    absent = cast(Any, None)
    clock = FIRST_MONTH + timedelta(days=30 * MONTHS)
    services = Services(database, absent, absent, Limits(), clock=lambda: clock)
    viewer = Viewer(tenant.id, tenant.user, Role.AGENT)

    def context_of() -> Context:
        return Context.of(viewer, services)

    questions = Questions(tenant, random.Random(9))
    await questions.prepare(context_of())
    measured = []
    print(f"{'class':30} {'p50 ms':>8} {'p95 ms':>8} {'queries/s':>10} {'partial':>8}")
    for name, make in questions.classes().items():
        if only and name not in only:
            continue
        one = await measure(name, make, context_of, seconds)
        measured.append(one)
        print(f"{name:30} {one.p50:8.1f} {one.p95:8.1f} {one.rate:10.0f} {one.partial:8}")
    await database.close()
    rates = {}
    for writers in () if only else WRITERS:
        rates[writers] = await insert_rate(servers.database_url, tenant, writers)
        print(f"inserted by {writers} at once: {rates[writers]:,.0f} messages/s")
    return measured, rates


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000_000)
    parser.add_argument("--data", type=Path, help="where the servers' data are kept between runs")
    parser.add_argument("--seconds", type=float, default=20, help="of each class")
    parser.add_argument("--only", nargs="+", default=(), metavar="CLASS")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    if options.only and options.write:
        parser.error("--write needs all classes")
    with own_servers("search", options.data) as (_, servers):
        measured, rates = asyncio.run(run(servers, options.messages, options.seconds, options.only))
    if options.write:
        write_page(measured, rates, options.messages)


def write_page(measured: Sequence[Measured], rates: Mapping[int, float], messages: int) -> None:
    """Put what was measured into the documents."""
    lines = [
        f"| of {messages:,} messages | p50 ms | p95 ms | closed loop, queries/s |",
        "|---|---|---|---|",
        *(f"| {one.name} | {one.p50:.1f} | {one.p95:.1f} | {one.rate:,.0f} |" for one in measured),
    ]
    inserted = ", ".join(f"{rate:,.0f} by {count}" for count, rate in rates.items())
    lines += ["", f"Messages inserted a second, by number of writers: {inserted}."]
    write_table("benchmarks.search", "\n".join(lines))
    rows = [(one.name, one.p50, one.p95) for one in measured]
    (PICTURES / "search.svg").write_text(chart(rows, messages), encoding="utf-8")


if __name__ == "__main__":
    main()
