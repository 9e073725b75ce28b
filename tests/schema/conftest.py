"""Asking the schema as a client would, but for the transport."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from graphql import GraphQLSchema, OperationType

from app.graphql.compiled import CompiledExecutor
from app.graphql.limits import Limits
from app.graphql.request import OperationRequest
from app.graphql.service import GraphQLService
from app.shared_results import sharing
from gateways.outlets import OutletMaker, OutletOptions
from gateways.secrets import KeyRing
from importing.uploads import UploadFolder
from models.base import now
from models.database import Database
from models.ids import new_id
from models.statements import recorded
from models.tenants import Role
from realtime.bus import Bus
from realtime.hub import Hub
from realtime.presence import Presence, PresenceLimits
from realtime.unit_of_work import Bell
from resolvers.context import Context, Services, Viewer
from resolvers.limits import Limits as ContentLimits
from schema.build import graphql_schema
from schema.errors import format_error
from schema.shortcuts import SHORTCUTS
from tests.schema.listening import results_of

SignUp = Callable[..., Awaitable[Viewer]]


@dataclass(frozen=True)
class Client:
    """One viewer's door to the schema."""

    viewer: Viewer
    service: GraphQLService
    services: Services
    executor: CompiledExecutor
    stock: GraphQLService

    async def result(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The whole result, errors and all.

        What is read is read twice, by compiled code and by graphql-core: to the byte the same.
        """
        result = await self.once(query, **variables)
        prepared = self.service.prepare(OperationRequest(query))
        if prepared.kind is OperationType.QUERY and "INTERNAL" not in str(result.get("errors")):
            context = Context.of(self.viewer, self.services)
            twin = await self.stock.execute(prepared, context, variables)
            assert orjson.dumps(result) == orjson.dumps(twin)
        return result

    async def once(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The result of running it once, by compiled code, as a client reads it."""
        prepared = self.service.prepare(OperationRequest(query))
        self.executor.compile(prepared)
        context = Context.of(self.viewer, self.services)
        result = await self.service.execute(prepared, context, variables)
        return dict(orjson.loads(orjson.dumps(result)))

    async def data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The data of an operation that must not fail."""
        result = await self.result(query, **variables)
        assert "errors" not in result, result["errors"]
        data: dict[str, Any] = result["data"]
        return data

    async def code(self, query: str, /, **variables: Any) -> str:
        """The code of the one error of an operation that must fail."""
        result = await self.result(query, **variables)
        (error,) = result["errors"]
        code: str = error["extensions"]["code"]
        return code

    async def count_statements(self, query: str, /, **variables: Any) -> int:
        """How many SQL statements the operation runs."""
        with recorded() as statements:
            result = await self.once(query, **variables)
        assert "errors" not in result, result["errors"]
        return len(statements)

    async def events(self, query: str, /, **variables: Any) -> AsyncIterator[dict[str, Any]]:
        """The data of a subscription's events."""
        outcome = await self.service.run(
            self.service.prepare(OperationRequest(query)), variables, self.context
        )
        assert not isinstance(outcome, dict), outcome
        hub: Any = self.services.hub
        heard = results_of(outcome, self.service, self.context, hub.joined.release)
        async with aclosing(heard) as results:
            async for result in results:
                assert "errors" not in result, result
                yield result["data"]

    def context(self) -> Context:
        """For one execution."""
        return Context.of(self.viewer, self.services)

    async def refused(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The result with which a subscription ends before it has an event."""
        prepared = self.service.prepare(OperationRequest(query))
        outcome = await self.service.run(prepared, variables, self.context)
        if isinstance(outcome, dict):
            return outcome
        return dict(await anext(results_of(outcome, self.service, self.context)))

    async def refusal(self, query: str, /, **variables: Any) -> str:
        """The code of its one error."""
        (error,) = (await self.refused(query, **variables))["errors"]
        code: str = error["extensions"]["code"]
        return code


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    return graphql_schema()


@pytest.fixture(scope="session")
def executor(schema: GraphQLSchema) -> CompiledExecutor:
    return CompiledExecutor(schema, SHORTCUTS)


@pytest.fixture(scope="session")
def service(schema: GraphQLSchema, executor: CompiledExecutor) -> GraphQLService:
    """It executes everything that is shared again for each subscriber, and compares."""
    return GraphQLService(
        schema,
        limits=Limits(),
        format_error=format_error,
        executor=executor,
        sharing=sharing(schema, shadow_share=1.0),
    )


@pytest.fixture(autouse=True)
def nothing_differs(request: pytest.FixtureRequest) -> Iterator[None]:
    """What was shared in a test was the same for everybody."""
    yield
    if "service" in request.fixturenames:
        statistics = request.getfixturevalue("service").groups.statistics
        assert statistics.differences == 0


@pytest.fixture(scope="session")
def stock(schema: GraphQLSchema) -> GraphQLService:
    """The same schema, executed by graphql-core."""
    return GraphQLService(schema, limits=Limits(), format_error=format_error)


def outlets_of(database: Database, bell: Bell) -> OutletMaker:
    """Outlets that may reach this machine, and that have a key and no files."""

    def read_file(_tenant_id: UUID, name: str) -> bytes:
        raise FileNotFoundError(name)

    options = OutletOptions(internal_addresses=True, call_seconds=5)
    return OutletMaker(database, bell, KeyRing([b"k" * 32]), read_file, options)


class WatchedHub(Hub):
    """Counts who has come into groups."""

    def __init__(self, database: Database, bus: Bus) -> None:
        super().__init__(database, bus)
        self.joined = asyncio.Semaphore(0)


@pytest.fixture(scope="session")
def process(
    database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractAsyncContextManager[Services]]:
    """What one API process has: the shared servers, and a bus and a hub of its own."""

    @asynccontextmanager
    async def run() -> AsyncIterator[Services]:
        # However slow the machine, Redis is there.
        bus = Bus(redis_url, ping_interval=60, timeout=60)
        await bus.connect()
        hub = WatchedHub(database, bus)
        await hub.start()
        # And typing is told once.
        presence = Presence(bus, limits=PresenceLimits(typing_interval=3600))
        await presence.start()
        uploads = UploadFolder(tmp_path_factory.mktemp("uploads"), limit=1_000_000)
        # However slow the machine, a search is to be made to its end.
        limits = ContentLimits(search_seconds=60)
        yield Services(
            database,
            bus,
            hub,
            limits,
            presence=presence,
            uploads=uploads,
            outlet_maker=outlets_of(database, bus),
        )
        await presence.stop()
        await hub.stop()
        await bus.close()

    return run


@pytest.fixture(scope="session")
async def services(
    process: Callable[[], AbstractAsyncContextManager[Services]],
) -> AsyncIterator[Services]:
    async with process() as running:
        yield running


@pytest.fixture
def sign_up(owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID) -> SignUp:
    """Makes a user, of the test's tenant unless told otherwise."""

    async def make(
        handle: str = "ana", role: Role | str = Role.AGENT, in_tenant: UUID | None = None
    ) -> Viewer:
        viewer = Viewer(in_tenant or tenant, new_id(), Role(role))
        await owner.execute(
            "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            viewer.user_id,
            viewer.tenant_id,
            handle,
            handle.capitalize(),
            viewer.role.value,
            now(),
        )
        return viewer

    return make


@pytest.fixture
def client_of(
    service: GraphQLService,
    services: Services,
    executor: CompiledExecutor,
    stock: GraphQLService,
) -> Callable[[Viewer], Client]:
    """The door of a viewer."""
    hub: Any = services.hub
    # Subscribers of other tests may have joined without being waited for.
    hub.joined = asyncio.Semaphore(0)
    return lambda viewer: Client(viewer, service, services, executor, stock)


@pytest.fixture
async def client(sign_up: SignUp, client_of: Callable[[Viewer], Client]) -> Client:
    """The door of a fresh agent in a fresh tenant."""
    return client_of(await sign_up())
