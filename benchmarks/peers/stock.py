"""The same schema, resolvers and loaders, executed and served by Strawberry as it comes.

Its caches of parsed and validated documents are on: they are off by default.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from app.installation import Installation
from app.runtime import running
from app.settings import Settings
from models.tenants import Role
from resolvers.context import Context, Services, Viewer
from schema.build import build_schema

WORLD = orjson.loads(os.environ["PEER"])
VIEWER = Viewer(UUID(WORLD["tenantId"]), UUID(WORLD["userId"]), Role.ADMIN)
KNOWN = {WORLD["token"]: (VIEWER, time.time() + 86_400)}


class Stock(GraphQL[Context, None]):
    """Strawberry's own ASGI application, with our context."""

    services: Services

    async def get_context(self, request: Any, response: Any) -> Context:
        assert isinstance(request, Request)
        viewer, until = KNOWN[request.headers["authorization"].removeprefix("Bearer ")]
        assert until > time.time()
        return Context.of(viewer, self.services)


def make_app() -> Starlette:
    """The application, which connects when it starts."""
    schema = build_schema()
    schema.extensions = [ParserCache(maxsize=100), ValidationCache(maxsize=100)]
    stock = Stock(schema)
    key_file = Path(WORLD["folder"]) / "signing-keys.json"
    installation = Installation(WORLD["databaseUrl"], None, WORLD["redisUrl"], key_file)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(installation, Settings()) as runtime:
            stock.services = runtime.services
            yield

    return Starlette(routes=[Route("/graphql", stock)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(make_app(), port=WORLD["port"], log_level="warning", access_log=False)
