"""What the hub may hold and what it has done."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

LAG_BOUNDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25),
    *(0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)


@dataclass(frozen=True, slots=True)
class HubLimits:
    """The hub's bounds; intervals are seconds.

    `feeds` are those of the process, `cursors` those with which one feed of all streams may begin;
    `queue` is how many live events wait in a feed for its reader, `ring` how many recent events of
    a tenant are kept in memory for those who come back, `page` how many events one read of the
    journal returns, and `readers` how many channels read it at once.
    The journal is read every `poll_interval` while Redis is away, and every `sweep_interval`
    otherwise, for the bell that a dying process did not ring. `margin` is longer than any
    transaction that records events, plus the difference between the clocks of two processes.
    """

    feeds: int = 50_000
    cursors: int = 1_000
    queue: int = 1_000
    ring: int = 2_000
    page: int = 500
    readers: int = 4
    poll_interval: float = 1.0
    sweep_interval: float = 10.0
    margin: float = 60.0


class Histogram:
    """Measurements, counted by upper bounds; the last count is beyond them all."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = LAG_BOUNDS) -> None:
        """`bounds` ascend; by default they are of seconds."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float, count: int = 1) -> None:
        """Count a measurement that was made `count` times."""
        self.counts[bisect_left(self.bounds, value)] += count
        self.total += value * count


@dataclass(slots=True)
class HubStatistics:
    """`feeds` and `channels` are those of now; everything else counts since the start.

    `holes_read` counts streams whose missing events were read from the journal, `unreadable` what
    came over the bus and was no event, `journal_failures` reads that failed. `lag` is the time from
    the recording of an event, just before its commit, to its delivery to the feeds here.
    """

    feeds: int = 0
    channels: int = 0
    events_in: int = 0
    unreadable: int = 0
    holes_read: int = 0
    replays_ring: int = 0
    replays_table: int = 0
    resets: int = 0
    dropped_slow: int = 0
    journal_failures: int = 0
    lag: Histogram = field(default_factory=Histogram)
