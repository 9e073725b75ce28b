"""`parley doctor`: what is wrong with an installation, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.installation import Installation
from app.migrate import head, is_current
from models.database import Database
from models.devices import WHOLE_SYSTEM
from models.pools import plain_url
from resolvers.queue import ALIVE

OLDEST_POSTGRESQL = 150_000
ANSWER_SECONDS = 2

_WORKERS = "SELECT name FROM worker_beats WHERE beat_at > now() - $1::interval ORDER BY started_at"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    good: bool
    detail: str


async def examine(found: Installation, replica_urls: Sequence[str] = ()) -> list[Finding]:
    """Look at PostgreSQL, the login, the migrations, the replicas and Redis."""
    return [
        *await _database(found),
        *[await _replica(number, url) for number, url in enumerate(replica_urls, 1)],
        await _redis(found.redis_url),
    ]


async def _database(found: Installation) -> list[Finding]:
    database = Database(found.database_url, pool_min=1, pool_max=2)
    try:
        await database.connect()
    except (OSError, asyncpg.PostgresError) as error:
        return [Finding("PostgreSQL", good=False, detail=f"not reached: {error}")]
    try:
        revision = await database.revision()
        findings = [await _version(database), await _login(database), _migrations(revision)]
        return [*findings, await _workers(database)] if is_current(revision) else findings
    finally:
        await database.close()


async def _version(database: Database) -> Finding:
    number = await database.server_version()
    good = number >= OLDEST_POSTGRESQL
    detail = f"version {number // 10_000}" + ("" if good else "; 15 or later is needed")
    return Finding("PostgreSQL", good, detail)


async def _login(database: Database) -> Finding:
    if await database.bypasses_policies():
        detail = "sees past row-level security; use one that is only a member of parley_app"
        return Finding("login", good=False, detail=detail)
    return Finding("login", good=True, detail="bound by row-level security")


def _migrations(revision: str | None) -> Finding:
    if is_current(revision):
        detail = "the newest" if revision == head() else "which is newer than this program"
        return Finding("migrations", good=True, detail=f"at {revision}, {detail}")
    detail = f"at {revision or 'none'}, the newest is {head()}; run `parley migrate`"
    return Finding("migrations", good=False, detail=detail)


async def _workers(database: Database) -> Finding:
    """Who sends, by host and process: this is for operators alone, tenants are told how many."""
    async with database.connection(WHOLE_SYSTEM) as connection:
        rows = await connection.fetch(_WORKERS, ALIVE)
    names = ", ".join(row["name"] for row in rows)
    return Finding("workers", good=True, detail=names or "none runs: nothing is sent")


async def _replica(number: int, url: str) -> Finding:
    """Numbered as they are set: a URL may hold a password."""
    subject = f"replica {number}"
    try:
        connection = await asyncpg.connect(plain_url(url), timeout=ANSWER_SECONDS)
    except (OSError, asyncpg.PostgresError) as error:
        return Finding(subject, good=False, detail=f"not reached: {error}")
    try:
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            return Finding(subject, good=True, detail="replays what the primary writes")
        detail = "is a primary of its own and is never read; mend PARLEY_REPLICA_URLS"
        return Finding(subject, good=False, detail=detail)
    finally:
        await connection.close()


async def _redis(url: str) -> Finding:
    redis = Redis.from_url(
        url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
    )
    try:
        await redis.ping()
        return Finding("Redis", good=True, detail="answers")
    except (RedisError, OSError) as error:
        return Finding("Redis", good=False, detail=f"not reached: {error}")
    finally:
        await redis.aclose()
