"""Pools of connections to one PostgreSQL server, for reads of one tenant each.

Only here are connections taken: each is scoped to a tenant before it shows a row.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import asyncpg

# Both for the rest of the session: whoever gets the connection next asks for what they need.
SCOPE = (
    "SELECT set_config('parley.tenant_id', $1, false), set_config('statement_timeout', $2, false)"
)
ALLOW = "SELECT set_config('statement_timeout', $1, false)"


class Row(asyncpg.Record):
    """A row whose columns are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


if TYPE_CHECKING:
    PlainConnection = asyncpg.Connection[Row]
else:
    PlainConnection = asyncpg.Connection


class ReadTimedOut(Exception):  # noqa: N818 - it reads as what happened
    """A read took longer than `seconds`; PostgreSQL ended it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"a read took longer than {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """How many connections there are at least and at most, and seconds: how long one is used,
    how long a command may take, and how long PostgreSQL works on one read."""

    least: int = 2
    most: int = 20
    recycle: float = 3_600
    command_timeout: float = 60
    read_timeout: float = 10


@dataclass(frozen=True, slots=True)
class PoolUse:
    """How many connections are open, in use and waited for, and how many there may be."""

    size: int
    in_use: int
    waiting: int
    most: int


class ScopedConnection(PlainConnection):
    """A connection that knows which tenant it shows, and how long a statement may take."""

    tenant_id: UUID | None = None
    seconds: float | None = None
    opened_at: float = 0.0

    async def scope_to(self, tenant_id: UUID, seconds: float) -> None:
        """Show the rows of this tenant from now on, and end statements after so many seconds.

        Free when it did so already.
        """
        if (self.tenant_id, self.seconds) != (tenant_id, seconds):
            self.tenant_id = self.seconds = None
            await self.fetchrow(SCOPE, str(tenant_id), _milliseconds(seconds))
            self.tenant_id, self.seconds = tenant_id, seconds

    async def allow(self, seconds: float) -> None:
        """End statements after so many seconds from now on."""
        if self.seconds != seconds:
            self.seconds = None
            await self.fetchrow(ALLOW, _milliseconds(seconds))
            self.seconds = seconds


class ReadPool:
    """Connections to one server as the application's role."""

    def __init__(self, url: str, options: PoolOptions) -> None:
        self.options = options
        self._url = plain_url(url)
        self._waiting = 0
        self._pool: asyncpg.Pool[Row] | None = None

    async def connect(self) -> None:
        """Open the least number of connections. Raises OSError or asyncpg errors without them."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=self.options.least,
            max_size=self.options.most,
            command_timeout=self.options.command_timeout,
            connection_class=ScopedConnection,
            record_class=Row,
            reset=_keep_scope,
            init=_prepare,
            statement_cache_size=500,
        )

    async def close(self) -> None:
        """Close them, waiting for what is under way."""
        if self._pool is not None:
            await self._pool.close()

    def terminate(self) -> None:
        """Close them at once, for a server that does not answer."""
        if self._pool is not None:
            self._pool.terminate()

    async def fetch(self, tenant_id: UUID, sql: str, arguments: Sequence[Any]) -> list[Row]:
        """The rows of a statement scoped to a tenant. Raises ReadTimedOut."""
        seconds = self.options.read_timeout
        async with self._acquired() as connection:
            await connection.scope_to(tenant_id, seconds)
            try:
                # A server that hangs does not end it by itself.
                rows: list[Row] = await connection.fetch(sql, *arguments, timeout=seconds + 1)
            except (asyncpg.QueryCanceledError, TimeoutError):
                raise ReadTimedOut(seconds) from None
            return rows

    @asynccontextmanager
    async def connection(self, tenant_id: UUID) -> AsyncIterator[ScopedConnection]:
        """A connection scoped to a tenant, for what takes longer than a read."""
        async with self._acquired() as connection:
            await connection.scope_to(tenant_id, self.options.command_timeout)
            yield connection

    async def ask(self, sql: str, *arguments: Any) -> list[Row]:
        """The rows of a statement that sees no tenant's rows, or all by a function that may."""
        async with self._acquired() as connection:
            await connection.allow(self.options.command_timeout)
            rows: list[Row] = await connection.fetch(sql, *arguments)
            return rows

    @property
    def raw(self) -> "asyncpg.Pool[Row]":
        """The pool itself."""
        assert self._pool is not None, "connect() first"
        return self._pool

    @property
    def use(self) -> PoolUse:
        """How it is used now."""
        size, idle = self.raw.get_size(), self.raw.get_idle_size()
        return PoolUse(size, size - idle, self._waiting, self.options.most)

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[ScopedConnection]:
        taking = self.raw.acquire()
        self._waiting += 1
        try:
            connection = await taking
        finally:
            self._waiting -= 1
        try:
            scoped = cast(ScopedConnection, connection)
            yield scoped
            if time.monotonic() - scoped.opened_at > self.options.recycle:
                await scoped.close()
        finally:
            await self.raw.release(connection)


def plain_url(url: str) -> str:
    """A URL that asyncpg accepts, from one that may name SQLAlchemy's driver."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1_000:.0f}"


async def _prepare(connection: Any) -> None:
    """Keep one plan a statement: planning a page over dozens of partitions costs more than it."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.opened_at = time.monotonic()


async def _keep_scope(_connection: Any) -> None:
    """Replace asyncpg's reset, which would forget the scope and cost a round trip."""
