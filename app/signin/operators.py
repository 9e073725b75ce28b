"""What operators do to tenants, as the database's owner: the application may not."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from models.base import now
from models.database import plain_url
from models.identity import AuditAction
from models.ids import new_id
from models.tenants import Role
from realtime.bus import Bus
from realtime.revocation import Cause, Revocation, Revocations


class WalletRole(StrEnum):
    """What wallets that nobody knows may become."""

    AGENT = "AGENT"
    VIEWER = "VIEWER"
    NONE = "NONE"


async def set_suspension(owner_url: str, redis_url: str, slug: str, *, suspended: bool) -> bool:
    """Suspend a tenant, or let it go on; False when there is none of this slug.

    Processes that cannot be told because Redis is away learn of it within a minute.
    """
    moment = now() if suspended else None
    action = AuditAction.TENANT_SUSPENDED if suspended else AuditAction.TENANT_RESUMED
    tenant_id = await _change(owner_url, slug, "suspended_at", moment, action)
    if tenant_id is None:
        return False
    bus = Bus(redis_url)
    await bus.connect()
    try:
        # Those who resume were remembered as suspended.
        await Revocations(bus).tell(Revocation(Cause.TENANT_SUSPENDED, tenant_id))
    finally:
        await bus.close()
    return True


async def set_wallet_role(owner_url: str, slug: str, role: Role | None) -> bool:
    """Say as what unknown wallets sign up (AGENT, VIEWER), or that they do not (None).

    False when there is no tenant of this slug.
    """
    value = None if role is None else role.value
    action = AuditAction.WALLET_SIGN_UP_CHANGED
    return await _change(owner_url, slug, "wallet_role", value, action) is not None


async def _change(
    owner_url: str, slug: str, column: str, value: datetime | str | None, action: AuditAction
) -> UUID | None:
    """Set a column of the tenant and record it, in one transaction; the tenant's id."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        async with connection.transaction():
            tenant_id: UUID | None = await connection.fetchval(
                f"UPDATE tenants SET {column} = $2 WHERE slug = $1 RETURNING id", slug, value
            )
            if tenant_id is not None:
                await connection.execute(
                    "INSERT INTO audit (tenant_id, id, created_at, action, detail)"
                    " VALUES ($1, $2, $3, $4, '{}')",
                    tenant_id,
                    new_id(),
                    now(),
                    action.value,
                )
    finally:
        await connection.close()
    return tenant_id
