"""How the queue of deliveries stands."""

from datetime import datetime
from typing import Any

import strawberry

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


@strawberry.type(description="The processes that send, for this tenant and all others.")
class QueueWorkers:
    alive: int = strawberry.field(description="Those that gave a sign within 20 seconds.")
    capacity: int = strawberry.field(
        description="How many deliveries they may have in their hands at once."
    )


@strawberry.type(description="The tenant's queue, and who works on it.")
class QueueStatistics(QueueDepth):
    by_priority: list[PriorityDepth]
    by_device: list[DeviceDepth]
    workers: QueueWorkers


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
        workers=QueueWorkers(alive=found.workers, capacity=found.capacity),
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
