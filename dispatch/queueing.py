"""How an occurrence of a schedule becomes deliveries: many rows, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from models.ids import ids_at
from models.schedules import DeliveryStatus

# The key (schedule, occurrence, recipient) refuses any a second time.
_QUEUE = text("""
INSERT INTO deliveries (tenant_id, id, schedule_id, conversation_id, contact_id, device_id,
    occurrence_at, recipient, priority, status, body, content, due_at, expires_at, error_code,
    attempt, looks, created_at, updated_at)
SELECT :tenant_id, n.*, 0, 0, :now, :now
FROM unnest(
    CAST(:ids AS uuid[]), CAST(:schedule_id AS uuid[]), CAST(:conversation_id AS uuid[]),
    CAST(:contact_id AS uuid[]), CAST(:device_id AS uuid[]), CAST(:occurrence_at AS timestamptz[]),
    CAST(:recipient AS text[]), CAST(:priority AS smallint[]), CAST(:status AS text[]),
    CAST(:body AS text[]), CAST(:content AS jsonb[]), CAST(:due_at AS timestamptz[]),
    CAST(:expires_at AS timestamptz[]), CAST(:error_code AS text[])) AS n
ON CONFLICT (schedule_id, occurrence_at, recipient) DO NOTHING
""")


class NewDelivery(NamedTuple):
    """A message to one recipient. `error_code` says why one is not to be sent at all.

    Its fields are columns of `deliveries`; see `models.schedules.Delivery`.
    """

    schedule_id: UUID
    conversation_id: UUID | None
    contact_id: UUID | None
    device_id: UUID | None
    occurrence_at: datetime
    recipient: str
    priority: int
    status: DeliveryStatus
    body: str
    content: dict[str, Any] | None
    due_at: datetime
    expires_at: datetime | None
    error_code: str | None = None


async def queue_deliveries(
    session: AsyncSession, tenant_id: UUID, new: Sequence[NewDelivery], now: datetime
) -> int:
    """Insert deliveries of schedules that this transaction has locked, or made; how many were new.

    Deliveries of one call keep their order in ids.
    """
    if not new:
        return 0
    columns = dict(zip(NewDelivery._fields, map(list, zip(*new, strict=True)), strict=True))
    columns["content"] = [
        None if content is None else orjson.dumps(content).decode()
        for content in columns["content"]
    ]
    columns["ids"] = ids_at(now, len(new))
    connection = await session.connection()
    result = await connection.execute(_QUEUE, {**columns, "tenant_id": tenant_id, "now": now})
    return int(result.rowcount)
