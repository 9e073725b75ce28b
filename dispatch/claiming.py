"""Workers take deliveries: to send them under a lease, to look for them, or from a dead worker.

Taking is one statement that commits by itself and skips rows that another worker is taking. What
came of it is recorded by `dispatch.outcomes`.
"""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from gateways.protocol import Outgoing
from models.database import Database, Row
from models.schedules import DeliveryStatus

# The sub-select is an array so that, however stale the statistics, rows are met by their key.
_TAKE_TO_SEND = """
UPDATE deliveries AS d
SET status = 'SENDING', attempt = d.attempt + 1, lease_until = $3, updated_at = $2
FROM schedules AS s
WHERE s.id = d.schedule_id AND d.id = ANY (ARRAY(
    SELECT id FROM deliveries
    WHERE tenant_id = $1 AND status = 'QUEUED' AND due_at <= $2
    ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED))
RETURNING d.id, d.tenant_id, d.schedule_id, d.conversation_id, d.recipient, d.body, d.attempt,
    d.status, d.looks, d.lease_until AS held_until, d.due_at, s.created_by_id
"""

_TAKE_TO_LOOK = """
UPDATE deliveries AS d
SET looks = d.looks + 1, look_at = $3
FROM schedules AS s
WHERE s.id = d.schedule_id AND d.id = ANY (ARRAY(
    SELECT id FROM deliveries
    WHERE tenant_id = $1 AND status = 'UNKNOWN' AND look_at <= $2
    ORDER BY look_at LIMIT $4 FOR UPDATE SKIP LOCKED))
RETURNING d.id, d.tenant_id, d.schedule_id, d.conversation_id, d.recipient, d.body, d.attempt,
    d.status, d.looks, d.look_at AS held_until, s.created_by_id
"""

_FIND_EXPIRED = """
SELECT d.id, d.tenant_id, d.schedule_id, d.conversation_id, d.recipient, d.body, d.attempt,
    d.status, d.looks, d.lease_until AS held_until, s.created_by_id
FROM deliveries AS d JOIN schedules AS s ON s.id = d.schedule_id
WHERE d.tenant_id = $1 AND d.status = 'SENDING' AND d.lease_until <= $2
ORDER BY d.lease_until LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery in a worker's hands until `held_until`.

    `held_as` is SENDING for one that is to be sent and UNKNOWN for one that is to be looked for;
    together with the attempt it is what an outcome is checked against. `looks` counts the looks,
    this one included.
    """

    outgoing: Outgoing
    held_as: DeliveryStatus
    held_until: datetime
    looks: int

    @classmethod
    def of(cls, row: Row) -> "Claim":
        """The claim that a row of this module's statements describes."""
        outgoing = Outgoing(
            tenant_id=row["tenant_id"],
            delivery_id=row["id"],
            schedule_id=row["schedule_id"],
            conversation_id=row["conversation_id"],
            sender_id=row["created_by_id"],
            recipient=row["recipient"],
            body=row["body"],
            attempt=row["attempt"],
        )
        return cls(outgoing, DeliveryStatus(row["status"]), row["held_until"], row["looks"])


async def claim_due(
    database: Database, tenant_id: UUID, now: datetime, lease_until: datetime, limit: int
) -> list[Claim]:
    """Take up to `limit` queued deliveries that are due, the oldest first, to send them."""
    async with database.connection(tenant_id) as connection:
        rows = await connection.fetch(_TAKE_TO_SEND, tenant_id, now, lease_until, limit)
    # RETURNING has no order, and what is overdue longer is to be begun with first.
    return [Claim.of(row) for row in sorted(rows, key=itemgetter("due_at", "id"))]


async def claim_unknown(
    database: Database, tenant_id: UUID, now: datetime, held_until: datetime, limit: int
) -> list[Claim]:
    """Take up to `limit` deliveries of unknown outcome whose time to be looked for has come.

    One whose worker dies is looked for again at `held_until`.
    """
    async with database.connection(tenant_id) as connection:
        rows = await connection.fetch(_TAKE_TO_LOOK, tenant_id, now, held_until, limit)
    return [Claim.of(row) for row in rows]


async def expired_claims(
    database: Database, tenant_id: UUID, now: datetime, limit: int
) -> list[Claim]:
    """Up to `limit` claims whose worker let the lease run out, the longest expired first.

    Nothing is taken: whoever records their outcome first is heard.
    """
    async with database.connection(tenant_id) as connection:
        rows = await connection.fetch(_FIND_EXPIRED, tenant_id, now, limit)
    return [Claim.of(row) for row in rows]
