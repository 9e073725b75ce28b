"""Requests, counted and timed for /metrics.

They are kept as plain numbers, which one event loop changes, and become metrics at a scrape:
prometheus_client's own counters take a lock each time.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterator
from functools import lru_cache, partial

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.metric_families import buckets_of
from realtime.measures import Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PATHS = frozenset({"graphql", "health", "metrics", "playground"})


class RequestMetrics(Collector):
    """How many requests there were by method, path and status, and how long they took by path."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._seconds: defaultdict[str, Histogram] = defaultdict(partial(Histogram, SECONDS))

    def note(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        shown = _shown(path)
        self._counts[method, shown, status] += 1
        self._seconds[shown].observe(seconds)

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        counts = CounterMetricFamily(
            "parley_http_requests", "HTTP requests answered.", labels=["method", "path", "status"]
        )
        for (method, path, status), count in self._counts.items():
            counts.add_metric([method, path, str(status)], count)
        yield counts
        seconds = HistogramMetricFamily(
            "parley_http_request_seconds",
            "From the request's arrival to the end of its answer.",
            labels=["path"],
        )
        for path, histogram in self._seconds.items():
            seconds.add_metric([path], buckets_of(histogram), histogram.total)
        yield seconds


class RequestTimer:
    """Counts and times requests. It is ASGI, not a Starlette base class: streams pass through."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        def watch(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, watch)
        finally:
            taken = time.perf_counter() - started
            self._metrics.note(scope["method"], scope["path"], status, taken)


# Most requests are for one of a few paths.
@lru_cache(maxsize=128)
def _shown(path: str) -> str:
    """The path's first part: few values, whatever clients ask for."""
    first = path.split("/", 2)[1]
    return f"/{first}" if first in PATHS else "/other"
