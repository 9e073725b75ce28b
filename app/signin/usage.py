"""When API keys were last used: noted in memory, written at most once a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from models.database import Database

log = structlog.get_logger(__name__)

WRITE_SECONDS = 60


class KeyUsage:
    """Notes uses. As many are held as keys were used since the last writing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._used: dict[UUID, datetime] = {}

    def note(self, key_id: UUID, moment: datetime) -> None:
        """A key was used; costs a request nothing else."""
        self._used[key_id] = moment

    async def write(self) -> None:
        """Write what was noted, in one statement. What fails to be written is forgotten."""
        used, self._used = self._used, {}
        if not used:
            return
        try:
            await self._database.across_tenants(
                "parley_touch_api_keys", list(used), list(used.values())
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            log.warning("key_usage_not_written", keys=len(used))

    @asynccontextmanager
    async def written(self) -> AsyncIterator[None]:
        """Write each minute while the block lasts, and once more at its end."""
        writer = asyncio.create_task(self._write_for_ever(), name="key usage writer")
        try:
            yield
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            await self.write()

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()
