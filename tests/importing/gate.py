"""A gate in the way of an import, for what has to happen in its middle."""

import asyncio
from uuid import UUID

import pytest

from importing.appending import Tail, insert_ahead
from importing.batches import Batch
from realtime.unit_of_work import UnitOfWork


class Gate:
    """Holds an import, in batches of about a hundred messages, behind its first one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._reached = asyncio.Event()
        self._opened = asyncio.Event()
        monkeypatch.setattr("importing.batches.BATCH_ROWS", 100)
        monkeypatch.setattr("importing.formats.text.READ_BYTES", 2_000)
        monkeypatch.setattr("importing.running.insert_ahead", self._insert)

    async def reached(self) -> None:
        """Wait until the import stands before it."""
        async with asyncio.timeout(60):
            await self._reached.wait()

    def open(self) -> None:
        """Let the import go on, and whatever comes after."""
        self._opened.set()

    async def _insert(self, work: UnitOfWork, import_id: UUID, batch: Batch, tail: Tail) -> None:
        self._reached.set()
        await self._opened.wait()
        await insert_ahead(work, import_id, batch, tail)
