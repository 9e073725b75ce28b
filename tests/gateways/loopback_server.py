"""Outlets of the tests on real sockets, those that break, and what is sent to them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp

from gateways.protocol import Outgoing
from models.ids import new_id
from tests.listening import listening


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve the application on loopback; gives its address."""
    async with listening(app, lifespan="off") as address:
        yield f"http://{address}"


@asynccontextmanager
async def hanging_up() -> AsyncIterator[str]:
    """A server that reads the beginning of each request, then closes the connection."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    """An address that is taken, so that nobody else listens there, and that nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def outgoing(delivery_id: UUID | None = None, **other: Any) -> Outgoing:
    """A first attempt to send "hello" to a phone number."""
    fields: dict[str, Any] = {
        "tenant_id": new_id(),
        "delivery_id": delivery_id or new_id(),
        "schedule_id": new_id(),
        "conversation_id": new_id(),
        "sender_id": new_id(),
        "recipient": "+972987654321",
        "body": "hello",
        "attempt": 1,
    }
    return Outgoing(**(fields | other))
