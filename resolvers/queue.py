"""How the queue of deliveries stands: counted from indexes and counters, never row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, bindparam, func, literal, select, text

from models.database import Row
from models.deliveries import NO_DEVICE, DeliveryStatus, lane_device
from models.devices import WHOLE_SYSTEM
from models.tables import deliveries, delivery_counts, devices, worker_beats
from models.tenants import Role
from resolvers.context import Context
from resolvers.devices import COLUMNS as DEVICE_COLUMNS
from resolvers.scope import is_one_of

PERIOD = timedelta(hours=24)
"""How far back deliveries are counted that came to their end."""
MOST = 10_000
"""A queue of one device and priority that is longer is not counted to its end."""
ALIVE = timedelta(seconds=20)
"""A worker that has given no sign for longer is taken for dead."""

# An index scan a device and priority that ends at MOST, whatever the queue's length.
_WAITING = f"""
    SELECT outlet.id AS device_id, priority.n AS priority, queue.waiting, queue.oldest_at
    FROM (SELECT CAST(:nobody AS uuid) AS id
        UNION ALL SELECT d.id FROM devices d
            WHERE d.tenant_id = :tenant_id AND d.archived_at IS NULL) AS outlet
    CROSS JOIN (VALUES (0), (1), (2), (3)) AS priority (n)
    CROSS JOIN LATERAL (
        SELECT count(*) AS waiting, min(head.due_at) AS oldest_at FROM (
            SELECT q.due_at FROM deliveries q
            WHERE q.tenant_id = :tenant_id AND q.status = 'QUEUED' AND q.priority = priority.n
                AND {lane_device("q.device_id")} = outlet.id
            ORDER BY q.due_at LIMIT :most
        ) AS head
    ) AS queue
    WHERE queue.waiting > 0
"""
w, c, d = worker_beats.c, delivery_counts.c, deliveries.c


@dataclass(slots=True)
class Depth:
    """Deliveries that wait, are being sent, and came to an end within the period.

    `exact`: `waiting` is counted to the end; else it is at least so many.
    """

    waiting: int = 0
    active: int = 0
    completed: int = 0
    failed: int = 0
    oldest_at: datetime | None = None
    exact: bool = True

    @property
    def success_rate(self) -> float | None:
        """Of those that came to an end, the share that was sent; None where there are none."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None

    def add(self, other: "Depth") -> None:
        """Count another part of the queue as well."""
        self.waiting += other.waiting
        self.active += other.active
        self.completed += other.completed
        self.failed += other.failed
        self.exact = self.exact and other.exact
        oldest = [at for at in (self.oldest_at, other.oldest_at) if at is not None]
        self.oldest_at = min(oldest, default=None)


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """The whole queue, and its parts; a device that is None stands for none.

    `workers` counts those that are alive, and `capacity` is how many deliveries they may have in
    their hands at once. They work for all tenants: no one is told their names.
    """

    whole: Depth
    by_priority: Sequence[tuple[int, Depth]]
    by_device: Sequence[tuple[Row | None, Depth]]
    workers: int
    capacity: int


async def queue_statistics(context: Context) -> QueueStatistics:
    """The tenant's queue, and how many work on it. Raises FORBIDDEN below ADMIN."""
    context.viewer.require(Role.ADMIN)
    parts = await _parts(context)
    whole = Depth()
    by_priority: dict[int, Depth] = {}
    by_device: dict[UUID, Depth] = {}
    for (device_id, priority), depth in parts.items():
        whole.add(depth)
        by_priority.setdefault(priority, Depth()).add(depth)
        by_device.setdefault(device_id, Depth()).add(depth)
    known = await _devices(context, list(by_device))
    return QueueStatistics(
        whole,
        sorted(by_priority.items()),
        [(known.get(device_id), depth) for device_id, depth in sorted(by_device.items())],
        *await _workers(context),
    )


async def _parts(context: Context) -> dict[tuple[UUID, int], Depth]:
    """What waits, is active and has ended, by device and priority."""
    parts: dict[tuple[UUID, int], Depth] = {}
    for row in await _waiting(context):
        parts[row.device_id, row.priority] = Depth(
            waiting=min(row.waiting, MOST), oldest_at=row.oldest_at, exact=row.waiting <= MOST
        )
    for row in await _active(context):
        parts.setdefault((row.device_id, row.priority), Depth()).active = row.active
    for row in await _ended(context):
        part = parts.setdefault((row.device_id, row.priority), Depth())
        part.completed, part.failed = int(row.completed), int(row.failed)
    return parts


async def _waiting(context: Context) -> list[Row]:
    values = {"tenant_id": context.viewer.tenant_id, "nobody": NO_DEVICE, "most": MOST + 1}
    types: dict[str, Any] = {"tenant_id": Uuid(), "nobody": Uuid(), "most": Integer()}
    parameters = [bindparam(name, value, type_=types[name]) for name, value in values.items()]
    return await context.read.all(text(_WAITING).bindparams(*parameters))


async def _active(context: Context) -> list[Row]:
    device_id = func.coalesce(d.device_id, literal(NO_DEVICE, Uuid())).label("device_id")
    return await context.read.all(
        select(device_id, d.priority, func.count().label("active"))
        .where(d.tenant_id == context.viewer.tenant_id, d.status == DeliveryStatus.SENDING.value)
        .group_by(text("1"), d.priority)
    )


async def _ended(context: Context) -> list[Row]:
    since = context.services.clock() - PERIOD
    return await context.read.all(
        select(
            c.device_id,
            c.priority,
            func.sum(c.completed).label("completed"),
            func.sum(c.failed).label("failed"),
        )
        .where(
            c.tenant_id == context.viewer.tenant_id,
            c.hour > literal(since, DateTime(timezone=True)),
        )
        .group_by(c.device_id, c.priority)
    )


async def _devices(context: Context, ids: list[UUID]) -> dict[UUID, Row]:
    e = devices.c
    rows = await context.read.all(
        select(*DEVICE_COLUMNS).where(e.tenant_id == context.viewer.tenant_id, is_one_of(e.id, ids))
    )
    return {row.id: row for row in rows}


async def _workers(context: Context) -> tuple[int, int]:
    since = context.services.clock() - ALIVE
    (row,) = await context.read.all(
        select(
            func.count().label("alive"), func.coalesce(func.sum(w.capacity), 0).label("capacity")
        )
        .select_from(worker_beats)
        .where(w.tenant_id == WHOLE_SYSTEM, w.beat_at > literal(since, DateTime(timezone=True)))
    )
    return row.alive, row.capacity
