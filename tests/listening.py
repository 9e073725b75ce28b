"""Applications on real sockets of loopback, in the tests' own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

# As our own server is configured.
OPTIONS: dict[str, Any] = {
    "ws": "websockets-sansio",
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,
    "timeout_graceful_shutdown": 5,
    "log_config": None,
}


class Server(uvicorn.Server):
    """uvicorn in the loop of the tests: says when it listens, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def listening(app: ASGIApp, **options: Any) -> AsyncIterator[str]:
    """Serve the application on a free port; the address, `host:port`. `options` are uvicorn's."""
    server = Server(uvicorn.Config(app, **OPTIONS | options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio sets it on sockets of its own making only; without it each answer waits 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = listener.getsockname()
        task = asyncio.create_task(server._serve([listener]))
        await server.listening.wait()
        try:
            yield f"{host}:{port}"
        finally:
            server.should_exit = True
            await task
