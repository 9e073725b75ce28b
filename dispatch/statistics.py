"""What a worker has done since it was made, for health and metrics."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.deliveries import DeliveryStatus


class LaneName(NamedTuple):
    """A priority and a device, or none: into Parley's own conversations."""

    priority: int
    device_id: UUID | None


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """The queue of the whole installation by lane; of `waiting` 100,000 are counted at most.

    `oldest_at` is when the first of those that wait was, or will be, due.
    """

    waiting: Mapping[LaneName, int]
    active: Mapping[LaneName, int]
    oldest_at: datetime | None


@dataclass(slots=True)
class WorkerStatistics:
    """Counters of one worker; they only grow.

    `steps` counts recorded steps by the status they led to, `steps_by_lane` the same by lane.
    `lapsed` claims ran out before they were begun, `refused` outcomes came after their claim was
    lost. `troubles` are database errors that were weathered, `faults` whatever else went wrong with
    one tenant, `set_aside` schedules that could not be fired. `heard` are calls of webhooks that
    were read, `unheard` what they said that came to nothing: repeats, and what nobody here knows
    of. `collected` are files fetched. `depth` is what it last saw of the whole queue, `last_beat`
    when it last looked for work.
    """

    last_beat: datetime | None = None
    depth: QueueDepth | None = None
    fired: int = 0
    rescued: int = 0
    claimed: int = 0
    lapsed: int = 0
    refused: int = 0
    troubles: int = 0
    faults: int = 0
    set_aside: int = 0
    heard: int = 0
    unheard: int = 0
    collected: int = 0
    steps: Counter[DeliveryStatus] = field(default_factory=Counter[DeliveryStatus])
    steps_by_lane: Counter[tuple[DeliveryStatus, LaneName]] = field(
        default_factory=Counter[tuple[DeliveryStatus, LaneName]]
    )
