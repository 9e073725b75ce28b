"""Queries read replicas, and nobody misses what they have just written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, select

from app.database_metrics import pool_metrics
from app.graphql.limits import Limits
from app.graphql.request import OperationRequest
from app.health import Health
from app.limits import budgets
from app.metering.buckets import Buckets
from app.metering.gate import Gate
from app.routing import RecentWrites, RoutedService
from app.settings import Settings
from models.base import now
from models.database import Database
from models.ids import new_id
from models.replicas import ReplicaState
from models.tenants import Role
from realtime.bus import Bus
from realtime.events import LiveEvent
from realtime.hub import Hub
from resolvers.context import Context, Services, Viewer
from schema.build import graphql_schema
from schema.errors import format_error
from tests.app.replicas.standby import Standby

CREATE = 'mutation { createConversation(input: {title: "new"}) { conversation { id } } }'
LIST = "{ conversations { nodes { title } } }"


class Silence:
    """A bell that nobody hears."""

    async def ring(self, events: Sequence[LiveEvent]) -> None:
        pass


class Process:
    """What one process of the API has of it all."""

    def __init__(self, database: Database, redis_url: str) -> None:
        self.recent = RecentWrites(redis_url)
        self.services = Services(database, Silence(), Hub(database, Bus(redis_url)))
        schema = graphql_schema()
        self.service = RoutedService(
            schema,
            limits=Limits(),
            format_error=format_error,
            gate=Gate(schema, Buckets(redis_url), budgets(Settings())),
            recent=self.recent,
        )

    async def titles(self, viewer: Viewer) -> list[str]:
        """The conversations that a viewer's query finds."""
        result = await self.run(viewer, LIST)
        return [node["title"] for node in result["data"]["conversations"]["nodes"]]

    async def run(self, viewer: Viewer, query: str) -> dict[str, Any]:
        """The result of an operation."""
        prepared = self.service.prepare(OperationRequest(query))
        context = Context.of(viewer, self.services)
        result = await self.service.run(prepared, None, lambda: context)
        assert isinstance(result, dict)
        assert "errors" not in result, result
        return result


@asynccontextmanager
async def connected(url: str, replica_url: str, max_lag: float = 600) -> AsyncIterator[Database]:
    """A primary with a replica."""
    database = Database(
        url, pool_min=1, pool_max=4, replica_urls=[replica_url], replica_max_lag=max_lag
    )
    await database.connect()
    try:
        yield database
    finally:
        await database.close()


async def until(database: Database, state: ReplicaState, position: int = 0) -> None:
    """Look at the replica until it is like this."""
    assert database.replicas is not None
    (replica,) = database.replicas.all
    async with asyncio.timeout(60):
        while replica.state is not state or replica.position < position:
            await database.replicas.look()


async def written(database: Database) -> int:
    assert database.replicas is not None
    return await database.replicas.written()


@pytest.fixture
def replica_url(standby: Standby, database_name: str) -> str:
    return standby.url_for("parley", database_name)


@pytest.fixture
async def viewers(owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID) -> tuple[Viewer, Viewer]:
    """Ana and Ben."""
    ana, ben = (Viewer(tenant, new_id(), Role.AGENT) for _ in range(2))
    for viewer in (ana, ben):
        await owner.execute(
            "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
            " VALUES ($1, $2, $3, $3, 'AGENT', $4)",
            viewer.user_id,
            tenant,
            viewer.user_id.hex,
            now(),
        )
    return ana, ben


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine an answer may come late, and the primary would be read instead."""
    monkeypatch.setattr("app.routing.WAIT_SECONDS", 60.0)
    monkeypatch.setattr("models.replicas.ANSWER_SECONDS", 60.0)


async def test_who_has_written_reads_it_and_others_read_the_replica(
    database_url: str,
    replica_url: str,
    redis_url: str,
    standby: Standby,
    viewers: tuple[Viewer, Viewer],
) -> None:
    ana, ben = viewers
    async with connected(database_url, replica_url) as database:
        one, another = Process(database, redis_url), Process(database, redis_url)
        replicas = database.replicas
        async with one.recent.routing(replicas), another.recent.routing(replicas):
            await until(database, ReplicaState.OK, await written(database))
            await standby.pause()
            await one.run(ana, CREATE)

            assert await one.titles(ana) == ["new"]
            assert await another.titles(ana) == ["new"]
            assert await one.titles(ben) == []
            assert await another.titles(ben) == []

            await standby.resume()
            await until(database, ReplicaState.OK, await written(database))
            assert await another.recent.replica_for(ana) is not None
            assert await another.titles(ana) == await one.titles(ben) == ["new"]


async def test_change_that_may_be_answered_in_parts_is_noted_too(
    database_url: str,
    replica_url: str,
    redis_url: str,
    standby: Standby,
    viewers: tuple[Viewer, Viewer],
) -> None:
    ana, _ = viewers
    async with connected(database_url, replica_url) as database:
        process = Process(database, redis_url)
        async with process.recent.routing(database.replicas):
            await until(database, ReplicaState.OK, await written(database))
            await standby.pause()
            # A document that speaks of it takes the way of those that do it.
            await process.run(ana, CREATE.replace("new", "@defer"))
            assert await process.recent.replica_for(ana) is None


async def test_change_does_not_fail_where_the_primary_cannot_be_asked_any_more(
    database_url: str, replica_url: str, redis_url: str, viewers: tuple[Viewer, Viewer]
) -> None:
    ana, _ = viewers
    async with connected(database_url, replica_url) as database:
        await until(database, ReplicaState.OK)
        recent, replicas = RecentWrites(redis_url), database.replicas
        assert replicas is not None

        async def refuse() -> int:
            raise OSError("gone")

        replicas.written = refuse  # type: ignore[method-assign]
        async with recent.routing(replicas):
            assert await recent.replica_for(ana) is not None
            await recent.wrote(ana)
            assert await recent.replica_for(ana) is None


async def test_positions_do_not_move_back(
    database_url: str, replica_url: str, redis_url: str, viewers: tuple[Viewer, Viewer]
) -> None:
    ana, _ = viewers
    async with connected(database_url, replica_url) as database:
        await until(database, ReplicaState.OK, await written(database))
        recent, replicas = RecentWrites(redis_url), database.replicas
        assert replicas is not None
        position = 2**50

        async def at_position() -> int:
            return position

        # Whoever watches the replicas asks too, at any moment.
        replicas.written = at_position  # type: ignore[method-assign]
        async with recent.routing(replicas):
            await recent.wrote(ana)
            position = 5
            await recent.wrote(ana)
            assert await recent.replica_for(ana) is None


async def test_without_redis_the_primary_is_read(
    database_url: str, replica_url: str, viewers: tuple[Viewer, Viewer]
) -> None:
    ana, _ = viewers
    async with connected(database_url, replica_url) as database:
        await until(database, ReplicaState.OK)
        process = Process(database, "unix:///nowhere/redis.sock")
        async with process.recent.routing(database.replicas):
            await process.run(ana, CREATE)
            assert await process.titles(ana) == ["new"]
            assert await process.recent.replica_for(ana) is None


async def test_redis_that_comes_back_is_believed_after_a_while(
    database_url: str, replica_url: str, redis_url: str, viewers: tuple[Viewer, Viewer]
) -> None:
    ana, _ = viewers
    async with connected(database_url, replica_url, max_lag=5) as database:
        await until(database, ReplicaState.OK)
        time = 0.0
        recent = RecentWrites("unix:///nowhere/redis.sock", clock=lambda: time)
        async with recent.routing(database.replicas):
            await recent.wrote(ana)
        recent._redis_url = redis_url
        async with recent.routing(database.replicas):
            assert await recent.replica_for(ana) is None
            time = 15.1
            await until(database, ReplicaState.OK)
            assert await recent.replica_for(ana) is not None


async def test_replica_that_is_far_behind_is_not_read_until_it_has_caught_up(
    database_url: str,
    replica_url: str,
    standby: Standby,
    owner: "asyncpg.Pool[asyncpg.Record]",
    tenant: UUID,
) -> None:
    async with connected(database_url, replica_url, max_lag=0.5) as database:
        replicas = database.replicas
        assert replicas is not None
        await until(database, ReplicaState.OK)
        await standby.pause()
        await owner.execute("UPDATE tenants SET name = 'another' WHERE id = $1", tenant)
        await until(database, ReplicaState.BEHIND)
        assert replicas.choose() is None
        assert (await Health(database, Bus("redis://nowhere")).readiness()).replicas == "1 behind"
        await standby.resume()
        await until(database, ReplicaState.OK)


async def test_replica_that_goes_away_is_not_missed_and_is_read_again_when_it_is_back(
    database_url: str, replica_url: str, standby: Standby, tenant: UUID
) -> None:
    async with connected(database_url, replica_url) as database:
        await until(database, ReplicaState.OK)
        assert database.replicas is not None
        reader = database.reader(tenant)
        reader.use(database.replicas.choose())
        in_recovery = select(func.pg_is_in_recovery())
        assert await reader.value(in_recovery) is True
        standby.stop()
        try:
            # In the middle of an operation it goes on with the primary.
            assert await reader.value(in_recovery) is False
            await until(database, ReplicaState.AWAY)
            assert database.replicas.choose() is None
        finally:
            await standby.start()
        await until(database, ReplicaState.OK)
        reader.use(database.replicas.choose())
        assert await reader.value(in_recovery) is True


async def test_primary_is_no_replica(database_url: str) -> None:
    async with connected(database_url, database_url) as database:
        await until(database, ReplicaState.NO_REPLICA)
        assert database.replicas is not None
        assert database.replicas.choose() is None


async def test_replicas_and_pools_are_measured(database_url: str, replica_url: str) -> None:
    async with connected(database_url, replica_url) as database:
        await until(database, ReplicaState.OK)
        found = {
            (sample.name, *sample.labels.values()): sample.value
            for metric in pool_metrics(database)
            for sample in metric.samples
        }
    waiting = {key[1] for key in found if key[0] == "parley_pool_waiting"}
    assert waiting == {"read", "write", "replica-1"}
    assert found["parley_pool_most", "read"] == 4
    assert found["parley_pool_connections", "replica-1"] >= 1
    assert found["parley_replica_used", "1"] == 1
