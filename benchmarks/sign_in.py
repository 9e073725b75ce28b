"""What signing in adds to a request: statements, and time against that of one statement.

    python -m benchmarks.sign_in

Servers of its own are started in a temporary folder. A cold request is the first of a user, a
warm one any that follows.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from starlette.requests import HTTPConnection

from app.embedded import EmbeddedServers
from app.graphql.limits import Limits
from app.graphql.sockets import SocketRegistry
from app.migrate import let_in, migrate
from app.settings import Settings
from app.signin.reception import Reception, receiving
from app.signin.tokens import Tokens
from models.base import now
from models.database import Database
from models.ids import new_id
from models.tenants import Role
from realtime.bus import Bus
from resolvers.context import Viewer

USERS = 500
CONNECTION = HTTPConnection({"type": "http", "headers": [], "client": ("127.0.0.1", 1)})


class CountingDatabase(Database):
    """Counts the statements that are run for no tenant, as those of signing in are."""

    statements = 0

    async def across_tenants(self, *arguments: Any, **options: Any) -> Any:
        self.statements += 1
        return await super().across_tenants(*arguments, **options)


async def make_users(owner_url: str) -> list[Viewer]:
    connection = await asyncpg.connect(owner_url)
    tenant = new_id()
    viewers = [Viewer(tenant, new_id(), Role.AGENT) for _ in range(USERS)]
    await connection.execute(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, 'acme', 'acme', now())",
        tenant,
    )
    await connection.executemany(
        "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
        " VALUES ($1, $2, $3, $3, 'AGENT', now())",
        [(viewer.user_id, tenant, viewer.user_id.hex) for viewer in viewers],
    )
    await connection.close()
    return viewers


async def timed(reception: Reception, headers: Sequence[str]) -> float:
    """The median of the seconds that it takes to let each in."""
    times = []
    for header in headers:
        started = time.perf_counter()
        await reception.receive(header, CONNECTION)
        times.append(time.perf_counter() - started)
    return median(times)


async def timed_statement(database: Database) -> float:
    """The median of the seconds that the cheapest statement takes."""
    times = []
    async with database.pool.acquire() as connection:
        for _ in range(USERS):
            started = time.perf_counter()
            await connection.fetchval("SELECT 1")
            times.append(time.perf_counter() - started)
    return median(times)


async def measure(servers: EmbeddedServers, folder: Path) -> None:
    viewers = await make_users(servers.database_url)
    tokens = Tokens.from_file(folder / "keys.json")
    headers = [f"Bearer {tokens.issue(v, now(), timedelta(hours=1))}" for v in viewers]
    database, bus = CountingDatabase(servers.url_for("parley")), Bus(servers.redis_url)
    await database.connect()
    await bus.connect()
    registry = SocketRegistry(Limits())
    async with receiving(Settings(), tokens, database, bus, registry) as reception:
        cold, after_cold = await timed(reception, headers), database.statements
        warm, after_warm = await timed(reception, headers), database.statements
    statement = await timed_statement(database)
    await bus.close()
    await database.close()
    print(
        f"cold: {after_cold / USERS:.2f} statements, {cold * 1e3:.3f} ms,"
        f" {cold / statement:.2f} times the cheapest statement;"
        f" warm: {(after_warm - after_cold) / USERS:.2f} statements, {warm * 1e3:.3f} ms,"
        f" {warm / statement:.2f} times"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # the servers of root run as another user
        with EmbeddedServers(folder / "data") as servers:
            migrate(servers.database_url)
            asyncio.run(let_in(servers.database_url, servers.url_for("parley")))
            asyncio.run(measure(servers, folder))


if __name__ == "__main__":
    main()
