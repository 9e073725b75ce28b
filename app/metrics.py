"""/metrics: what operators watch, in Prometheus' text format."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from app.database_metrics import pool_metrics
from app.graphql.sharing import GroupStatistics
from app.graphql.sockets import SocketRegistry
from app.metric_families import counters, gauge
from app.realtime_metrics import bus_metrics, group_metrics, hub_metrics
from app.request_metrics import RequestMetrics
from app.runtime import Runtime
from app.worker_metrics import WorkerMetrics
from dispatch.worker import Worker

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
        self.show(RuntimeMetrics(runtime))
        self.show(_Serving(runtime, sockets, groups))
        if worker is not None:
            self.show(WorkerMetrics(worker))

    async def respond(self, _request: Request) -> Response:
        """What /metrics answers."""
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE})


class RuntimeMetrics(Collector):
    """The database and the bus, which each process has."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        """The samples, as Prometheus' client asks for them."""
        bus = self._runtime.bus
        yield gauge("parley_redis_listening", "1: every channel is heard.", bus.listening)
        yield from pool_metrics(self._runtime.database)
        yield from bus_metrics(bus.statistics)


class _Serving(Collector):
    """Reads the state of a process that serves at each scrape."""

    def __init__(self, runtime: Runtime, sockets: SocketRegistry, groups: GroupStatistics) -> None:
        self._runtime = runtime
        self._sockets = sockets
        self._groups = groups

    def collect(self) -> Iterator[Metric]:
        yield from self._connections()
        yield from group_metrics(self._groups)
        yield from hub_metrics(self._runtime.hub.statistics)

    def _connections(self) -> Iterator[Metric]:
        yield gauge("parley_sockets", "Open sockets.", self._sockets.connection_count)
        yield gauge("parley_operations", "Running operations.", self._sockets.operation_count)
        yield gauge("parley_queued_bytes", "Waiting for slow sockets.", self._sockets.queued_bytes)
        yield counters("parley_sockets_closed", "Sockets, by why.", "reason", self._sockets.closed)
