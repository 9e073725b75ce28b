"""The port of a process that only works: /metrics and /health, for who watches over it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from app.health import Health
from app.metrics import Metrics, RuntimeMetrics
from app.runtime import Runtime
from app.worker_metrics import WorkerMetrics
from dispatch.worker import Worker


class _Server(uvicorn.Server):
    """Leaves signals to the worker, which decides when the process ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def watched(
    runtime: Runtime, worker: Worker, listener: socket.socket
) -> AsyncIterator[Health]:
    """Answer on the listener while the block runs; its `draining` is for the block to set."""
    health = Health(runtime.database, runtime.bus, worker)
    metrics = Metrics()
    metrics.show(RuntimeMetrics(runtime))
    metrics.show(WorkerMetrics(worker))
    routes = [
        Route("/metrics", metrics.respond),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]), name="watching")
    try:
        yield health
    finally:
        server.should_exit = True
        await serving
