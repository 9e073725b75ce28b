"""Connections end reads that take long, are replaced when they are old, and are counted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, select

from models.database import Database, ReadTimedOut

Connected = Callable[..., AbstractAsyncContextManager[Database]]


@pytest.fixture
def connected(database_url: str) -> Connected:
    @asynccontextmanager
    async def connect(**options: Any) -> AsyncIterator[Database]:
        database = Database(database_url, **{"pool_min": 1, "pool_max": 1, **options})
        await database.connect()
        try:
            yield database
        finally:
            await database.close()

    return connect


async def in_the_end(read: Callable[[], Awaitable[Any]]) -> Any:
    """What is read when it is read in time: a slow machine may need more than one attempt."""
    while True:
        with suppress(ReadTimedOut):
            return await read()


async def test_reads_that_take_long_are_ended(connected: Connected, tenant: UUID) -> None:
    async with connected(read_timeout=0.05) as database:
        reader = database.reader(tenant)
        with pytest.raises(ReadTimedOut):
            await reader.value(select(func.pg_sleep(60)))
        assert await in_the_end(lambda: reader.value(select(func.abs(-1)))) == 1


async def test_reads_as_one_include_waits_for_connections(
    connected: Connected, tenant: UUID
) -> None:
    async with connected(read_timeout=0.05) as database:
        reader = database.reader(tenant)
        async with database.connection(tenant):
            with pytest.raises(ReadTimedOut):
                async with reader.as_one():
                    await reader.value(select(func.abs(-1)))


async def test_what_is_no_read_may_take_longer(connected: Connected, tenant: UUID) -> None:
    async with connected(read_timeout=30, command_timeout=60) as database:
        reader = database.reader(tenant)
        setting = select(func.current_setting("statement_timeout"))
        assert await reader.value(setting) == "30s"
        async with database.connection(tenant) as connection:
            assert await connection.fetchval("SHOW statement_timeout") == "1min"
        assert await reader.value(setting) == "30s"


async def test_old_connections_are_replaced(connected: Connected, tenant: UUID) -> None:
    backend = select(func.pg_backend_pid())
    async with connected() as database:
        reader = database.reader(tenant)
        assert await reader.value(backend) == await reader.value(backend)
    async with connected(pool_recycle=0) as database:
        reader = database.reader(tenant)
        assert await reader.value(backend) != await reader.value(backend)


async def test_use_of_the_pools_is_counted(connected: Connected, tenant: UUID) -> None:
    async with connected() as database:
        async with database.connection(tenant), database.transaction(tenant):
            waiting = asyncio.create_task(database.reader(tenant).value(select(func.abs(-1))))
            await asyncio.sleep(0)
            uses = database.pool_uses()
        assert await waiting == 1
        assert (uses["read"].size, uses["read"].in_use, uses["read"].waiting) == (1, 1, 1)
        assert (uses["write"].size, uses["write"].in_use, uses["write"].waiting) == (1, 1, 0)
        after = database.pool_uses()
        assert (after["read"].in_use, after["read"].waiting, after["read"].most) == (0, 0, 1)
        assert after["write"].in_use == 0


async def test_cancelled_reads_leave_their_connection_to_others(
    connected: Connected, tenant: UUID
) -> None:
    async with connected() as database:
        reader = database.reader(tenant)
        backend = await reader.value(select(func.pg_backend_pid()))
        slow = asyncio.create_task(reader.value(select(func.pg_sleep(60))))
        waiting = asyncio.create_task(reader.value(select(func.abs(-1))))
        next_one = asyncio.create_task(reader.value(select(func.pg_backend_pid())))
        # A few turns of the loop: the first holds the connection, and the others wait for it.
        while database.pool_uses()["read"].waiting < 2:  # noqa: ASYNC110 - nothing is signalled
            await asyncio.sleep(0)
        waiting.cancel()
        slow.cancel()
        assert await next_one == backend
        assert slow.cancelled()
        assert waiting.cancelled()
        assert database.pool_uses()["read"].waiting == 0


async def test_connections_that_were_lost_are_replaced(connected: Connected, tenant: UUID) -> None:
    own = func.pg_backend_pid()
    async with connected() as database:
        reader = database.reader(tenant)
        backend = await reader.value(select(own))
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await reader.value(select(func.pg_terminate_backend(own)))
        assert await reader.value(select(own)) != backend
        assert database.pool_uses()["read"].size == 1
