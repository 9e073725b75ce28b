"""What the worker of a process does, and how deep the queue is, as Prometheus' metrics."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.metric_families import counter, gauge
from dispatch.statistics import LaneName, QueueDepth, WorkerStatistics
from dispatch.worker import Worker
from models.base import now
from models.schedules import Priority

LANE = ["priority", "device"]


class WorkerMetrics(Collector):
    """Reads the state of the worker at each scrape."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def collect(self) -> Iterator[Metric]:
        """The samples, as Prometheus' client asks for them."""
        worker = self._worker
        yield from _steps(worker.statistics)
        yield from _counters(worker.statistics)
        yield from _depth(worker.statistics.depth)
        yield gauge("parley_worker_alive", "1: the worker works.", worker.alive)
        yield gauge("parley_deliveries_in_flight", "Deliveries being sent.", worker.in_flight)


def _steps(statistics: WorkerStatistics) -> Iterator[Metric]:
    steps = CounterMetricFamily("parley_deliveries", "Recorded steps.", labels=["status", *LANE])
    for (status, lane), count in statistics.steps_by_lane.items():
        steps.add_metric([status.value, *_labels(lane)], count)
    yield steps


def _counters(statistics: WorkerStatistics) -> Iterator[Metric]:
    """What a worker has done besides recording steps."""
    counts = {
        "fired": ("Schedules fired.", statistics.fired),
        "claimed": ("Deliveries claimed.", statistics.claimed),
        "rescued": ("Claims of dead workers found.", statistics.rescued),
        "lapsed": ("Claims that ran out before they were begun.", statistics.lapsed),
        "refused": ("Outcomes that came after their claim was lost.", statistics.refused),
        "heard": ("Calls of webhooks read.", statistics.heard),
        "unheard": ("What they said that nobody here knows of.", statistics.unheard),
        "collected": ("Files fetched.", statistics.collected),
        "troubles": ("Database errors weathered.", statistics.troubles),
        "faults": ("Whatever else went wrong with one tenant.", statistics.faults),
        "set_aside": ("Times that a schedule could not be fired.", statistics.set_aside),
    }
    for name, (text, value) in counts.items():
        yield counter(f"parley_worker_{name}", text, value)


def _depth(depth: QueueDepth | None) -> Iterator[Metric]:
    if depth is None:
        return
    waiting = GaugeMetricFamily(
        "parley_queue_waiting", "Queued; at most 100,000 counted.", labels=LANE
    )
    active = GaugeMetricFamily("parley_queue_active", "In the hands of workers.", labels=LANE)
    for lane, count in depth.waiting.items():
        waiting.add_metric(_labels(lane), count)
    for lane, count in depth.active.items():
        active.add_metric(_labels(lane), count)
    yield waiting
    yield active
    waited = 0.0 if depth.oldest_at is None else (now() - depth.oldest_at).total_seconds()
    yield gauge("parley_queue_oldest_seconds", "Overdue by.", max(0.0, waited))


def _labels(lane: LaneName) -> list[str]:
    """The priority by its name, and the device by its id in the database."""
    return [Priority(lane.priority).name, str(lane.device_id or "none")]
