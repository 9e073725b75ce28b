"""Tenants, made behind the application's back: it makes none itself."""

from uuid import UUID

import asyncpg

from models.ids import new_id


def slug_of(tenant: UUID) -> str:
    """The slug of a tenant that was made here."""
    return f"tenant-{tenant.hex[-12:]}"


async def make_tenant(
    owner: "asyncpg.Pool[asyncpg.Record]",
    tenant: UUID | None = None,
    wallet_role: str | None = None,
) -> UUID:
    """A fresh tenant, of this id if one is given."""
    key = tenant or new_id()
    await owner.execute(
        "INSERT INTO tenants (id, slug, name, created_at, wallet_role)"
        " VALUES ($1, $2, $2, now(), $3)",
        *(key, slug_of(key), wallet_role),
    )
    return key
