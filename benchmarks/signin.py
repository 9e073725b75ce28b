"""What signing in costs: database statements and time for cold and warm requests.

    .venv/bin/python -m benchmarks.signin

Starts embedded servers in a temporary directory. A cold request brings a credential that the
process does not know; a warm one brings it again. Times are of one process, one after another.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg

from app.embedded import EmbeddedServers
from app.graphql.limits import Limits
from app.graphql.sockets import SocketRegistry
from app.seed import ensure_user
from app.settings import Settings
from app.signin.reception import Reception, receiving
from app.signin.tokens import Tokens
from benchmarks.own_servers import own_servers
from models.base import now
from models.database import Database, Row
from models.ids import new_id
from models.tenants import Role
from realtime.bus import Bus
from resolvers.context import Viewer
from resolvers.identity.secrets import SecretKind, make_secret

ROUNDS = 2_000


class CountingDatabase(Database):
    """Counts the statements that signing in runs, which all look across tenants."""

    statements = 0

    async def across_tenants(self, function: str, *arguments: Any) -> list[Row]:
        self.statements += 1
        return await super().across_tenants(function, *arguments)


def main() -> None:
    """Start the servers, and measure."""
    with own_servers("signin") as (folder, servers):
        asyncio.run(compare(servers, Tokens.from_file(folder / "keys.json")))


async def compare(servers: EmbeddedServers, tokens: Tokens) -> None:
    """Make a user, and sign them in by all ways."""
    url = servers.database_url
    viewer = await ensure_user(url, "bench", "ana", Role.AGENT)
    async with running(servers, tokens) as (database, reception):
        await measure(database, reception, tokens, viewer, url)


@asynccontextmanager
async def running(
    servers: EmbeddedServers, tokens: Tokens
) -> AsyncIterator[tuple[CountingDatabase, Reception]]:
    """A reception on the embedded servers."""
    database = CountingDatabase(servers.url_for("parley"))
    bus = Bus(servers.redis_url)
    await database.connect()
    await bus.connect()
    registry = SocketRegistry(Limits())
    async with receiving(Settings(), tokens, database, bus, registry) as reception:
        yield database, reception
    await bus.close()
    await database.close()


async def measure(
    database: CountingDatabase, reception: Reception, tokens: Tokens, viewer: Viewer, url: str
) -> None:
    """Print a row for each kind of credential."""
    moment = now()
    jwts = [tokens.issue(viewer, moment, timedelta(hours=1, seconds=n)) for n in range(ROUNDS)]
    keys = [make_secret(SecretKind.API_KEY, viewer.tenant_id) for _ in range(ROUNDS)]
    await insert_keys(url, viewer, [digest for _, digest in keys])
    wrong = [text[:-8] + "00000000" for text, _ in keys]

    async def forget() -> None:
        reception.rights._standings.clear()

    print(f"{'request':<34}{'statements':>12}{'microseconds':>14}")
    await report(database, reception, "access token, process knows nothing", jwts, forget)
    await report(database, reception, "access token, new, user known", jwts_again(tokens, viewer))
    await report(database, reception, "access token, warm", jwts[-1:] * ROUNDS)
    texts = [text for text, _ in keys]
    await report(database, reception, "API key, new", texts)
    await report(database, reception, "API key, warm", texts[-1:] * ROUNDS)
    await report(database, reception, "API key, mistyped", wrong)


def jwts_again(tokens: Tokens, viewer: Viewer) -> list[str]:
    """Tokens that nobody has seen yet."""
    later = now() + timedelta(seconds=1)
    return [tokens.issue(viewer, later, timedelta(hours=2, seconds=n)) for n in range(ROUNDS)]


async def report(
    database: CountingDatabase,
    reception: Reception,
    name: str,
    credentials: list[str],
    before: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Admit each credential; print statements and time a request."""
    database.statements = 0
    started = time.perf_counter()
    for credential in credentials:
        if before is not None:
            await before()
        await asyncio.gather(
            reception.admission.admit(f"Bearer {credential}", None), return_exceptions=True
        )
    seconds = time.perf_counter() - started
    count = len(credentials)
    print(f"{name:<34}{database.statements / count:>12.3f}{seconds / count * 1e6:>14.1f}")


async def insert_keys(url: str, viewer: Viewer, digests: list[bytes]) -> None:
    """Keys behind the application's back."""
    connection = await asyncpg.connect(url)
    await connection.copy_records_to_table(
        "api_keys",
        columns=(
            *("id", "tenant_id", "user_id", "name", "digest", "role"),
            *("read_only", "created_at"),
        ),
        records=[
            (new_id(), viewer.tenant_id, viewer.user_id, "bench", digest, "AGENT", False, now())
            for digest in digests
        ],
    )
    await connection.close()


if __name__ == "__main__":
    main()
