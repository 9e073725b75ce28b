"""Partitions are there before their messages; old events go."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from app.embedded import EmbeddedServers
from app.maintenance import AHEAD, StatisticsKeeper, forget_events, make_partitions
from models.base import now
from models.database import Database
from models.ids import new_id


async def test_partitions_are_made_ahead(
    servers: EmbeddedServers, clone_database: Callable[[], Awaitable[str]]
) -> None:
    name = await clone_database()
    last = f"messages_y{now() + AHEAD:%Ym%m}"
    owner = await asyncpg.connect(servers.url_for("parley_owner", name))
    await owner.execute(f"DROP TABLE IF EXISTS {last}")
    database = Database(servers.url_for("parley", name), pool_min=1, pool_max=2)
    await database.connect()
    try:
        await make_partitions(database)
        assert await owner.fetchval("SELECT to_regclass($1)", last) is not None
        await make_partitions(database)
    finally:
        await database.close()
        await owner.close()


async def test_old_events_are_forgotten_from_the_beginning_of_their_stream(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID
) -> None:
    stream = new_id()
    # The clocks of two processes differ: the third event seems younger than the fourth.
    ages = {1: 9.0, 2: 8.0, 3: 6.9, 4: 7.1, 5: 6.0, 6: 0.0}
    await owner.executemany(
        "INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)"
        " VALUES ($1, $2, $3, 'CONVERSATION', 'CONVERSATION_CHANGED', '{}',"
        " now() - make_interval(secs => $4 * 86400))",
        [(tenant, stream, seq, age) for seq, age in ages.items()],
    )
    await forget_events(database, 7)
    kept = await owner.fetch("SELECT seq FROM events WHERE stream_id = $1 ORDER BY seq", stream)
    assert [row["seq"] for row in kept] == [5, 6]


async def test_more_events_than_go_at_once_are_forgotten(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID
) -> None:
    await owner.execute(
        "INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)"
        " SELECT $1, gen_random_uuid(), 1, 'CONVERSATION', 'CONVERSATION_CHANGED', '{}',"
        " now() - interval '8 days' FROM generate_series(1, 10001)",
        tenant,
    )
    await forget_events(database, 7)
    assert not await owner.fetchval("SELECT count(*) FROM events WHERE tenant_id = $1", tenant)


async def test_events_are_kept_for_a_day_at_least(database: Database) -> None:
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await forget_events(database, 0)


async def test_statistics_are_counted_while_the_keeper_runs(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID
) -> None:
    keeper = StatisticsKeeper(database, every=timedelta(hours=1))
    await owner.execute(
        "INSERT INTO conversations (tenant_id, id, created_at, title, kind, visibility, last_seq,"
        " message_count, live_count, last_activity_at)"
        " VALUES ($1, gen_random_uuid(), now(), 'x', 'GROUP', 'TENANT', 1, 0, 0, now())",
        tenant,
    )
    running = asyncio.create_task(keeper.run())
    async with asyncio.timeout(60):
        await keeper.counted.wait()
    keeper.stop()
    await running
    counted = "SELECT count(*) FROM {} WHERE tenant_id = $1 AND as_of IS NOT NULL"
    for table in ("conversation_statistics", "tenant_statistics"):
        assert await owner.fetchval(counted.format(table), tenant) == 1
