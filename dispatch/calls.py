"""Calls of webhooks: kept as they came before anybody answers, and read by workers afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from models.database import Database
from models.ids import new_id

# Outlets repeat what fails for a week; so do we, for what we failed to read.
TRIES = 10
FIRST_WAIT = timedelta(seconds=10)

_KEEP = """
INSERT INTO webhook_calls (tenant_id, id, created_at, device_id, digest, body, due_at, attempt)
VALUES ($1, $2, $3, $4, $5, $6, $3, 0) ON CONFLICT (device_id, digest) DO NOTHING
RETURNING id
"""
# Taken in the order they came; one whose worker dies, or fails, is taken again later.
_TAKE = """
UPDATE webhook_calls AS c SET attempt = c.attempt + 1,
    due_at = $2::timestamptz + $3::interval * (1 << c.attempt)
WHERE c.id = ANY (ARRAY(
    SELECT id FROM webhook_calls WHERE tenant_id = $1 AND due_at <= $2
    ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED))
RETURNING c.id, c.device_id, c.body, c.attempt, c.created_at
"""
_CLOSE = """
UPDATE webhook_calls SET due_at = NULL, error_code = $2 WHERE id = $1
"""
_HEARD = """
UPDATE devices SET last_heard_at = $2
WHERE id = ANY ($1) AND coalesce(last_heard_at < $2, true)
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call in a worker's hands, for the `attempt`-th time."""

    id: UUID
    device_id: UUID
    body: bytes
    attempt: int
    came_at: datetime


async def keep_call(
    database: Database, tenant_id: UUID, device_id: UUID, body: bytes, now: datetime
) -> bool:
    """Keep a call for the workers; False for one that was kept before."""
    digest = sha256(body).digest()
    async with database.connection(tenant_id) as connection:
        kept = await connection.fetchval(_KEEP, tenant_id, new_id(), now, device_id, digest, body)
    return kept is not None


async def take_calls(database: Database, tenant_id: UUID, now: datetime, limit: int) -> list[Call]:
    """Take up to `limit` calls that nobody has read, the first first."""
    async with database.connection(tenant_id) as connection:
        rows = await connection.fetch(_TAKE, tenant_id, now, FIRST_WAIT, limit)
    calls = [
        Call(row["id"], row["device_id"], row["body"], row["attempt"], row["created_at"])
        for row in rows
    ]
    return sorted(calls, key=lambda call: call.id)


async def close_call(
    database: Database, tenant_id: UUID, call: Call, error_code: str | None = None
) -> None:
    """Never read a call again: it was read, or cannot be."""
    async with database.connection(tenant_id) as connection:
        await connection.execute(_CLOSE, call.id, error_code)


async def note_heard(
    database: Database, tenant_id: UUID, devices: Iterable[UUID], at: datetime
) -> None:
    """Keep when these devices were last heard of."""
    async with database.connection(tenant_id) as connection:
        await connection.execute(_HEARD, sorted(devices), at)
