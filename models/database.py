"""The one way to PostgreSQL: `reader` for statements of one tenant, `transaction` for changes.

Reads go through asyncpg directly, outside a transaction, on connections that remember the tenant
they were scoped to; writes go through SQLAlchemy sessions, which scope each transaction.
Nothing else may acquire a connection: without a tenant, row-level security shows no rows.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import ClauseElement, event, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

import models.tables  # noqa: F401 - a flush needs every table that a foreign key names
from models.statements import note, prepared, render

SET_TENANT = "SELECT set_config('parley.tenant_id', $1, false)"
SET_LOCAL_TENANT = text("SELECT set_config('parley.tenant_id', :tenant, true)")


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


class ScopedConnection(PlainConnection):
    """A connection that knows which tenant it shows."""

    tenant_id: UUID | None = None

    async def scope_to(self, tenant_id: UUID) -> None:
        """Show the rows of this tenant from now on; free when it did so already."""
        if self.tenant_id != tenant_id:
            self.tenant_id = None
            await self.execute(SET_TENANT, str(tenant_id))
            self.tenant_id = tenant_id


class Reader:
    """Reads of one tenant, each statement on its own: no session and no transaction is held."""

    __slots__ = ("_pool", "tenant_id")

    def __init__(self, pool: "asyncpg.Pool[Row]", tenant_id: UUID) -> None:
        self._pool = pool
        self.tenant_id = tenant_id

    async def all(self, statement: ClauseElement) -> list[Row]:
        """Every row of a Core statement."""
        return await self._fetch(*render(statement))

    async def rows(
        self, build: Callable[..., ClauseElement], *shape: Hashable, **values: Any
    ) -> list[Row]:
        """Every row of the statement that `build(*shape)` makes, which is built but once.

        `values` are those of its bindparams.
        """
        statement = prepared(build, *shape)
        return await self._fetch(statement.sql, statement.arguments(values))

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> list[Row]:
        async with self._pool.acquire() as connection:
            await cast(ScopedConnection, connection).scope_to(self.tenant_id)
            started = time.perf_counter()
            rows: list[Row] = await connection.fetch(sql, *arguments)
        note(sql, len(rows), time.perf_counter() - started)
        return rows

    async def first(self, statement: ClauseElement) -> Row | None:
        """The first row of a Core statement, or None."""
        rows = await self.all(statement)
        return rows[0] if rows else None

    async def value(self, statement: ClauseElement) -> Any:
        """The first column of the first row, or None."""
        row = await self.first(statement)
        return None if row is None else row[0]


async def _plan_once(connection: PlainConnection) -> None:
    """Keep one plan a statement: planning a page over dozens of partitions costs more than it."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")


async def _keep_scope(_connection: Any) -> None:
    """Replace asyncpg's reset, which would forget the tenant and cost a round trip."""


class Database:
    """Pools to one PostgreSQL as the application's role."""

    def __init__(
        self, url: str, *, pool_min: int = 2, pool_max: int = 20, command_timeout: float = 60
    ) -> None:
        self.url = plain_url(url)
        self._pool_size = (pool_min, pool_max)
        self._command_timeout = command_timeout
        self._pool: asyncpg.Pool[Row] | None = None
        self._engine: AsyncEngine | None = None

    async def connect(self) -> None:
        """Open the pools. Raises OSError or asyncpg errors when the server is not there."""
        low, high = self._pool_size
        self._pool = await asyncpg.create_pool(
            self.url,
            min_size=low,
            max_size=high,
            command_timeout=self._command_timeout,
            connection_class=ScopedConnection,
            record_class=Row,
            reset=_keep_scope,
            init=_plan_once,
            statement_cache_size=500,
        )
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._raw_connection,
            pool_size=high,
            max_overflow=0,
            pool_recycle=3600,
            # Errors are logged; what users wrote is not.
            hide_parameters=True,
        )
        event.listen(self._engine.sync_engine, "before_cursor_execute", _start_clock)
        event.listen(self._engine.sync_engine, "after_cursor_execute", _note_cursor)

    async def close(self) -> None:
        """Close the pools, waiting for what is under way."""
        if self._pool is not None:
            await self._pool.close()
        if self._engine is not None:
            await self._engine.dispose()

    def reader(self, tenant_id: UUID) -> Reader:
        """Reads scoped to a tenant."""
        return Reader(self.pool, tenant_id)

    @asynccontextmanager
    async def transaction(self, tenant_id: UUID) -> AsyncIterator[AsyncSession]:
        """A session of one transaction scoped to a tenant: commits at the end, or rolls back."""
        assert self._engine is not None, "connect() first"
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            connection = await session.connection()
            await connection.execute(SET_LOCAL_TENANT, {"tenant": str(tenant_id)})
            yield session

    @asynccontextmanager
    async def connection(self, tenant_id: UUID) -> AsyncIterator[ScopedConnection]:
        """A bare connection scoped to a tenant, for COPY and the like."""
        async with self.pool.acquire() as connection:
            scoped = cast(ScopedConnection, connection)
            await scoped.scope_to(tenant_id)
            yield scoped

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

    async def across_tenants(self, function: str, *arguments: Any) -> list[Row]:
        """Call one of the migrations' SECURITY DEFINER functions, the only ones that see all."""
        marks = ", ".join(f"${n}" for n in range(1, len(arguments) + 1))
        rows: list[Row] = await self.pool.fetch(f"SELECT * FROM {function}({marks})", *arguments)
        return rows

    async def server_version(self) -> int:
        """PostgreSQL's version as one number: 180006 is 18.6."""
        return int(await self.pool.fetchval("SHOW server_version_num"))

    async def revision(self) -> str | None:
        """The migration that the database is at; None when it was never migrated."""
        if await self.pool.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found: str | None = await self.pool.fetchval("SELECT version_num FROM alembic_version")
        return found

    async def bypasses_policies(self) -> bool:
        """Whether this login is a superuser, bypasses row-level security or owns the tables."""
        bypasses: bool = await self.pool.fetchval(
            """
            SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (
                SELECT FROM pg_class c WHERE c.relname = 'messages'
                    AND pg_has_role(r.oid, c.relowner, 'USAGE'))
            FROM pg_roles r WHERE r.rolname = current_user
            """
        )
        return bypasses

    @property
    def pool(self) -> "asyncpg.Pool[Row]":
        """The pool of reads. Only this module acquires from it."""
        assert self._pool is not None, "connect() first"
        return self._pool

    async def _raw_connection(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.url, command_timeout=self._command_timeout)


def plain_url(url: str) -> str:
    """A URL that asyncpg accepts, from one that may name SQLAlchemy's driver."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def _start_clock(
    _connection: Any, _cursor: DBAPICursor, _sql: str, _values: Any, context: Any, _many: bool
) -> None:
    context.started = time.perf_counter()


def _note_cursor(
    _connection: Any, cursor: DBAPICursor, sql: str, _values: Any, context: Any, _many: bool
) -> None:
    note(sql, cursor.rowcount, time.perf_counter() - context.started)
