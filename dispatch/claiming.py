"""Workers take deliveries: to send them under a lease, to look for them, or from a dead worker.

Taking is one statement that skips rows that another worker is taking. What came of it is recorded
by `dispatch.outcomes`.
"""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

import orjson

from dispatch.lanes import Lane
from gateways.contents import NOTHING_BESIDE, Contents
from gateways.protocol import Outgoing
from models.database import Database, Row, ScopedConnection
from models.deliveries import DeliveryStatus, lane_device

_COLUMNS = """
    d.id, d.tenant_id, d.schedule_id, d.conversation_id, d.contact_id, d.device_id, d.recipient,
    d.priority, d.body, d.content::text AS content, d.attempt, d.attempted_at, d.looks,
    d.due_at,
    (SELECT s.created_by_id FROM schedules s WHERE s.id = d.schedule_id) AS created_by_id,
    (SELECT v.revision FROM devices v WHERE v.id = d.device_id) AS revision,
    (SELECT v.failures > 0 OR v.paused_until IS NOT NULL OR v.state <> 'CONNECTED'
        FROM devices v WHERE v.id = d.device_id) AS ailing
"""
_QUEUED = f"""
    SELECT q.tenant_id, q.id, q.device_id, q.priority, q.recipient FROM deliveries AS q
    WHERE q.tenant_id = $1 AND q.status = 'QUEUED' AND q.due_at <= $2
        AND {lane_device("q.device_id")} = lane.device_id
        AND q.priority = lane.priority AND coalesce(q.expires_at > $2, true)
    ORDER BY q.due_at, q.id LIMIT lane.room FOR UPDATE SKIP LOCKED
"""
_HEADS = f"""
    SELECT head.*
    FROM unnest($3::uuid[], $4::smallint[], $5::int[]) AS lane (device_id, priority, room)
    CROSS JOIN LATERAL ({_QUEUED}) AS head
"""
# The sub-select is an array so that, however stale the statistics, rows are met by their key.
_TAKE = """
UPDATE deliveries AS d
SET status = 'SENDING', attempt = d.attempt + 1, lease_until = {lease}, updated_at = $2,
    attempted_at = $2
WHERE d.tenant_id = $1 AND d.id = ANY ({ids})
RETURNING {columns}, d.lease_until AS held_until
"""
TAKE_HEADS = _TAKE.format(
    ids=f"ARRAY(SELECT taken.id FROM ({_HEADS}) AS taken)", lease="$6", columns=_COLUMNS
)
_TAKE_THESE = _TAKE.format(ids="$3::uuid[]", lease="$4", columns=_COLUMNS)

_TAKE_TO_LOOK = f"""
UPDATE deliveries AS d
SET looks = d.looks + 1, look_at = $3
WHERE d.id = ANY (ARRAY(
    SELECT id FROM deliveries
    WHERE tenant_id = $1 AND status = 'UNKNOWN' AND look_at <= $2
    ORDER BY look_at LIMIT $4 FOR UPDATE SKIP LOCKED))
RETURNING {_COLUMNS}, d.look_at AS held_until
"""

_FIND_EXPIRED = f"""
SELECT {_COLUMNS}, d.lease_until AS held_until
FROM deliveries AS d
WHERE d.tenant_id = $1 AND d.status = 'SENDING' AND d.lease_until <= $2
ORDER BY d.lease_until LIMIT $3
"""


class Claim(NamedTuple):
    """A delivery in a worker's hands until `held_until`.

    `held_as` is SENDING for one that is to be sent and UNKNOWN for one that is to be looked for;
    together with the attempt it is what an outcome is checked against. `looks` counts the looks,
    this one included. `ailing`: the device is not as well as it could be.
    """

    outgoing: Outgoing
    held_as: DeliveryStatus
    held_until: datetime
    looks: int
    priority: int = 0
    ailing: bool = False

    @classmethod
    def of(cls, row: Row, held_as: DeliveryStatus) -> "Claim":
        """The claim that a row of this module's statements describes."""
        content = row["content"]
        outgoing = Outgoing(
            tenant_id=row["tenant_id"],
            delivery_id=row["id"],
            schedule_id=row["schedule_id"],
            conversation_id=row["conversation_id"],
            sender_id=row["created_by_id"],
            recipient=row["recipient"],
            body=row["body"],
            attempt=row["attempt"],
            attempted_at=row["attempted_at"],
            device_id=row["device_id"],
            device_revision=row["revision"] or 0,
            contact_id=row["contact_id"],
            contents=Contents.of(orjson.loads(content)) if content else NOTHING_BESIDE,
        )
        return cls(
            outgoing,
            held_as,
            row["held_until"],
            row["looks"],
            priority=row["priority"],
            ailing=bool(row["ailing"]),
        )


async def claim_heads(
    connection: ScopedConnection, room: Mapping[Lane, int], now: datetime, lease_until: datetime
) -> list[Claim]:
    """Take the first deliveries that are due in each lane, as many as it has room for."""
    rows = await connection.fetch(
        TAKE_HEADS, connection.tenant_id, now, *_columns(room), lease_until
    )
    return _in_order(rows)


async def lock_heads(
    connection: ScopedConnection, room: Mapping[Lane, int], now: datetime
) -> list[Row]:
    """The same as rows (tenant_id, id, device_id, priority, recipient), locked until the end."""
    return await connection.fetch(_HEADS, connection.tenant_id, now, *_columns(room))


async def claim_these(
    connection: ScopedConnection, ids: list[UUID], now: datetime, lease_until: datetime
) -> list[Claim]:
    """Take deliveries that this transaction has locked."""
    rows = await connection.fetch(_TAKE_THESE, connection.tenant_id, now, ids, lease_until)
    return _in_order(rows)


async def claim_unknown(
    database: Database, tenant_id: UUID, now: datetime, held_until: datetime, limit: int
) -> list[Claim]:
    """Take up to `limit` deliveries of unknown outcome whose time to be looked for has come.

    One whose worker dies is looked for again at `held_until`.
    """
    async with database.connection(tenant_id) as connection:
        rows = await connection.fetch(_TAKE_TO_LOOK, tenant_id, now, held_until, limit)
    return [Claim.of(row, DeliveryStatus.UNKNOWN) for row in rows]


async def expired_claims(
    database: Database, tenant_id: UUID, now: datetime, limit: int
) -> list[Claim]:
    """Up to `limit` claims whose worker let the lease run out, the longest expired first.

    Nothing is taken: whoever records their outcome first is heard.
    """
    async with database.connection(tenant_id) as connection:
        rows = await connection.fetch(_FIND_EXPIRED, tenant_id, now, limit)
    return [Claim.of(row, DeliveryStatus.SENDING) for row in rows]


def _columns(room: Mapping[Lane, int]) -> tuple[list[UUID], list[int], list[int]]:
    return (
        [lane.device_id for lane in room],
        [lane.priority for lane in room],
        list(room.values()),
    )


def _in_order(rows: list[Row]) -> list[Claim]:
    """RETURNING has no order, and what is overdue longer is to be begun with first."""
    in_order = sorted(rows, key=itemgetter("due_at", "id"))
    return [Claim.of(row, DeliveryStatus.SENDING) for row in in_order]
