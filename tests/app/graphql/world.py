"""What the tests of the transports can reach: a running server, its channels, its sockets."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import orjson
from starlette.types import Scope
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.graphql.errors import Refused
from app.graphql.limits import Limits
from app.graphql.service import GraphQLService
from app.graphql.sockets import SocketRegistry


@dataclass(frozen=True)
class Viewer:
    name: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Context:
    viewer: Viewer
    last_event_id: str | None

    def anew(self) -> "Context":
        """Nothing is kept of what was read."""
        return self


def tick_of(number: int) -> dict[str, Any]:
    """What is told of a number."""
    return {"number": number, "cursor": f"c{number}"}


class Channel:
    """A source of ticks that a test feeds, and that tells how its listeners come and go."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Queue[int | None]] = []
        self._changed = asyncio.Condition()

    async def publish(self, number: int) -> None:
        for queue in self._listeners:
            queue.put_nowait(number)

    async def finish(self) -> None:
        for queue in self._listeners:
            queue.put_nowait(None)

    async def listeners(self, count: int) -> None:
        """Wait until there are exactly `count`."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self._listeners) == count)

    async def listen(self) -> AsyncGenerator[dict[str, Any], None]:
        async with self.joined() as queue:
            while (number := await queue.get()) is not None:
                yield tick_of(number)

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[asyncio.Queue[int | None]]:
        """The numbers that are published within the block; None at their end."""
        queue: asyncio.Queue[int | None] = asyncio.Queue()
        await self._change(self._listeners.append, queue)
        try:
            yield queue
        finally:
            await self._change(self._listeners.remove, queue)

    async def _change(
        self, change: Callable[[Any], None], queue: asyncio.Queue[int | None]
    ) -> None:
        async with self._changed:
            change(queue)
            self._changed.notify_all()


@dataclass
class World:
    """What a test can reach of the running server."""

    service: GraphQLService
    registry: SocketRegistry
    limits: Limits
    host: str = ""
    channels: dict[str, Channel] = field(default_factory=lambda: defaultdict(Channel))
    tokens: dict[str, Viewer] = field(default_factory=dict)
    contexts: list[Context] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    # The field `slow` sets the first and waits for the second.
    slow: asyncio.Event = field(default_factory=asyncio.Event)
    proceed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}/graphql"

    @property
    def socket_url(self) -> str:
        return f"ws://{self.host}/graphql"

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://{self.host}", timeout=60)

    @asynccontextmanager
    async def dial(
        self, *, subprotocol: str | None = "graphql-transport-ws"
    ) -> AsyncIterator["Dialled"]:
        subprotocols: Any = [subprotocol] if subprotocol else None
        async with connect(
            self.socket_url,
            subprotocols=subprotocols,
            compression=None,
            ping_interval=None,
            max_size=None,
        ) as connection:
            yield Dialled(connection)

    @asynccontextmanager
    async def signed_in(self, token: str | None = None) -> AsyncIterator["Dialled"]:
        async with self.dial() as socket:
            await socket.init(token)
            yield socket

    async def gone(self) -> None:
        """Wait until no connection is left."""
        async with asyncio.timeout(60):
            await self.registry.wait_empty()

    def sign_in(self, token: str, name: str, expires_at: datetime | None = None) -> None:
        """Make a token valid."""
        self.tokens[token] = Viewer(name, expires_at)

    async def authenticate(self, authorization: str | None, _scope: Scope) -> Viewer:
        if authorization is None:
            return Viewer("nobody")
        if authorization == "Bearer boom":
            raise RuntimeError("the database is away")
        viewer = self.tokens.get(authorization.removeprefix("Bearer "))
        if viewer is None:
            raise Refused("UNAUTHENTICATED", "The token is not known.", headers={"x-why": "token"})
        return viewer

    def context_for(self, viewer: Viewer, last_event_id: str | None) -> Context:
        context = Context(viewer, last_event_id)
        self.contexts.append(context)
        return context


class Dialled:
    """A client that speaks the subprotocol message by message."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        await self.connection.send(orjson.dumps(message).decode())

    async def receive(self) -> Any:
        async with asyncio.timeout(60):
            return orjson.loads(await self.connection.recv())

    async def init(self, token: str | None = None) -> None:
        payload = {"authorization": f"Bearer {token}"} if token else None
        await self.send({"type": "connection_init", "payload": payload})
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, identifier: str, query: str, **payload: object) -> None:
        await self.send(
            {"id": identifier, "type": "subscribe", "payload": {"query": query, **payload}}
        )

    async def closed(self) -> tuple[int | None, str | None]:
        """Read to the end; the code and reason of the close."""
        async with asyncio.timeout(60):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


# Starts a server of one's own: `async with serve(depth=3) as world`.
Serve = Callable[..., AbstractAsyncContextManager[World]]
