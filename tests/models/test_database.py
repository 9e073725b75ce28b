"""Reads are scoped to a tenant on whatever connection they get."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, select

from models.database import Database
from models.statements import recorded
from models.tables import users
from models.tenants import Role, User
from tests.tenants import make_tenant


async def add_user(database: Database, tenant_id: UUID, handle: str) -> None:
    async with database.transaction(tenant_id) as session:
        session.add(User(tenant_id=tenant_id, handle=handle, name=handle, role=Role.AGENT))


async def test_readers_of_many_tenants_share_connections(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    tenants = [await make_tenant(owner) for _ in range(5)]
    for number, tenant in enumerate(tenants):
        for extra in range(number + 1):
            await add_user(database, tenant, f"u{extra}")

    async def count(tenant: UUID) -> int:
        found: int = await database.reader(tenant).value(select(func.count()).select_from(users))
        return found

    # Without any condition: what each sees is decided by the connection's tenant alone.
    found = await asyncio.gather(*(count(tenant) for tenant in tenants * 20))
    assert found == [1, 2, 3, 4, 5] * 20


async def test_failed_transaction_leaves_nothing(database: Database, tenant: UUID) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction(tenant) as session:
            session.add(User(tenant_id=tenant, handle="gone", name="gone", role=Role.AGENT))
            await session.flush()
            raise RuntimeError
    assert await database.reader(tenant).all(select(users.c.id)) == []


async def test_statements_are_recorded_with_their_rows(database: Database, tenant: UUID) -> None:
    await add_user(database, tenant, "ana")
    with recorded() as statements:
        rows = await database.reader(tenant).all(select(users.c.handle, users.c.name))
    assert [(row.handle, row["name"]) for row in rows] == [("ana", "ana")]
    assert [statement.rows for statement in statements] == [1]
    with pytest.raises(AttributeError):
        _ = rows[0].no_such_column
