"""The migrated database is the one that the tables define, and each tenant's rows are its own."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded import EmbeddedServers
from models.database import Database
from models.tables import metadata

COLUMNS = """
    SELECT c.table_name, c.column_name, c.data_type, c.is_nullable, c.column_default,
        c.generation_expression
    FROM information_schema.columns c WHERE c.table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2
"""
INDEXES = """
    SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2
"""
OWN = ("alembic_version", "messages_y")


async def catalog(url: str) -> list[tuple[object, ...]]:
    """What PostgreSQL says of every table of ours, but for partitions."""
    connection = await asyncpg.connect(url)
    try:
        rows = [
            tuple(row)
            for query in (COLUMNS, CONSTRAINTS, INDEXES)
            for row in await connection.fetch(query)
        ]
    finally:
        await connection.close()
    return [row for row in rows if not str(row[0]).startswith(OWN)]


async def test_migrations_make_what_the_models_define(
    servers: EmbeddedServers, owner_url: str, clone_database: Callable[[], Awaitable[str]]
) -> None:
    name = await clone_database()
    url = servers.url_for("parley_owner", name)
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url)
    )

    def rebuild(connection: Connection) -> None:
        metadata.drop_all(connection)
        metadata.create_all(connection)

    async with engine.begin() as connection:
        await connection.run_sync(rebuild)
    await engine.dispose()

    assert await catalog(owner_url) == await catalog(url)


async def test_every_tenant_table_has_its_policy(
    owner: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    rows = await owner.fetch(
        """
        SELECT c.relname AS name, c.relrowsecurity AS on, p.qual, p.with_check
        FROM pg_class c LEFT JOIN pg_policies p ON p.tablename = c.relname
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname <> 'alembic_version'
        """
    )
    assert {row["name"] for row in rows} >= set(metadata.tables)
    for row in rows:
        assert row["on"], row["name"]
        if row["name"].startswith("messages_y"):
            # A partition is reached through `messages` alone: no policy of its own, no grant.
            assert row["qual"] is None
        else:
            assert "current_setting('parley.tenant_id'" in row["qual"], row["name"]


async def test_each_tenant_row_names_its_tenant() -> None:
    for name, table in metadata.tables.items():
        if name != "tenants":
            assert "tenant_id" in table.c, name
            assert not table.c.tenant_id.nullable, name


async def test_application_owns_and_bypasses_nothing(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    assert not await database.bypasses_policies()
    owned = await owner.fetchval(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
        " WHERE r.rolname IN ('parley', 'parley_app')"
    )
    assert owned == 0


@pytest.mark.parametrize("statement", ["UPDATE events SET seq = 0", "DELETE FROM events"])
async def test_events_cannot_be_changed(database: Database, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.reads.ask(statement)


async def test_connection_without_a_tenant_sees_nothing(
    database_url: str, owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID
) -> None:
    await owner.execute(
        "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
        " VALUES (gen_random_uuid(), $1, 'a', 'A', 'AGENT', now())",
        tenant,
    )
    connection = await asyncpg.connect(database_url)
    try:
        for table in metadata.tables:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    finally:
        await connection.close()


async def test_row_of_another_tenant_is_refused(database: Database, tenant: UUID) -> None:
    async with database.connection(tenant) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
                " VALUES (gen_random_uuid(), gen_random_uuid(), 'b', 'B', 'AGENT', now())"
            )
