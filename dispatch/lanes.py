"""What a tenant may send now, by device and priority, and how a batch is shared among it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from models.database import Row, ScopedConnection
from models.deliveries import NO_DEVICE
from models.device_limits import DeviceLimits, limits_of
from models.devices import DeviceKind, DeviceState

# Of a batch that is short of room, so much goes to each priority, the most urgent first.
WEIGHTS = (8, 4, 2, 1)
# How much later than a message of LOW priority another may have come and still be taken first.
HEAD_STARTS = tuple(timedelta(seconds=seconds) for seconds in (600, 120, 30, 0))

_OPEN = """
SELECT l.device_id, l.priority, l.due_at, d.kind, d.limits::text AS limits, d.state, d.archived_at
FROM parley_lanes_between($1, $1, $2) AS l LEFT JOIN devices AS d ON d.id = l.device_id
WHERE l.open_at <= $2
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """The queue of one device (`NO_DEVICE` is none) and priority; its head is due at `due_at`.

    `on_trial`: the device's circuit breaker is half open.
    """

    device_id: UUID
    priority: int
    due_at: datetime
    limits: DeviceLimits
    on_trial: bool = False

    @property
    def free(self) -> bool:
        """Whether nothing of the device bounds what may be taken."""
        return self.limits.unlimited and not self.on_trial


async def open_lanes(
    connection: ScopedConnection, now: datetime, tiers: tuple[int, ...]
) -> list[Lane]:
    """The lanes with something due whose device and rates let at least one message through."""
    rows = await connection.fetch(_OPEN, connection.tenant_id, now)
    return [_lane(row, tiers) for row in rows]


def _lane(row: Row, tiers: tuple[int, ...]) -> Lane:
    limits, on_trial = DeviceLimits(), False
    # What is queued for an archived device is let through to fail.
    if row["device_id"] != NO_DEVICE and row["archived_at"] is None:
        limits = limits_of(DeviceKind(row["kind"]), orjson.loads(row["limits"]), tiers)
        on_trial = row["state"] == DeviceState.INTERRUPTED
    return Lane(row["device_id"], row["priority"], row["due_at"], limits, on_trial)


def shares(lanes: Sequence[Lane], room: int) -> dict[Lane, int]:
    """How many each lane may take of `room`; together all of it.

    Each gets one first, those ahead by age and priority; the rest goes by weight. So what is
    urgent goes first, and what is not is never kept out: it ages until it is ahead.
    """
    ahead = sorted(lanes, key=lambda lane: lane.due_at - HEAD_STARTS[lane.priority])[:room]
    if not ahead:
        return {}
    rest = room - len(ahead)
    total = sum(WEIGHTS[lane.priority] for lane in ahead)
    given = {lane: 1 + rest * WEIGHTS[lane.priority] // total for lane in ahead}
    given[ahead[0]] += room - sum(given.values())
    return given
