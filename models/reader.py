"""Reads of one tenant: statements without a session, of the primary or of a replica."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement

from models.pools import ReadPool, ReadTimedOut
from models.replicas import TROUBLE as REPLICA_TROUBLE
from models.replicas import Replica
from models.rows import Row
from models.statements import note, prepared, render


class Reader:
    """Reads of one tenant, each statement on its own: no session and no transaction is held.

    They are of the primary, until `use` names a replica.
    """

    __slots__ = ("_primary", "_replica", "tenant_id")

    def __init__(self, primary: ReadPool, tenant_id: UUID) -> None:
        self._primary = primary
        self._replica: Replica | None = None
        self.tenant_id = tenant_id

    def use(self, replica: Replica | None) -> None:
        """Read this replica from now on; where it fails, and for None, the primary."""
        self._replica = replica

    @asynccontextmanager
    async def as_one(self) -> AsyncIterator[None]:
        """Have all that is read within take no longer than one read may, waits for connections
        included. Raises ReadTimedOut."""
        seconds = self._primary.options.read_timeout
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise ReadTimedOut(seconds) from None

    async def all(self, statement: ClauseElement) -> list[Row]:
        """Every row of a Core statement. Raises ReadTimedOut."""
        return await self._noted(*render(statement))

    async def rows(
        self, build: Callable[..., ClauseElement], *shape: Hashable, **values: Any
    ) -> list[Row]:
        """Every row of the statement that `build(*shape)` makes, which is built but once.

        `values` are those of its bindparams. Raises ReadTimedOut.
        """
        statement = prepared(build, *shape)
        return await self._noted(statement.sql, statement.arguments(values))

    async def _noted(self, sql: str, arguments: Sequence[Any]) -> list[Row]:
        started = time.perf_counter()
        rows = await self._fetch(sql, arguments)
        note(sql, len(rows), time.perf_counter() - started)
        return rows

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> list[Row]:
        replica = self._replica
        if replica is not None:
            try:
                return await replica.reads.fetch(self.tenant_id, sql, arguments)
            except REPLICA_TROUBLE:
                # It went away, or had to end the read for the sake of what it replays.
                self._replica = None
        return await self._primary.fetch(self.tenant_id, sql, arguments)

    async def first(self, statement: ClauseElement) -> Row | None:
        """The first row of a Core statement, or None."""
        rows = await self.all(statement)
        return rows[0] if rows else None

    async def value(self, statement: ClauseElement) -> Any:
        """The first column of the first row, or None."""
        row = await self.first(statement)
        return None if row is None else row[0]
