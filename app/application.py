"""The ASGI application: routes, and what they need of the running process."""

from collections.abc import AsyncIterator, Awaitable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Scope

from app.built_pages import asks_from_this_machine
from app.connections import LocalConnections
from app.documentation import documentation
from app.documents import document_source
from app.draining import drained_before_stopping
from app.encoded_query import EncodedQuery
from app.execution_metrics import ExecutionMetrics
from app.explaining import Explaining
from app.exports import Exports
from app.graphql.compiled import CompiledExecutor
from app.graphql.doors import Doors
from app.graphql.http import GraphQLHTTP
from app.graphql.service import GraphQLService
from app.graphql.shelf import RedisShelf
from app.graphql.sockets import SocketRegistry
from app.graphql.websocket import GraphQLWebSocket, SocketsFirst
from app.health import Health
from app.installation import Installation
from app.limits import budgets, transport_limits
from app.media import Media
from app.metering.buckets import Buckets
from app.metering.gate import Gate
from app.metrics import Metrics
from app.playground import playground
from app.request_metrics import RequestTimer
from app.routing import RecentWrites, RoutedService
from app.runtime import Runtime, running, working
from app.seed import demo_token
from app.settings import Settings
from app.shared_results import event_cursor, sharing
from app.signin.live import Identity
from app.signin.reception import Reception, address_in, receiving
from app.uploads import upload_routes
from app.web_client import web_client
from app.webhooks import Webhooks
from resolvers.context import Context, Services, Stranger, Viewer
from schema.build import graphql_schema
from schema.errors import format_error
from schema.shortcuts import SHORTCUTS

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[1]
DOCS_SITE = ROOT / "docs-site"
EXAMPLES = ROOT / "client-examples"
PLAYGROUND = playground(EXAMPLES / "playground" / "dist")
WEB_CLIENT = web_client(EXAMPLES / "web" / "dist")
# What pages of other origins may send besides the headers that every page may.
ALLOWED_HEADERS = [
    "Authorization",
    "Content-Type",
    "Last-Event-ID",
    "X-Requested-With",
    "GraphQL-Require-Preflight",
    "Parley-Explain",
    "Apollo-Require-Preflight",
]


class Application:
    """One process of the API. `asgi` is what uvicorn serves; `drain` lets its clients go.

    With `drains` it does so by itself, at SIGTERM.
    """

    def __init__(
        self, installation: Installation, settings: Settings, *, drains: bool = False
    ) -> None:
        self._drains = drains
        self._installation = installation
        self._settings = settings
        self._tokens = installation.tokens()
        self._runtime: Runtime | None = None
        self._reception: Reception | None = None
        self._services: Services | None = None
        self._health: Health | None = None
        self._limits = transport_limits(settings)
        self._buckets = Buckets(installation.redis_url)
        self._recent = RecentWrites(installation.redis_url)
        self._shelf = RedisShelf(
            installation.redis_url,
            seconds=settings.persisted_query_lifetime,
            count=settings.max_persisted_queries,
        )
        self.registry = SocketRegistry(self._limits)
        self.metrics = Metrics()
        self.asgi = self._build()

    async def drain(self) -> None:
        """Stop being ready, take no new sockets, and end those that there are, one by one."""
        if self._health is not None:
            self._health.draining = True
        await self.registry.drain(self._settings.drain_seconds)

    def _build(self) -> ASGIApp:
        schema = graphql_schema()
        suggestions = self._settings.introspection
        executor = CompiledExecutor(schema, SHORTCUTS, suggestions=suggestions)
        routed = partial(RoutedService, recent=self._recent)
        service = (routed if self._settings.replica_urls else GraphQLService)(
            schema,
            limits=self._limits,
            format_error=format_error,
            gate=Gate(schema, self._buckets, budgets(self._settings)),
            executor=executor,
            introspection=self._settings.introspection,
            suggestions=suggestions,
            source=document_source(self._settings, self._shelf),
            sharing=sharing(schema, self._settings.shadow_share),
        )
        self.groups = service.groups
        doors: Doors[Viewer | Stranger] = Doors(
            authenticate=self._authenticate,
            context_for=self._context_for,
            identity_of=_identity,
            cursor_of=event_cursor,
            recall=self._recall,
        )
        self.metrics.show(ExecutionMetrics(executor.statistics, service.documents))
        explainer = Explaining(executor, to_all=self._settings.demo)
        http: ASGIApp = GraphQLHTTP(
            service, doors, self.registry, page=self._playground, explainer=explainer
        )
        routes = [
            # Requests go past the router: see below. It redirects those of /graphql/.
            Route("/graphql", http),
            Route("/", self._web_client),
            *WEB_CLIENT.routes(self._page_config),
            *PLAYGROUND.routes(self._page_config),
            *documentation(DOCS_SITE),
            Mount("/health", routes=[Route("/live", self._live), Route("/ready", self._ready)]),
            Route("/metrics", self.metrics.respond),
            *upload_routes(self._context_of, self._recent.wrote),
            *Media(self._context_of, lambda: self.runtime.media).routes,
            *Exports(self._context_of).routes,
            *Webhooks(lambda: self.runtime, self.metrics.webhook_calls).routes,
        ]
        app = Starlette(routes=routes, middleware=self._middleware(), lifespan=self._lifespan)
        sockets = GraphQLWebSocket(
            service, doors, self.registry, origins=self._settings.allowed_origins
        )
        for layer in reversed(self._middleware()):
            http = layer.cls(http, *layer.args, **layer.kwargs)
        return SocketsFirst(app, path="/graphql", sockets=sockets, http=http)

    def _middleware(self) -> list[Middleware]:
        layers = [Middleware(EncodedQuery), Middleware(RequestTimer, metrics=self.metrics.requests)]
        if self._settings.allowed_origins:
            layers.append(
                Middleware(
                    CORSMiddleware,
                    allow_origins=self._settings.allowed_origins,
                    allow_methods=["GET", "POST"],
                    allow_headers=ALLOWED_HEADERS,
                    expose_headers=["Retry-After"],
                )
            )
        return layers

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            runtime = await stack.enter_async_context(running(self._installation, self._settings))
            worker = None
            if self._settings.worker:
                worker = await stack.enter_async_context(working(runtime, self._settings))
            reception = await stack.enter_async_context(
                receiving(
                    self._settings, self._tokens, runtime.database, runtime.bus, self.registry
                )
            )
            await stack.enter_async_context(self._buckets.synced())
            await stack.enter_async_context(self._shelf.connected())
            await stack.enter_async_context(self._recent.routing(runtime.database.replicas))
            self._runtime = runtime
            self._reception = reception
            self._services = replace(
                runtime.services,
                signing=reception.sign_in,
                connections=LocalConnections(self.registry),
            )
            self._health = Health(runtime.database, runtime.bus, worker)
            self.metrics.watch(runtime, self.registry, self.groups.statistics, worker)
            if self._drains:
                stack.enter_context(drained_before_stopping(self.drain))
            log.info("started", worker=worker is not None)
            yield
        log.info("stopped")

    @property
    def runtime(self) -> Runtime:
        """What is running; there from start-up on."""
        assert self._runtime is not None, "the application was not started"
        return self._runtime

    def _recall(self, authorization: bytes, scope: Scope) -> Viewer | None:
        assert self._reception is not None, "the application was not started"
        return self._reception.admission.recall(authorization, address_in(scope))

    def _authenticate(
        self, authorization: str | None, scope: Scope
    ) -> Awaitable[Viewer | Stranger]:
        assert self._reception is not None, "the application was not started"
        return self._reception.receive(authorization, scope)

    def _context_for(self, asker: Viewer | Stranger, last_event_id: str | None) -> Context:
        assert self._services is not None, "the application was not started"
        return Context.of(asker, self._services, last_event_id)

    async def _context_of(self, request: Request) -> Context:
        asker = await self._authenticate(request.headers.get("authorization"), request.scope)
        return self._context_for(asker, None)

    async def _playground(self, request: Request) -> Response:
        return PLAYGROUND.respond(str(request.url.replace(query="")))

    async def _web_client(self, request: Request) -> Response:
        return WEB_CLIENT.respond(str(request.url.replace(path="/graphql", query="")))

    def _page_config(self, request: Request) -> dict[str, object]:
        """In demo mode a page on this machine is signed in already."""
        token = None
        if self._settings.demo and asks_from_this_machine(request):
            token = demo_token(self._tokens)
        docs = "/docs" if (DOCS_SITE / "index.html").is_file() else None
        demo = self._settings.demo
        return {"endpoint": "/graphql", "token": token, "demo": demo, "docs": docs}

    async def _live(self, request: Request) -> Response:
        assert self._health is not None, "the application was not started"
        return await self._health.live(request)

    async def _ready(self, request: Request) -> Response:
        assert self._health is not None, "the application was not started"
        return await self._health.ready(request)


def _identity(asker: Viewer | Stranger) -> Hashable:
    return Identity.of(asker) if isinstance(asker, Viewer) else asker
