"""The one way to PostgreSQL: `reader` for statements of one tenant, `transaction` for changes.

Reads go through asyncpg directly, outside a transaction, on connections that remember the tenant
they were scoped to; writes go through SQLAlchemy sessions, which scope each transaction.
Without a tenant, row-level security shows no rows.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlmodel.ext.asyncio.session import AsyncSession

import models.tables  # noqa: F401 - a flush needs every table that a foreign key names
from models.change import Change
from models.connections import Loan, ScopedConnection
from models.pools import PoolOptions, PoolUse, ReadPool, ReadTimedOut, plain_url
from models.reader import Reader
from models.replicas import Replicas
from models.rows import NOTHING, PackedIds, PartialRow, Row, Table, Tables, WithEach, column_of
from models.statements import note
from models.waking import WAKE, Waker

__all__ = [
    "NOTHING",
    "Change",
    "Database",
    "PackedIds",
    "PartialRow",
    "ReadTimedOut",
    "Reader",
    "Row",
    "ScopedConnection",
    "Table",
    "Tables",
    "WithEach",
    "column_of",
    "plain_url",
]

SET_LOCAL_TENANT = text("SELECT set_config('parley.tenant_id', :tenant, true)")


class Database:
    """Pools to one PostgreSQL as the application's role."""

    def __init__(
        self,
        url: str,
        *,
        pool_min: int = 2,
        pool_max: int = 20,
        pool_recycle: float = 3_600,
        command_timeout: float = 60,
        read_timeout: float = 10,
        replica_urls: Sequence[str] = (),
        replica_max_lag: float = 10,
    ) -> None:
        """`pool_recycle`, the time-outs and `replica_max_lag` are seconds."""
        self.url = plain_url(url)
        self.replicas: Replicas | None = None
        self.reads = ReadPool(
            url, PoolOptions(pool_min, pool_max, pool_recycle, command_timeout, read_timeout)
        )
        if replica_urls:
            # Their connections are made when they are needed: they may be away.
            options = replace(self.reads.options, least=0)
            self.replicas = Replicas(self.reads, replica_urls, options, max_lag=replica_max_lag)
        self._engine: AsyncEngine | None = None
        self._waker = Waker(lambda: self.reads.ask(WAKE))
        self._writes_waiting = 0
        # Changes wait for locked rows; reads must go on meanwhile.
        self._changes = asyncio.Semaphore(max(1, pool_max // 2))

    async def connect(self) -> None:
        """Open the pools. Raises OSError or asyncpg errors when the primary is not there."""
        await self.reads.connect()
        options = self.reads.options
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._raw_connection,
            pool_size=options.most,
            max_overflow=0,
            pool_recycle=int(options.recycle),
            # Errors are logged; what users wrote is not.
            hide_parameters=True,
        )
        event.listen(self._engine.sync_engine, "before_cursor_execute", _start_clock)
        event.listen(self._engine.sync_engine, "after_cursor_execute", _note_cursor)
        if self.replicas is not None:
            await self.replicas.start()

    async def close(self) -> None:
        """Close the pools, waiting for what is under way."""
        if self.replicas is not None:
            await self.replicas.stop()
        await self._waker.settled()
        await self.reads.close()
        if self._engine is not None:
            await self._engine.dispose()

    def pool_uses(self) -> dict[str, PoolUse]:
        """How each pool is used now: `read`, `write`, and `replica-1` and so on."""
        uses = {"read": self.reads.use, "write": self._use_for_writes()}
        for replica in self.replicas.all if self.replicas else ():
            uses[f"replica-{replica.number}"] = replica.reads.use
        return uses

    def reader(self, tenant_id: UUID) -> Reader:
        """Reads scoped to a tenant."""
        return Reader(self.reads, tenant_id)

    @asynccontextmanager
    async def transaction(self, tenant_id: UUID) -> AsyncIterator[AsyncSession]:
        """A session of one transaction scoped to a tenant: commits at the end, or rolls back."""
        assert self._engine is not None, "connect() first"
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            self._writes_waiting += 1
            try:
                connection = await session.connection()
            finally:
                self._writes_waiting -= 1
            await connection.execute(SET_LOCAL_TENANT, {"tenant": str(tenant_id)})
            yield session

    @asynccontextmanager
    async def change(self, tenant_id: UUID) -> AsyncIterator[Change]:
        """A transaction without a session: commits at the end, or rolls back.

        Its connection is one of those for reads, of which changes take half at most.
        """
        async with self._changes, self.reads.transaction(tenant_id) as connection:
            yield Change(connection)

    def connection(self, tenant_id: UUID) -> Loan:
        """A bare connection scoped to a tenant, for COPY and the like."""
        return self.reads.connection(tenant_id)

    @asynccontextmanager
    async def patient_connection(self, tenant_id: UUID) -> AsyncIterator[ScopedConnection]:
        """The same for a statement that waits for locked rows: such take half of them at most."""
        async with self._changes, self.reads.connection(tenant_id) as connection:
            yield connection

    @asynccontextmanager
    async def listen(self, channel: str, heard: Callable[[], None]) -> AsyncIterator[asyncio.Event]:
        """Call `heard` at each NOTIFY of `channel`, on a connection outside the pools.

        The event that is yielded is set when the connection is lost.
        """
        lost = asyncio.Event()
        connection = await self._raw_connection()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(channel, lambda *_: heard())
            yield lost
        finally:
            connection.terminate()

    def wake_workers(self) -> None:
        """Tell the workers soon that there is something to do.

        For transactions that keep their triggers from it; see `models.waking`.
        """
        self._waker.wake()

    async def across_tenants(self, function: str, *arguments: Any) -> list[Row]:
        """Call one of the migrations' SECURITY DEFINER functions, the only ones that see all."""
        marks = ", ".join(f"${n}" for n in range(1, len(arguments) + 1))
        return await self.reads.ask(f"SELECT * FROM {function}({marks})", *arguments)

    async def server_version(self) -> int:
        """PostgreSQL's version as one number: 180006 is 18.6."""
        (row,) = await self.reads.ask("SHOW server_version_num")
        return int(row[0])

    async def revision(self) -> str | None:
        """The migration that the database is at; None when it was never migrated."""
        (row,) = await self.reads.ask("SELECT to_regclass('alembic_version')")
        if row[0] is None:
            return None
        rows = await self.reads.ask("SELECT version_num FROM alembic_version")
        return rows[0].version_num if rows else None

    async def bypasses_policies(self) -> bool:
        """Whether this login is a superuser, bypasses row-level security or owns the tables."""
        (row,) = await self.reads.ask(
            """
            SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (
                SELECT FROM pg_class c WHERE c.relname = 'messages'
                    AND pg_has_role(r.oid, c.relowner, 'USAGE'))
            FROM pg_roles r WHERE r.rolname = current_user
            """
        )
        return bool(row[0])

    def _use_for_writes(self) -> PoolUse:
        assert self._engine is not None, "connect() first"
        pool = cast(QueuePool, self._engine.pool)
        held = pool.checkedout()
        size = pool.checkedin() + held
        return PoolUse(size, held, self._writes_waiting, self.reads.options.most)

    async def _raw_connection(self) -> ScopedConnection:
        connection: ScopedConnection = await asyncpg.connect(
            self.url,
            command_timeout=self.reads.options.command_timeout,
            connection_class=ScopedConnection,
            record_class=Row,
        )
        return connection


def _start_clock(
    _connection: Any, _cursor: DBAPICursor, _sql: str, _values: Any, context: Any, _many: bool
) -> None:
    context.started = time.perf_counter()


def _note_cursor(
    _connection: Any, cursor: DBAPICursor, sql: str, _values: Any, context: Any, _many: bool
) -> None:
    note(sql, cursor.rowcount, time.perf_counter() - context.started)
