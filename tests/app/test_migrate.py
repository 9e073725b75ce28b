"""Which databases the program runs on, and who may log in to them."""

import asyncio
from pathlib import Path

import asyncpg

from app.embedded import EmbeddedServers
from app.installation import Installation
from app.migrate import head, is_current


def test_older_databases_must_be_migrated_and_newer_ones_are_served() -> None:
    assert is_current(head())
    assert is_current("of a newer program")
    assert not is_current("0001")
    assert not is_current(None)


async def test_login_is_let_in_although_nothing_is_missing(
    servers: EmbeddedServers, database_name: str, owner_url: str, redis_url: str
) -> None:
    login = f"login_{database_name}"
    url = servers.url_for(login, database_name)
    installation = Installation(url, owner_url, redis_url, Path("unused"))

    changed = await asyncio.to_thread(installation.bring_up_to_date)

    assert not changed
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT pg_has_role('parley_app', 'USAGE')")
    await connection.close()
