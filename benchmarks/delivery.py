"""How fast messages are queued and sent: about five minutes on a quiet machine.

    python -m benchmarks.delivery [--quick] [--no-peers] [--write]

Servers of its own are started in a temporary folder, PostgreSQL with its default fsync. Workers are
processes of their own; their outlet does nothing, all else is as ever: claims, leases, outcomes,
events in the journal and on the bus. In one run:

- bulk: one `createSchedule` to many addresses, until its recipients are kept; then until each has
  its delivery;
- drain: queued deliveries until all are SENT, by one worker and by two;
- due to sent: one message at a time with an idle worker, from the moment it is asked for until the
  outlet has taken it;
- at once: many `createSchedule` under way together, until all are answered, and until all are SENT;
- no-op jobs of graphile-worker, pg-boss, pgqueuer and BullMQ on the same PostgreSQL and Valkey;
  npm and pip install them the first time.

With --write the table and its picture go into docs/performance.md.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import TypeAlias
from uuid import UUID

import asyncpg
import uvloop

from app.embedded import EmbeddedServers
from app.garbage import spare_collections
from app.migrate import let_in, migrate
from app.seed import ensure_user
from benchmarks.delivery_peers import LONGEST, Rates, measure_peers
from benchmarks.delivery_report import Figures, Latency, Together, table, write_page
from dispatch.firing import fire
from models.base import now
from models.database import Database
from models.ids import new_id
from models.tenants import Role
from realtime.bus import Bus
from realtime.hub import Hub
from realtime.unit_of_work import unit_of_work
from resolvers.context import Context, Services, Viewer
from resolvers.recipients import GivenAudience, GivenRecipient
from resolvers.scheduling import NewSchedule, create_schedule
from resolvers.timing import GivenTiming
from resolvers.wording import GivenMessage

AT_ONCE = 32
UNDER_WAY = """
SELECT EXISTS (SELECT FROM schedules WHERE status = 'ACTIVE' AND next_at IS NOT NULL)
    OR EXISTS (SELECT FROM deliveries WHERE status = 'QUEUED')
    OR EXISTS (SELECT FROM deliveries WHERE status = 'SENDING')
"""

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each."""

    bulk: int = 100_000
    drain: int = 100_000
    alone: int = 300
    together: int = 5_000
    jobs: int = 100_000


QUICK = Sizes(bulk=5_000, drain=5_000, alone=20, together=300, jobs=5_000)


@dataclass(frozen=True, slots=True)
class Bench:
    """What the measurements share. `owner` looks and arranges behind the application's back."""

    servers: EmbeddedServers
    services: Services
    viewer: Viewer
    owner: Pool
    conversation: UUID
    device: UUID

    @property
    def context(self) -> Context:
        """An operation's context."""
        return Context.of(self.viewer, self.services)

    async def until_all_sent(self) -> None:
        """Wait until nothing is to be fired or sent any more."""
        async with asyncio.timeout(LONGEST):
            # Nothing tells that it is so.
            while await self.owner.fetchval(UNDER_WAY):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@asynccontextmanager
async def bench(servers: EmbeddedServers) -> AsyncIterator[Bench]:
    """A tenant with a conversation and a device."""
    await let_in(servers.database_url, servers.url_for("parley"))
    viewer = await ensure_user(servers.database_url, "bench", "ana", Role.AGENT)
    database, bus = Database(servers.url_for("parley")), Bus(servers.redis_url)
    await database.connect()
    await bus.connect()
    # Who looks whether all is sent looks into the queue, and does not read all that was sent.
    looks = {"enable_seqscan": "off"}
    async with asyncpg.create_pool(
        servers.database_url, min_size=1, max_size=2, server_settings=looks
    ) as owner:
        conversation, device = new_id(), new_id()
        await owner.execute(
            "INSERT INTO conversations (id, tenant_id, title, kind, visibility, last_seq,"
            " message_count, live_count, last_activity_at, created_at)"
            " VALUES ($1, $2, 'bench', 'GROUP', 'TENANT', 0, 0, 0, now(), now())",
            conversation,
            viewer.tenant_id,
        )
        await owner.execute(
            "INSERT INTO devices (id, tenant_id, name, kind, state, state_since, settings, limits,"
            " revision, failures, trips, last_seq, created_at) VALUES"
            " ($1, $2, 'out', 'LOOPBACK', 'CONNECTED', now(), '{}', '{}', 1, 0, 0, 0, now())",
            device,
            viewer.tenant_id,
        )
        services = Services(database, bus, Hub(database, bus))
        yield Bench(servers, services, viewer, owner, conversation, device)
    await bus.close()
    await database.close()


@asynccontextmanager
async def workers(bench: Bench, count: int) -> AsyncIterator[None]:
    """Worker processes that are ready; they end with the block."""
    command = (sys.executable, "-m", "benchmarks.delivery_worker")
    urls = (bench.servers.url_for("parley"), bench.servers.redis_url)
    async with AsyncExitStack() as stack:
        for _ in range(count):
            process = await asyncio.create_subprocess_exec(
                *command, *urls, stdout=asyncio.subprocess.PIPE
            )
            stack.push_async_callback(process.wait)
            stack.callback(process.terminate)
            assert process.stdout is not None
            await process.stdout.readline()
        yield


async def bulk(bench: Bench, count: int) -> float:
    """Recipients a second that are kept and queued; prints how fast each of the two is."""
    people = [GivenRecipient(address=f"+346{n:08}") for n in range(count)]
    new = NewSchedule(
        GivenMessage("hello"),
        GivenAudience(recipients=people),
        GivenTiming(),
        device_id=bench.device,
    )
    started = time.perf_counter()
    await create_schedule(bench.context, new)
    kept = time.perf_counter()
    services, tenant_id = bench.services, bench.viewer.tenant_id
    unfinished = 1
    while unfinished:
        async with unit_of_work(services.database, services.bell, tenant_id) as work:
            unfinished = await fire(work, now(), 100)
    queued = time.perf_counter()
    print(f"bulk: {count / (kept - started):,.0f} recipients/s kept in one request,")
    print(f"      {count / (queued - kept):,.0f} deliveries/s queued of them,")
    print(f"      {count / (queued - started):,.0f}/s both")
    await bench.owner.execute("DELETE FROM deliveries")
    return count / (queued - started)


async def drain(bench: Bench, count: int, crew: int) -> float:
    """Deliveries a second from queued to sent."""
    schedule, moment = new_id(), now()
    async with workers(bench, crew):
        async with bench.owner.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO schedules (id, tenant_id, conversation_id, created_by_id, status,"
                " body, send_at, time_zone, last_seq, created_at)"
                " VALUES ($1, $2, $3, $4, 'COMPLETED', 'hello', $5, 'UTC', 0, $5)",
                *(schedule, bench.viewer.tenant_id, bench.conversation, bench.viewer.user_id),
                moment,
            )
            await connection.execute(
                "INSERT INTO deliveries (id, tenant_id, schedule_id, conversation_id,"
                " occurrence_at, recipient, status, body, due_at, attempt, looks, created_at,"
                " updated_at) SELECT uuidv7(), $1, $2, $3, $4, 'to ' || n, 'QUEUED',"
                " 'hello', $4, 0, 0, $4, $4 FROM generate_series(1, $5::int) AS n",
                *(bench.viewer.tenant_id, schedule, bench.conversation, moment, count),
            )
        started = time.perf_counter()
        await bench.until_all_sent()
        return count / (time.perf_counter() - started)


async def due_to_sent(bench: Bench, count: int) -> Latency:
    """How long a message takes when the worker has nothing else to do."""
    async with workers(bench, 1):
        await create_schedule(bench.context, _at_once(bench))
        await bench.until_all_sent()
        moment = now()
        for _ in range(count):
            await create_schedule(bench.context, _at_once(bench))
            await bench.until_all_sent()
    took: list[timedelta] = [
        row["took"]
        for row in await bench.owner.fetch(
            "SELECT updated_at - due_at AS took FROM deliveries WHERE created_at > $1", moment
        )
    ]
    cuts = quantiles([each.total_seconds() * 1_000 for each in took], n=100)
    print(f"due to sent, idle: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms of {len(took)}")
    return Latency(cuts[49], cuts[98])


async def at_once(bench: Bench, count: int) -> Together:
    """How many messages a second are taken, and sent, when all are asked for together."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def send() -> None:
        async with turns:
            await create_schedule(bench.context, _at_once(bench))

    async with workers(bench, 1):
        # Before the clock runs: connections, and the statistics that autovacuum makes each minute.
        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
        await bench.until_all_sent()
        await bench.owner.execute("ANALYZE schedules, deliveries, events")
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(send())
        taken = time.perf_counter() - started
        await bench.until_all_sent()
        sent = time.perf_counter() - started
    print(f"at once: {count / taken:,.0f} answered/s, {count / sent:,.0f} sent/s")
    return Together(count / taken, count / sent)


def _at_once(bench: Bench) -> NewSchedule:
    audience = GivenAudience(conversation_id=bench.conversation)
    return NewSchedule(GivenMessage("hello"), audience, GivenTiming())


async def measure(servers: EmbeddedServers, sizes: Sizes) -> Figures:
    """Parley's figures, printed as they come."""
    async with bench(servers) as ready:
        # As `parley serve` does.
        spare_collections()
        latency = await due_to_sent(ready, sizes.alone)
        together = await at_once(ready, sizes.together)
        drained = {}
        for crew, name in ((1, "Parley, one worker"), (2, "Parley, two workers")):
            drained[name] = await drain(ready, sizes.drain, crew)
            print(f"drain: {drained[name]:,.0f} deliveries/s by {crew}")
        enqueued = await bulk(ready, sizes.bulk)
    rates = {name: Rates(enqueued, rate) for name, rate in drained.items()}
    return Figures(rates, latency, together)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="whether it runs, not how fast")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else Sizes()
    with tempfile.TemporaryDirectory(prefix="parley-benchmark-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data") as servers:
            migrate(servers.url_for("parley_owner"))
            figures = uvloop.run(measure(servers, sizes))
            if not arguments.no_peers:
                rates = {**figures.rates, **measure_peers(servers, sizes.jobs)}
                figures = replace(figures, rates=rates)
    print(table(figures))
    if arguments.write:
        write_page(figures)


if __name__ == "__main__":
    main()
