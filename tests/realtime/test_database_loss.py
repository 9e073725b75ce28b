"""PostgreSQL is killed while people write and read: what was committed is delivered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import psutil
import pytest
from sqlalchemy.exc import DBAPIError

from app.embedded import EmbeddedServers
from app.migrate import let_in, migrate
from models.database import Database
from realtime.feed import Feed
from realtime.hub import Hub
from realtime.measures import HubLimits
from tests.places import temporary_place
from tests.realtime.town import PATIENCE, Town, connected


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that the servers' account can reach, too."""
    with temporary_place() as folder:
        yield folder / "data"


@pytest.fixture
def own_servers(data_dir: Path) -> Iterator[EmbeddedServers]:
    """Servers of the test's own, migrated."""
    with EmbeddedServers(data_dir) as servers:
        migrate(servers.database_url)
        yield servers


class Progress:
    """Keeps what happened, and wakes who waits for so much of it."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self._moved = asyncio.Condition()

    async def add(self, seq: int) -> None:
        """One more."""
        async with self._moved:
            self.seqs.append(seq)
            self._moved.notify_all()

    async def reach(self, count: int) -> None:
        """Wait until there are so many."""
        async with asyncio.timeout(PATIENCE), self._moved:
            await self._moved.wait_for(lambda: len(self.seqs) >= count)


def kill_and_restart(servers: EmbeddedServers, data_dir: Path) -> None:
    """Kill PostgreSQL and return when it accepts connections again."""
    [pid_file] = data_dir.rglob("postmaster.pid")
    postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
    postmaster.kill()
    postmaster.wait(PATIENCE)
    servers.start()


async def write_without_end(town: Town, conversation: UUID, committed: Progress) -> None:
    """Commit one message after the other, and try again where the database is away."""
    while True:
        try:
            await town.write(conversation)
        except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(0.01)
        else:
            await committed.add(0)


async def read_without_end(feed: Feed, delivered: Progress) -> None:
    """Keep the seqs of all that is delivered."""
    async for event in feed:
        await delivered.add(event.seq)


async def test_what_was_committed_is_delivered(
    own_servers: EmbeddedServers, data_dir: Path
) -> None:
    tenant_id, committed, alone, among_all = uuid4(), Progress(), Progress(), Progress()
    await let_in(own_servers.database_url, own_servers.url_for("parley"))
    database = Database(own_servers.url_for("parley"), pool_min=1, pool_max=4)
    await database.connect()
    async with (
        connected(own_servers.redis_url) as bus,
        asyncpg.create_pool(own_servers.database_url, min_size=0, max_size=1) as owner,
    ):
        await owner.execute(
            "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, 'a', 'a', now())",
            tenant_id,
        )
        hub = Hub(database, bus, limits=HubLimits(poll_interval=0.05, sweep_interval=0.2))
        await hub.start()
        town = Town(database, bus, owner, tenant_id)
        conversation = await town.conversation()
        async with (
            hub.join(tenant_id, conversation) as feed,
            hub.join(tenant_id) as everything,
            asyncio.TaskGroup() as tasks,
        ):
            readers = [
                tasks.create_task(read_without_end(feed, alone)),
                tasks.create_task(read_without_end(everything, among_all)),
            ]
            writer = tasks.create_task(write_without_end(town, conversation, committed))
            for _ in range(3):
                await committed.reach(len(committed.seqs) + 20)
                await asyncio.to_thread(kill_and_restart, own_servers, data_dir)
            await committed.reach(len(committed.seqs) + 20)
            writer.cancel()
            await asyncio.wait([writer])
            # Other than `committed`, it knows of commits whose answer was lost.
            recorded = [seq for _, seq in await town.recorded(conversation)]
            await alone.reach(len(recorded))
            await among_all.reach(len(recorded))
            assert alone.seqs == among_all.seqs == recorded
            for reader in readers:
                reader.cancel()
        await hub.stop()
    await database.close()
