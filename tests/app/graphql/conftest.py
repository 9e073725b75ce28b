"""The transports in front of a small schema, served by uvicorn on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.graphql.doors import Doors
from app.graphql.http import GraphQLHTTP
from app.graphql.limits import Limits
from app.graphql.service import GraphQLService
from app.graphql.sockets import SocketRegistry
from app.graphql.websocket import GraphQLWebSocket, SocketsFirst
from tests.app.graphql.small_schema import cursor_of, format_error, make_schema
from tests.app.graphql.world import Serve, World
from tests.listening import listening


async def page(_request: Request) -> Response:
    return HTMLResponse("<h1>the page</h1>")


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
    async with listening(app, ws_max_size=1_000_000, lifespan="off") as world.host:
        yield world


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
