"""Pools of connections to one PostgreSQL server, for reads of one tenant each.

Only here are connections taken: each is scoped to a tenant before it shows a row.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from models.connections import Connections, Loan, ScopedConnection
from models.rows import Row


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


class ReadPool:
    """Connections to one server as the application's role."""

    def __init__(self, url: str, options: PoolOptions) -> None:
        self.options = options
        self._url = plain_url(url)
        self._connections = Connections(self._open, most=options.most, recycle=options.recycle)

    async def connect(self) -> None:
        """Open the least number of connections. Raises OSError or asyncpg errors without them."""
        await self._connections.open(self.options.least)

    async def close(self) -> None:
        """Close them, waiting for what is under way."""
        await self._connections.close()

    def terminate(self) -> None:
        """Close them at once, for a server that does not answer."""
        self._connections.terminate()

    async def fetch(self, tenant_id: UUID, sql: str, arguments: Sequence[Any]) -> list[Row]:
        """The rows of a statement scoped to a tenant. Raises ReadTimedOut."""
        seconds = self.options.read_timeout
        async with self._connections.lent(tenant_id, seconds) as connection:
            try:
                # A server that hangs does not end it by itself.
                rows: list[Row] = await connection.fetch(sql, *arguments, timeout=seconds + 1)
            except (asyncpg.QueryCanceledError, TimeoutError):
                raise ReadTimedOut(seconds) from None
            return rows

    def connection(self, tenant_id: UUID) -> Loan:
        """A connection scoped to a tenant, for what takes longer than a read."""
        return self._connections.lent(tenant_id, self.options.command_timeout)

    @asynccontextmanager
    async def transaction(self, tenant_id: UUID) -> AsyncIterator[ScopedConnection]:
        """A connection in a transaction of a tenant: commits at the end, or rolls back."""
        async with self.connection(tenant_id) as connection:
            await connection.execute("BEGIN")
            try:
                yield connection
            except Exception:
                await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")

    async def ask(self, sql: str, *arguments: Any) -> list[Row]:
        """The rows of a statement that sees no tenant's rows, or all by a function that may."""
        seconds = self.options.command_timeout
        async with self._connections.lent(None, seconds) as connection:
            rows: list[Row] = await connection.fetch(sql, *arguments)
            return rows

    @property
    def use(self) -> PoolUse:
        """How it is used now."""
        held = self._connections
        return PoolUse(held.size, held.in_use, held.waiting, self.options.most)

    async def _open(self) -> ScopedConnection:
        connection: ScopedConnection = await asyncpg.connect(
            self._url,
            command_timeout=self.options.command_timeout,
            connection_class=ScopedConnection,
            record_class=Row,
            statement_cache_size=500,
        )
        # Keep one plan a statement: planning a page over dozens of partitions costs more than it.
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        return connection


def plain_url(url: str) -> str:
    """A URL that asyncpg accepts, from one that may name SQLAlchemy's driver."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)
