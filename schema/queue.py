"""How the queue of deliveries stands."""

from datetime import datetime
from typing import Any

import strawberry

from models.database import Row
from resolvers.queue import Depth
from resolvers.queue import QueueStatistics as Statistics
from schema.devices import Device
from schema.enums import Priority


@strawberry.interface(description="Deliveries by how far they are.")
class QueueDepth:
    waiting: int = strawberry.field(
        description="Queued, those of a later time among them. Of each device and priority 10,000"
        " are counted at most."
    )
    waiting_is_exact: bool = strawberry.field(description="False: there are more than `waiting`.")
    active: int = strawberry.field(description="In the hands of workers.")
    completed: float = strawberry.field(description="Sent within the last 24 hours.")
    failed: float = strawberry.field(description="Failed for good within the last 24 hours.")
    success_rate: float | None = strawberry.field(
        description="Completed, of completed and failed; null where there are none."
    )
    oldest_waiting: datetime | None = strawberry.field(
        description="When the first of those that wait was, or will be, due."
    )


@strawberry.type
class PriorityDepth(QueueDepth):
    priority: Priority


@strawberry.type
class DeviceDepth(QueueDepth):
    device: Device | None = strawberry.field(
        description="Null for what goes into conversations without a device."
    )


@strawberry.type(description="A process that sends, of the whole installation.")
class QueueWorker:
    name: str = strawberry.field(description="Its host and process.")
    started_at: datetime
    beat_at: datetime = strawberry.field(description="Its last sign of life.")
    capacity: int = strawberry.field(description="Deliveries that it may have in its hands.")
    in_flight: int = strawberry.field(description="Deliveries that it has.")
    claimed: float = strawberry.field(description="Since it was started.")
    completed: float = strawberry.field(description="Since it was started.")
    failed: float = strawberry.field(description="Since it was started.")


@strawberry.type(description="The tenant's queue, and who works on it.")
class QueueStatistics(QueueDepth):
    by_priority: list[PriorityDepth]
    by_device: list[DeviceDepth]
    workers: list[QueueWorker] = strawberry.field(
        description="Those of the last 20 seconds; they work for all tenants."
    )


def queue_statistics(found: Statistics) -> QueueStatistics:
    """The statistics as their type."""
    return QueueStatistics(
        **_depth(found.whole),
        by_priority=[
            PriorityDepth(**_depth(depth), priority=Priority(priority))
            for priority, depth in found.by_priority
        ],
        by_device=[
            DeviceDepth(**_depth(depth), device=Device(row=row) if row else None)
            for row, depth in found.by_device
        ],
        workers=[_worker(row) for row in found.workers],
    )


def _depth(depth: Depth) -> dict[str, Any]:
    return {
        "waiting": depth.waiting,
        "waiting_is_exact": depth.exact,
        "active": depth.active,
        "completed": float(depth.completed),
        "failed": float(depth.failed),
        "success_rate": depth.success_rate,
        "oldest_waiting": depth.oldest_at,
    }


def _worker(row: Row) -> QueueWorker:
    return QueueWorker(
        name=row.name,
        started_at=row.started_at,
        beat_at=row.beat_at,
        capacity=row.capacity,
        in_flight=row.in_flight,
        claimed=float(row.claimed),
        completed=float(row.completed),
        failed=float(row.failed),
    )
