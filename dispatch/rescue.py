"""Deliveries whose worker died, or lost its database, in the middle of sending."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.claiming import expired_claims
from dispatch.duties import Duty, find_work
from dispatch.guarding import Guard
from dispatch.outcomes import Outcome, record_outcomes
from dispatch.tools import Tools
from models.database import Database
from models.deliveries import DeliveryStatus
from realtime.unit_of_work import Bell

LEASE_EXPIRED = "LEASE_EXPIRED"


class Rescuer:
    """A duty of its own, so that nothing that is slow or fails in the turns of tenants delays it.

    It looks every `poll`, and when it is wanted; `rescued` is called when there is something to be
    looked for. `batch` bounds what it takes of a tenant at a time.
    """

    def __init__(
        self,
        tools: Tools,
        guard: Guard,
        batch: int,
        poll: timedelta,
        rescued: Callable[[], None],
    ) -> None:
        self._tools = tools
        self._guard = guard
        self._batch = batch
        self._poll = poll
        self._rescued = rescued
        self._wanted = asyncio.Event()

    def want(self) -> None:
        """Have it look soon: a lease is over."""
        self._wanted.set()

    async def run(self) -> None:
        """Rescue, until cancelled."""
        while True:
            self._wanted.clear()
            if await self.rescue():
                self._rescued()
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll.total_seconds()):
                    await self._wanted.wait()

    async def rescue(self) -> int:
        """Rescue a batch of each tenant; how many in all. Errors of the database are weathered."""
        tools, rescued = self._tools, 0
        with tools.weathering():
            work = await find_work(tools.database, tools.clock())
            for tenant_id in work.tenants(Duty.RESCUE):
                if not self._guard.rests(tenant_id, Duty.RESCUE):
                    with self._guard.over(tenant_id, Duty.RESCUE):
                        rescued += await rescue_expired(
                            tools.database, tools.bell, tenant_id, tools.clock(), self._batch
                        )
        tools.statistics.rescued += rescued
        return rescued


async def rescue_expired(
    database: Database, bell: Bell, tenant_id: UUID, now: datetime, limit: int
) -> int:
    """Make UNKNOWN of up to `limit` claims whose lease is over, to be looked for at once.

    Nobody can tell how far their worker got, so none is sent again before it was looked for.
    Returns how many were rescued; what its worker or another rescuer recorded first is left.
    """
    expired = await expired_claims(database, tenant_id, now, limit)
    if not expired:
        return 0
    lost = [Outcome(claim, DeliveryStatus.UNKNOWN, LEASE_EXPIRED, look_at=now) for claim in expired]
    return len(await record_outcomes(database, bell, tenant_id, lost, now))
