"""How many deliveries came to their end, by hour, device and priority: what statistics add up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.deliveries import DeliveryStatus
from realtime.unit_of_work import Work

COMPLETED = frozenset({DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ})

# The order keeps two transactions from waiting for each other.
_ADD = """
INSERT INTO delivery_counts AS c (tenant_id, hour, device_id, priority, completed, failed)
SELECT $1, $2, n.device_id, n.priority, n.completed, n.failed
FROM unnest($3::uuid[], $4::smallint[], $5::bigint[], $6::bigint[])
    AS n (device_id, priority, completed, failed)
ORDER BY 3, 4
ON CONFLICT (tenant_id, hour, device_id, priority) DO UPDATE
SET completed = c.completed + excluded.completed, failed = c.failed + excluded.failed
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery that was sent or that failed; `device_id` is nil without a device.

    `count` is -1 for one that turns out not to have come to this end.
    """

    device_id: UUID
    priority: int
    status: DeliveryStatus
    count: int = 1


async def count_ended(work: Work, ended: Iterable[Ended], now: datetime) -> None:
    """Add deliveries to the counts of the hour; the last statement of a transaction, being hot."""
    counts: Counter[tuple[UUID, int, bool]] = Counter()
    for one in ended:
        counts[one.device_id, one.priority, one.status in COMPLETED] += one.count
    keys = sorted({key[:2] for key in counts})
    if not keys:
        return
    driver = await work.driver()
    await driver.execute(
        _ADD,
        work.tenant_id,
        now.replace(minute=0, second=0, microsecond=0),
        [device_id for device_id, _ in keys],
        [priority for _, priority in keys],
        [counts[(*key, True)] for key in keys],
        [counts[(*key, False)] for key in keys],
    )
