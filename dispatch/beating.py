"""A worker's sign of life: a row that says how it is doing, and that goes when it stops."""

import asyncio
import os
import socket
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from dispatch.counting import COMPLETED
from dispatch.statistics import LaneName, QueueDepth
from dispatch.tools import DATABASE_TROUBLE, Tools
from models.deliveries import DeliveryStatus
from models.devices import WHOLE_SYSTEM
from models.ids import new_id

EVERY = 5.0
"""Seconds between two beats; who has missed some is taken for dead."""

_BEAT = """
INSERT INTO worker_beats (tenant_id, id, name, started_at, beat_at, capacity, in_flight, claimed,
    completed, failed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at, in_flight = excluded.in_flight,
    claimed = excluded.claimed, completed = excluded.completed, failed = excluded.failed
"""
_LEAVE = "DELETE FROM worker_beats WHERE id = $1"


class Heart:
    """Of one worker. It also looks how deep the queue of the whole installation is."""

    def __init__(self, tools: Tools) -> None:
        self.id: UUID = new_id()
        self._tools = tools
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._started_at: datetime = tools.clock()

    async def run(self) -> None:
        """Beat, until cancelled; then say that the worker is gone."""
        try:
            while True:
                with self._tools.weathering():
                    await self.beat()
                await asyncio.sleep(EVERY)
        finally:
            with suppress(*DATABASE_TROUBLE):
                await self.leave()

    async def beat(self) -> None:
        """Say how the worker is doing. Raises the database's errors."""
        tools, statistics = self._tools, self._tools.statistics
        async with tools.database.connection(WHOLE_SYSTEM) as connection:
            await connection.execute(
                _BEAT,
                WHOLE_SYSTEM,
                self.id,
                self._name,
                self._started_at,
                tools.clock(),
                tools.slots.capacity,
                tools.slots.held.total(),
                statistics.claimed,
                sum(statistics.steps[status] for status in COMPLETED),
                statistics.steps[DeliveryStatus.FAILED],
            )
        statistics.depth = await self._depth()

    async def _depth(self) -> QueueDepth:
        database = self._tools.database
        rows = await database.across_tenants("parley_queue_by_lane")
        lanes = {LaneName(row["priority"], row["device_id"]): row for row in rows}
        [oldest] = await database.across_tenants("parley_queue_oldest")
        return QueueDepth(
            {lane: row["waiting"] for lane, row in lanes.items()},
            {lane: row["active"] for lane, row in lanes.items()},
            oldest["at"],
        )

    async def leave(self) -> None:
        """Say that the worker is gone. Raises the database's errors."""
        async with self._tools.database.connection(WHOLE_SYSTEM) as connection:
            await connection.execute(_LEAVE, self.id)
