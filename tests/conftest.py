"""Real servers for the tests: one PostgreSQL and one Valkey a run, a database a worker.

The run's first process starts the servers and migrates a template; each worker clones it. Every
test has tenants of its own, so nothing is cleaned up between tests.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from app.embedded import EmbeddedServers
from app.migrate import let_in, migrate
from models.database import Database
from tests.core_sources import unpack_core_sources
from tests.installations import copy_demo, write_carelessly
from tests.places import Run, run_folder, temporary_place
from tests.tenants import make_tenant

TEMPLATE = "parley_template"
LOGIN = "parley"
TESTS = Path(__file__).parent
SLOWEST = ("app", "client_examples", "web")
run_key = pytest.StashKey[Run]()
servers_key = pytest.StashKey[EmbeddedServers]()

# A loaded machine is slow, which is nothing that a test finds out.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the run's first process; workers inherit where they are."""
    if hasattr(config, "workerinput"):
        return
    config.stash[run_key] = Run()
    servers = _servers()
    servers.start()
    config.stash[servers_key] = servers
    asyncio.run(write_carelessly(servers))
    asyncio.run(_execute(servers.database_url, f"CREATE DATABASE {TEMPLATE}"))
    migrate(servers.url_for("parley_owner", TEMPLATE))
    asyncio.run(let_in(servers.database_url, servers.url_for(LOGIN)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers and give the run's disk back."""
    if servers_key in config.stash:
        config.stash[servers_key].stop()
    if run_key in config.stash:
        config.stash[run_key].end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that workers end together."""
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in SLOWEST)


def _servers() -> EmbeddedServers:
    return EmbeddedServers(run_folder() / "servers")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def servers() -> EmbeddedServers:
    """The run's servers, for their URLs."""
    return _servers()


@pytest.fixture(scope="session")
def core_sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of graphql-core, with its own tests."""
    return unpack_core_sources(tmp_path_factory.mktemp("graphql-core"))


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder for installations of the module's own."""
    with temporary_place() as path:
        yield path


@pytest.fixture(scope="module")
def demo_dir(place: Path) -> Path:
    """The data directory of an installation with the demo, for the tests of one module."""
    copy_demo(place / "demo")
    return place / "demo"


@pytest.fixture(scope="session")
def redis_url(servers: EmbeddedServers) -> str:
    """The run's Valkey."""
    return servers.redis_url


@pytest.fixture(scope="session")
async def clone_database(
    servers: EmbeddedServers,
) -> Callable[[], Awaitable[str]]:
    """Makes one more migrated database, for a test that wants one alone; gives its name."""

    async def clone() -> str:
        name = f"parley_test_{secrets.token_hex(6)}"
        await _execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    return clone


@pytest.fixture(scope="session")
async def database_name(clone_database: Callable[[], Awaitable[str]]) -> str:
    """The worker's database."""
    return await clone_database()


@pytest.fixture(scope="session")
def database_url(servers: EmbeddedServers, database_name: str) -> str:
    """The worker's database, as the application's login."""
    return servers.url_for(LOGIN, database_name)


@pytest.fixture(scope="session")
def owner_url(servers: EmbeddedServers, database_name: str) -> str:
    """The worker's database, as the owner of the tables, whom no policy binds."""
    return servers.url_for("parley_owner", database_name)


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The worker's database, connected as the application is."""
    database = Database(database_url, pool_min=1, pool_max=8)
    await database.connect()
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def owner(owner_url: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """The worker's database for arranging and looking behind the application's back."""
    async with asyncpg.create_pool(owner_url, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def tenant(owner: "asyncpg.Pool[asyncpg.Record]") -> UUID:
    """A fresh tenant."""
    return await make_tenant(owner)
