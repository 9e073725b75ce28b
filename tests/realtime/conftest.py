"""A bus of the writers, another of the readers with their hub, and a town to write about."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from models.database import Database
from realtime.bus import Bus
from realtime.hub import Hub
from realtime.measures import HubLimits
from tests.places import temporary_place
from tests.realtime.town import Town, Valkey, connected

MakeHub = Callable[..., Awaitable[Hub]]


@pytest.fixture
async def writers_bus(redis_url: str) -> AsyncIterator[Bus]:
    """The bus of the process that writes."""
    async with connected(redis_url) as bus:
        yield bus


@pytest.fixture
async def bus(redis_url: str) -> AsyncIterator[Bus]:
    """The bus of the process that reads."""
    async with connected(redis_url) as bus:
        yield bus


@pytest.fixture
async def make_hub(database: Database, bus: Bus) -> AsyncIterator[MakeHub]:
    """Starts hubs with limits of the test's choice, by default on the readers' bus."""
    async with AsyncExitStack() as stack:

        async def make(on: Bus | None = None, **limits: Any) -> Hub:
            hub = Hub(database, on or bus, limits=HubLimits(**limits))
            await hub.start()
            stack.push_async_callback(hub.stop)
            return hub

        yield make


@pytest.fixture
async def hub(make_hub: MakeHub) -> Hub:
    """A hub that reads the journal only when it has a reason."""
    return await make_hub(sweep_interval=3600)


@pytest.fixture
def town(
    database: Database,
    writers_bus: Bus,
    owner: "asyncpg.Pool[asyncpg.Record]",
    tenant: UUID,
) -> Town:
    """A fresh tenant's conversations, rung by the writers' process."""
    return Town(database, writers_bus, owner, tenant)


@pytest.fixture
async def resting_valkey() -> AsyncIterator[Valkey]:
    """A Valkey of the test's own, not started."""
    with temporary_place() as folder:  # Its path is short, as that of a socket has to be.
        valkey = Valkey(folder)
        yield valkey
        await valkey.kill()


@pytest.fixture
async def valkey(resting_valkey: Valkey) -> Valkey:
    """A Valkey of the test's own, running."""
    await resting_valkey.start()
    return resting_valkey


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A plain client of the run's Valkey."""
    async with Redis.from_url(redis_url) as client:
        yield client
