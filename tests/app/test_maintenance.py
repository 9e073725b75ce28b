"""Partitions are there before their messages."""

from collections.abc import Awaitable, Callable

import asyncpg

from app.embedded import EmbeddedServers
from app.maintenance import AHEAD, make_partitions
from models.base import now
from models.database import Database


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
