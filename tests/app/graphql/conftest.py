"""A small schema behind the transports, served by uvicorn on loopback."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from graphql import GraphQLError, GraphQLSchema, build_schema
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.graphql.doors import Doors
from app.graphql.errors import Refused
from app.graphql.http import GraphQLHTTP
from app.graphql.limits import Limits
from app.graphql.service import GraphQLService, Result
from app.graphql.sockets import SocketRegistry
from app.graphql.websocket import GraphQLWebSocket, SocketsFirst

SDL = """
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int! = 0) on FIELD
scalar Upload
scalar Strange
scalar Even
type Node { name: String! child: Node }
type Tick { number: Int! cursor: String! padding(size: Int!): String! lastEventId: String }
type Query {
  hello(name: String = "world"): String!
  even(number: Even): Int
  viewer: String!
  fails: String
  required: String!
  node: Node
  strange: Strange
  slow: String!
  numbers: [Int!]!
}
type Mutation {
  store(value: Int!): Int!
  upload(file: Upload!, note: String): String!
  uploadAll(files: [Upload!]!): [String!]!
}
type Subscription {
  ticks(channel: String!): Tick!
  breaks(after: Int!): Tick!
  refused: Tick!
}
"""


@dataclass(frozen=True)
class Viewer:
    name: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Context:
    viewer: Viewer
    last_event_id: str | None


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
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self._listeners) == count)

    async def listen(self) -> AsyncGenerator[dict[str, Any], None]:
        queue: asyncio.Queue[int | None] = asyncio.Queue()
        await self._change(self._listeners.append, queue)
        try:
            while (number := await queue.get()) is not None:
                yield {"number": number, "cursor": f"c{number}"}
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
        return httpx.AsyncClient(base_url=f"http://{self.host}", timeout=10)

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
        async with asyncio.timeout(10):
            await self.registry.wait_empty()

    def sign_in(self, token: str, name: str, expires_at: datetime | None = None) -> None:
        """Make a token valid."""
        self.tokens[token] = Viewer(name, expires_at)

    async def authenticate(self, authorization: str | None, connection: HTTPConnection) -> Viewer:
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
        async with asyncio.timeout(10):
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
        async with asyncio.timeout(10):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


def fail(*_: object) -> str:
    raise RuntimeError("a secret")


async def upload_file(_root: object, _info: object, file: Any, note: str | None = None) -> str:
    return f"{file.filename}:{(await file.read()).decode()}:{note}"


async def upload_all(_root: object, _info: object, files: list[Any]) -> list[str]:
    return [file.filename for file in files]


async def breaks(_root: object, _info: object, after: int) -> AsyncIterator[dict[str, Any]]:
    for number in range(after):
        yield {"number": number, "cursor": f"c{number}"}
    raise GraphQLError("You were removed.", extensions={"code": "FORBIDDEN"})


async def refuse(*_: object) -> None:
    raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})


def parse_even(value: Any) -> int:
    if not isinstance(value, int) or value % 2:
        raise ValueError("That is not even.")
    return value


def make_schema(world: World) -> GraphQLSchema:
    async def slow(*_: object) -> str:
        world.slow.set()
        await world.proceed.wait()
        return "done"

    def store(_root: object, _info: object, value: int) -> int:
        world.stored.append(value)
        return value

    async def ticks(_root: object, _info: object, channel: str) -> AsyncIterator[dict[str, Any]]:
        async with aclosing(world.channels[channel].listen()) as events:
            async for event in events:
                yield event

    schema = build_schema(SDL)
    types: Any = schema.type_map
    types["Even"].coerce_input_value = parse_even
    resolvers: dict[str, Any] = {
        "Query.hello": lambda _root, _info, name: f"hello {name}",
        "Query.viewer": lambda _root, info: info.context.viewer.name,
        "Query.fails": fail,
        "Query.required": fail,
        "Query.node": lambda *_: {"name": "root"},
        "Query.strange": lambda *_: object(),
        "Query.slow": slow,
        "Query.numbers": lambda *_: [1, 2, 3],
        "Mutation.store": store,
        "Mutation.upload": upload_file,
        "Mutation.uploadAll": upload_all,
        "Tick.padding": lambda _root, _info, size: "x" * size,
        "Tick.lastEventId": lambda _root, info: info.context.last_event_id,
    }
    sources: dict[str, Any] = {"ticks": ticks, "breaks": breaks, "refused": refuse}
    for place, resolver in resolvers.items():
        name, _, field_name = place.partition(".")
        types[name].fields[field_name].resolve = resolver
    for name, source in sources.items():
        types["Subscription"].fields[name].subscribe = source
        types["Subscription"].fields[name].resolve = lambda event, *_, **__: event
    return schema


def format_error(error: GraphQLError) -> dict[str, Any]:
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        return {"message": "masked", "extensions": {"code": "INTERNAL_ERROR"}}
    return dict(error.formatted)


def cursor_of(result: Result) -> str | None:
    data = result["data"] or {}
    tick = data.get("ticks") or data.get("breaks") or {}
    cursor: str | None = tick.get("cursor")
    return cursor


async def page(_request: Request) -> Response:
    return HTMLResponse("<h1>the page</h1>")


class Server(uvicorn.Server):
    """uvicorn in the loop of the tests: says when it listens, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def make_world(limits: Limits, **options: Any) -> tuple[World, ASGIApp]:
    registry = SocketRegistry(limits)
    world = World(service=None, registry=registry, limits=limits)  # type: ignore[arg-type]
    world.service = GraphQLService(
        make_schema(world), limits=limits, format_error=format_error, **options
    )
    doors = Doors(world.authenticate, world.context_for, lambda viewer: viewer.name, cursor_of)
    app = Starlette(
        routes=[
            Route("/graphql", GraphQLHTTP(world.service, doors, registry, page=page)),
        ]
    )
    sockets = GraphQLWebSocket(world.service, doors, registry)
    return world, SocketsFirst(app, path="/graphql", sockets=sockets)


@asynccontextmanager
async def serving(limits: Limits, **options: Any) -> AsyncIterator[World]:
    world, app = make_world(limits, **options)
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        ws_max_size=1_000_000,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio sets it on sockets of its own making only; without it each answer waits 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = listener.getsockname()
        world.host = f"{host}:{port}"
        task = asyncio.create_task(server._serve([listener]))
        await server.listening.wait()
        try:
            yield world
        finally:
            server.should_exit = True
            await task


Serve = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Start a server of one's own: `async with serve(depth=3) as world`."""

    def start(options: dict[str, Any] | None = None, **limits: Any) -> Any:
        return serving(Limits(**limits), **(options or {}))

    return start


@pytest.fixture(scope="session")
async def shared() -> AsyncIterator[World]:
    async with serving(Limits()) as world:
        yield world


@pytest.fixture
def world(shared: World) -> World:
    """A server with the default limits, shared by the tests."""
    shared.channels.clear()
    shared.tokens.clear()
    shared.contexts.clear()
    shared.stored.clear()
    shared.slow.clear()
    shared.proceed.clear()
    return shared
