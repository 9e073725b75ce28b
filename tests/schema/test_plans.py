"""How PostgreSQL reads pages of a long conversation: by one index, no further than the page goes.

The statements are those of the resolvers, planned as they are in production: as the application's
login, bound by row-level security, once for all parameters.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select

from app.embedded import EmbeddedServers
from models.database import Database, Reader, Row
from models.ids import new_id
from models.tables import schedules
from models.tenants import Role
from resolvers.context import Context, Services, Viewer
from resolvers.deliveries import Chosen, Stepped, retry_deliveries
from resolvers.loaders import PageKey
from resolvers.loaders.conversations import first_unread_messages
from resolvers.loaders.deliveries import BY_RECIPIENT, DeliveryFilter, delivery_pages
from resolvers.loaders.messages import BY_SENDING, message_pages
from resolvers.paging import Page, PageRequest

TENANT, VIEWER, LONG = new_id(), new_id(), new_id()
MONTHS, MESSAGES, OTHERS, DELIVERIES = 12, 60_000, 20, 20_000
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
SIZE = 50

FILL = (
    "INSERT INTO tenants (id, slug, name, created_at) VALUES ('{tenant}', 'long', 'Long', now())",
    """
    INSERT INTO users (id, tenant_id, handle, name, role, created_at)
    VALUES ('{viewer}', '{tenant}', 'ana', 'Ana', 'AGENT', now())
    """,
    """
    INSERT INTO conversations (tenant_id, id, created_at, title, kind, visibility, last_seq,
        message_count, live_count, last_activity_at)
    SELECT '{tenant}', CASE WHEN n = 0 THEN '{long}'::uuid ELSE gen_random_uuid() END, now(),
        'c' || n, 'GROUP', 'TENANT', 0, 0, 0, now() - n * interval '1 minute'
    FROM generate_series(0, {others}) n
    """,
    "SELECT parley_ensure_message_partitions('{first}', '{last}')",
    # Half of the messages are the long conversation's, the others are scattered over all others.
    # The first three quarters came from an archive.
    """
    INSERT INTO messages (tenant_id, id, sent_at, conversation_id, seq, kind, body, import_id)
    SELECT '{tenant}', (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '7000b000' || lpad(to_hex(n), 12, '0'))::uuid,
        at, CASE WHEN n % 2 = 0 THEN '{long}'::uuid ELSE others[1 + n / 2 % {others}] END,
        n, 'TEXT', 'm', CASE WHEN n < {messages} * 3 / 4 THEN gen_random_uuid() END
    FROM generate_series(1, {messages}) n,
        LATERAL (SELECT '{first}'::timestamptz + n * '{step}'::interval AS at) moment,
        (SELECT array_agg(id) AS others FROM conversations WHERE id <> '{long}') known
    """,
    """
    INSERT INTO schedules (tenant_id, id, created_at, created_by_id, status, conversation_id, body,
        send_at, time_zone, last_seq)
    SELECT '{tenant}', gen_random_uuid(), now(), '{viewer}', 'COMPLETED', '{long}', 'm', now(),
        'UTC', 0
    """,
    # One in a thousand deliveries came to nothing.
    """
    INSERT INTO deliveries (tenant_id, id, schedule_id, created_at, updated_at, occurrence_at,
        due_at, recipient, status, body, attempt, looks)
    SELECT s.tenant_id, gen_random_uuid(), s.id, now(), now(), now(), now(), n,
        CASE WHEN n % 1000 = 0 THEN 'FAILED' ELSE 'SENT' END, 'm', 1, 0
    FROM schedules s, generate_series(1, {deliveries}) n
    """,
    "ANALYZE",
)


class Explained(Reader):
    """A reader whose statements are explained, after they were run."""

    __slots__ = ("database", "plans")

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        super().__init__(database.reads, tenant_id)
        self.database = database
        self.plans: list[dict[str, Any]] = []

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> list[Row]:
        rows = await super()._fetch(sql, arguments)
        async with self.database.connection(self.tenant_id) as connection:
            await connection.execute(f"PREPARE explained AS {sql}")
            given = ", ".join(literal(value) for value in arguments)
            explained = await connection.fetchval(
                f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained({given})"
            )
            await connection.execute("DEALLOCATE explained")
        self.plans.append(json.loads(explained)[0]["Plan"])
        return rows


def literal(value: Any) -> str:
    """The value as PostgreSQL reads it."""
    if isinstance(value, list):
        return "'{" + ",".join(str(item) for item in value) + "}'"
    return str(value) if isinstance(value, int) else f"'{value}'"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's nodes."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.fixture(scope="module")
async def filled(
    servers: EmbeddedServers, clone_database: Callable[[], Awaitable[str]]
) -> AsyncIterator[Database]:
    """A database with one long conversation among others, over a year."""
    name = await clone_database()
    owner = await asyncpg.connect(servers.url_for("parley_owner", name))
    step = timedelta(days=365) / MESSAGES
    names = {
        "tenant": TENANT,
        "viewer": VIEWER,
        "long": LONG,
        "others": OTHERS,
        "messages": MESSAGES,
        "deliveries": DELIVERIES,
        "first": FIRST.isoformat(),
        "last": (FIRST + timedelta(days=365)).isoformat(),
        "step": f"{step.total_seconds()} s",
    }
    for statement in FILL:
        await owner.execute(statement.format(**names))
    await owner.close()
    database = Database(servers.url_for("parley", name), pool_min=1, pool_max=2)
    await database.connect()
    yield database
    await database.close()


@pytest.fixture
def read(filled: Database) -> Explained:
    return Explained(filled, TENANT)


MIDDLE = (FIRST + timedelta(days=200), UUID(int=0))
AT_MIDDLE = BY_SENDING.cursor_at(*MIDDLE)
PAGES = {
    "first": PageRequest(SIZE, backwards=True),
    "oldest": PageRequest(SIZE),
    "older": PageRequest(SIZE, before=AT_MIDDLE, backwards=True),
    "newer": PageRequest(SIZE, after=AT_MIDDLE),
    "around": PageRequest(SIZE, around=MIDDLE),
}


def check_walks(plan: dict[str, Any], index: str, most: int) -> None:
    """Messages are read by one index, in its order, and no more than `most` of them."""
    scans = [node for node in nodes(plan) if node.get("Relation Name", "").startswith("messages_")]
    assert {node["Node Type"] for node in scans} == {"Index Scan"}
    assert all(node["Index Name"].endswith(index) for node in scans)
    assert all("conversation_id" in node["Index Cond"] for node in scans)
    assert not [node for node in nodes(plan) if node["Node Type"] == "Sort"]
    read = [node["Actual Rows"] + node["Rows Removed by Filter"] for node in scans]
    assert 0 < sum(read) <= most


@pytest.mark.parametrize("name", PAGES)
async def test_page_walks_no_further_than_it_goes(read: Explained, name: str) -> None:
    (page,) = await message_pages(read, [PageKey(LONG, PAGES[name])])
    assert len(page.rows) == SIZE
    assert len(read.plans) == (2 if name == "around" else 1)
    for plan in read.plans:
        check_walks(plan, "_conversation_id_sent_at_id_idx", SIZE + 1)


@pytest.mark.parametrize("name", ["older", "newer", "around"])
async def test_partitions_beyond_a_place_are_passed_over(read: Explained, name: str) -> None:
    await message_pages(read, [PageKey(LONG, PAGES[name])])
    for plan in read.plans:
        (append,) = [node for node in nodes(plan) if node["Node Type"] == "Append"]
        assert append["Subplans Removed"] >= 5


async def test_first_unread_message_is_found_by_index(read: Explained) -> None:
    (row,) = await first_unread_messages(read, VIEWER, [LONG])
    assert row is not None
    assert row.seq == MESSAGES * 3 // 4
    # One of each partition that has live messages, to be compared.
    check_walks(read.plans[0], "_conversation_id_seq_idx", MONTHS)


async def test_what_came_to_nothing_is_found_by_its_index_over_the_whole_tenant(
    read: Explained,
) -> None:
    absent = cast(Any, None)
    viewer = Viewer(TENANT, VIEWER, Role.AGENT)
    context = Context.of(viewer, Services(read.database, absent, absent))
    wanted = Chosen(filter=DeliveryFilter(error_code="NEVER_GIVEN"))
    done = await retry_deliveries(replace(context, read=read), wanted, may_repeat=True)
    assert done == Stepped(0, more=False)
    (plan,) = read.plans
    [scan] = [node for node in nodes(plan) if node.get("Relation Name") == "deliveries"]
    assert scan["Index Name"] == "deliveries_dead_idx"
    assert scan["Rows Removed by Filter"] == DELIVERIES // 1000


async def test_page_of_deliveries_walks_its_key_from_the_cursor_on(read: Explained) -> None:
    schedule = await read.database.reader(TENANT).value(select(schedules.c.id))

    async def page(after: str | None = None) -> Page:
        key = PageKey(schedule, PageRequest(SIZE, after=after), DeliveryFilter())
        return (await delivery_pages(read, [key]))[0]

    first = await page()
    second = await page(BY_RECIPIENT.cursor(first.rows[-1]))
    recipients = [row.recipient for row in (*first.rows, *second.rows)]
    assert recipients == sorted(str(n) for n in range(1, DELIVERIES + 1))[: 2 * SIZE]
    for plan in read.plans:
        walk = next(n for n in nodes(plan) if n.get("Alias") == "deliveries")
        assert walk["Index Name"] == "deliveries_schedule_id_occurrence_at_recipient_key"
        assert walk["Actual Rows"] == SIZE + 1
        assert walk["Rows Removed by Filter"] == 0
        assert not [node for node in nodes(plan) if node["Node Type"] == "Sort"]
