"""A house for each test: workers see all tenants of a database, so none is shared."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from app.embedded import EmbeddedServers
from models.database import Database
from tests.dispatch.house import House


@pytest.fixture
async def house(
    servers: EmbeddedServers, clone_database: Callable[[], Awaitable[str]]
) -> AsyncIterator[House]:
    """A furnished house in a database of its own."""
    name = await clone_database()
    database = Database(servers.url_for("parley", name), pool_min=1, pool_max=8)
    await database.connect()
    owner_url = servers.url_for("parley_owner", name)
    async with asyncpg.create_pool(owner_url, min_size=1, max_size=2) as owner:
        yield await House(database, owner).furnish()
    await database.close()
