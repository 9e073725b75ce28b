"""How an occurrence of a schedule becomes deliveries: many rows, in one statement."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from dispatch.recipients import Piece
from models.deliveries import DeliveryStatus
from models.ids import ids_at, sql_id
from realtime.unit_of_work import Work

Counts: TypeAlias = Counter[DeliveryStatus]

_COLUMNS = """
    tenant_id, id, schedule_id, conversation_id, contact_id, device_id, occurrence_at, recipient,
    priority, status, body, content, due_at, expires_at, error_code, attempt, looks, created_at,
    updated_at
"""
# The key (schedule, occurrence, recipient) refuses any a second time.
_EACH_ONCE = "ON CONFLICT (schedule_id, occurrence_at, recipient) DO NOTHING"
_QUEUE = f"""
INSERT INTO deliveries ({_COLUMNS})
SELECT $1, n.*, 0, 0, $2, $2
FROM unnest(
    $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::timestamptz[], $9::text[],
    $10::smallint[], $11::text[], $12::text[], $13::jsonb[], $14::timestamptz[],
    $15::timestamptz[], $16::text[]) AS n
{_EACH_ONCE}
"""
_QUEUE_ALIKE = f"""
WITH piece AS MATERIALIZED (%(piece)s), new AS (
    INSERT INTO deliveries ({_COLUMNS})
    SELECT CAST(:tenant_id AS uuid), {sql_id("CAST(:milliseconds AS bigint)", "n")},
        CAST(:schedule_id AS uuid), CAST(:conversation_id AS uuid), contact_id,
        CAST(:device_id AS uuid), CAST(:occurrence_at AS timestamptz),
        coalesce(address, contact_id::text),
        CAST(:priority AS smallint), CASE WHEN withheld IS NULL THEN 'QUEUED' ELSE 'CANCELLED' END,
        CAST(:body AS text), CAST(:content AS jsonb), CAST(:due_at AS timestamptz),
        CAST(:expires_at AS timestamptz), withheld, 0, 0, CAST(:now AS timestamptz),
        CAST(:now AS timestamptz)
    FROM (
        SELECT piece.*, row_number() OVER (ORDER BY key) AS n FROM piece
        WHERE quiet_from IS NULL OR NOT CAST(:keep_quiet AS boolean)
    ) AS numbered
    %(conflict)s
    RETURNING status
)
SELECT status, count(*) AS how_many FROM new GROUP BY status
UNION ALL SELECT NULL, count(*) FROM piece
WHERE quiet_from IS NOT NULL AND CAST(:keep_quiet AS boolean)
"""


class NewDelivery(NamedTuple):
    """A message to one recipient. `error_code` says why one is not to be sent at all.

    Its fields are columns of `deliveries`; see `models.deliveries.Delivery`.
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


async def queue_deliveries(work: Work, new: Sequence[NewDelivery], now: datetime) -> None:
    """Insert deliveries of schedules that this transaction has locked, their order in their ids."""
    if not new:
        return
    columns = dict(zip(NewDelivery._fields, map(list, zip(*new, strict=True)), strict=True))
    columns["content"] = [_json(content) for content in columns["content"]]
    driver = await work.driver()
    await driver.execute(_QUEUE, work.tenant_id, now, ids_at(now, len(new)), *columns.values())


async def queue_alike(
    session: AsyncSession,
    tenant_id: UUID,
    draft: NewDelivery,
    piece: Piece,
    now: datetime,
    *,
    keep_quiet: bool,
) -> tuple[Counts, int]:
    """Insert deliveries that differ in their recipients alone, who never leave PostgreSQL.

    `draft` has what they share, `piece` says who they are. `keep_quiet`: who has quiet hours is
    left out. Gives how many have which status, and how many were left out.
    """
    shared = {
        **draft._asdict(),
        "content": _json(draft.content),
        "tenant_id": tenant_id,
        "milliseconds": int(now.timestamp() * 1000),
        "now": now,
        "keep_quiet": keep_quiet,
    }
    for own in ("contact_id", "recipient", "status", "error_code"):
        del shared[own]
    values = {**shared, **piece.values}
    try:
        async with session.begin_nested():
            counts = await _count_queued(session, piece, values)
    except IntegrityError:
        # Two of them have the same address. To look for that row by row takes a quarter longer.
        counts = await _count_queued(session, piece, values, _EACH_ONCE)
    left_out = counts.pop(None)
    return Counter({DeliveryStatus(status): counts[status] for status in counts}), left_out


async def _count_queued(
    session: AsyncSession, piece: Piece, values: dict[str, Any], conflict: str = ""
) -> dict[Any, int]:
    """Run `_QUEUE_ALIKE`. Raises IntegrityError for a recipient of whom there is a row already."""
    statement = text(_QUEUE_ALIKE % {"piece": piece.select, "conflict": conflict})
    rows = await (await session.connection()).execute(statement, values)
    return {row.status: row.how_many for row in rows}


def _json(content: dict[str, Any] | None) -> str | None:
    return None if content is None else orjson.dumps(content).decode()
