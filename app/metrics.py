"""/metrics: what operators watch, in Prometheus' text format."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from app.database_metrics import pool_metrics
from app.graphql.sharing import GroupStatistics
from app.graphql.sockets import SocketRegistry
from app.realtime_metrics import bus_metrics, group_metrics, hub_metrics
from app.request_metrics import RequestMetrics
from app.runtime import Runtime
from dispatch.statistics import QueueDepth, WorkerStatistics
from dispatch.worker import Worker
from models.base import now

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of requests, and a look at everything else when it is asked for."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = RequestMetrics()
        self.show(self.requests)
        self.webhook_calls = Counter(
            "parley_webhook_calls",
            "Calls of the WhatsApp webhook, by what came of them.",
            ["result"],
            registry=self._registry,
        )

    def show(self, collector: Collector) -> None:
        """Show besides what a collector gives."""
        self._registry.register(collector)

    def watch(
        self,
        runtime: Runtime,
        sockets: SocketRegistry,
        groups: GroupStatistics,
        worker: Worker | None,
    ) -> None:
        """Show the state of the running process from now on."""
        self._registry.register(_Process(runtime, sockets, groups, worker))

    async def respond(self, _request: Request) -> Response:
        """What /metrics answers."""
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE})


class _Process(Collector):
    """Reads the state of the process at each scrape."""

    def __init__(
        self,
        runtime: Runtime,
        sockets: SocketRegistry,
        groups: GroupStatistics,
        worker: Worker | None,
    ) -> None:
        self._runtime = runtime
        self._sockets = sockets
        self._groups = groups
        self._worker = worker

    def collect(self) -> Iterator[Metric]:
        yield from self._connections()
        yield from self._database()
        yield from group_metrics(self._groups)
        yield from hub_metrics(self._runtime.hub.statistics)
        yield from bus_metrics(self._runtime.bus.statistics)
        if self._worker is not None:
            yield from _work(self._worker)

    def _connections(self) -> Iterator[Metric]:
        bus = self._runtime.bus
        yield _gauge("parley_sockets", "Open sockets.", self._sockets.connection_count)
        yield _gauge("parley_operations", "Running operations.", self._sockets.operation_count)
        yield _gauge("parley_queued_bytes", "Waiting for slow sockets.", self._sockets.queued_bytes)
        closed = CounterMetricFamily("parley_sockets_closed", "Sockets, by why.", labels=["reason"])
        for reason, count in self._sockets.closed.items():
            closed.add_metric([reason], count)
        yield closed
        yield _gauge("parley_redis_listening", "1: every channel is heard.", bus.listening)

    def _database(self) -> Iterator[Metric]:
        yield from pool_metrics(self._runtime.database)


def _work(worker: Worker) -> Iterator[Metric]:
    steps = CounterMetricFamily(
        "parley_deliveries", "Recorded steps, by status.", labels=["status"]
    )
    for status, count in worker.statistics.steps.items():
        steps.add_metric([status.value], count)
    yield steps
    yield from _counters(worker.statistics)
    yield from _depth(worker.statistics.depth)
    yield _gauge("parley_worker_alive", "1: the worker works.", worker.alive)
    yield _gauge("parley_deliveries_in_flight", "Deliveries being sent.", worker.in_flight)


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
    for name, (text, count) in counts.items():
        yield CounterMetricFamily(f"parley_worker_{name}", text, value=count)


def _depth(depth: QueueDepth | None) -> Iterator[Metric]:
    if depth is not None:
        waited = 0.0 if depth.oldest_at is None else (now() - depth.oldest_at).total_seconds()
        yield _gauge("parley_queue_waiting", "Queued; at most 100,000 counted.", depth.waiting)
        yield _gauge("parley_queue_active", "In the hands of workers.", depth.active)
        yield _gauge("parley_queue_oldest_seconds", "Overdue by.", max(0.0, waited))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
