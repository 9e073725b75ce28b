"""Writes outcomes as they come in: whatever a tenant has finished meanwhile is one transaction."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from dispatch.outcomes import Outcome, record_outcomes
from dispatch.statistics import LaneName
from dispatch.tools import DATABASE_TROUBLE, Tools
from models.deliveries import DeliveryStatus

_LATER = frozenset({DeliveryStatus.QUEUED, DeliveryStatus.UNKNOWN})

log: structlog.stdlib.BoundLogger = structlog.get_logger("dispatch")


class Recorder:
    """Outcomes of finished claims by tenant; each releases its slot when it is written.

    It holds no more outcomes than there are slots. `requeued` is called when some of them are to be
    taken up again later.
    """

    def __init__(self, tools: Tools, requeued: Callable[[], None]) -> None:
        self._tools = tools
        self._requeued = requeued
        self._finished: dict[UUID, list[Outcome]] = {}
        self._tenants: asyncio.Queue[UUID] = asyncio.Queue()

    def add(self, outcome: Outcome) -> None:
        """Have an outcome written soon."""
        tenant_id = outcome.claim.outgoing.tenant_id
        if tenant_id not in self._finished:
            self._finished[tenant_id] = []
            self._tenants.put_nowait(tenant_id)
        self._finished[tenant_id].append(outcome)

    async def run(self) -> None:
        """Write, until cancelled. Several tasks may run this at once."""
        while True:
            tenant_id = await self._tenants.get()
            outcomes = self._finished.pop(tenant_id)
            await self._write(tenant_id, outcomes)
            self._tools.slots.release(tenant_id, len(outcomes))

    async def _write(self, tenant_id: UUID, outcomes: list[Outcome]) -> None:
        """Write as long as the claims last; what could not be written, the rescuer finds out."""
        tools = self._tools
        while outcomes:
            try:
                recorded = await record_outcomes(
                    tools.database, tools.bell, tenant_id, outcomes, tools.clock()
                )
            except DATABASE_TROUBLE as trouble:
                tools.weather(trouble)
                await asyncio.sleep(tools.pause.total_seconds())
                outcomes = [o for o in outcomes if tools.clock() < o.claim.held_until]
            except Exception:
                # What cannot be written of one tenant keeps nobody from writing the others'.
                tools.statistics.faults += 1
                log.exception("outcomes_not_written", tenant=str(tenant_id), count=len(outcomes))
                return
            else:
                self._count(recorded)
                tools.statistics.refused += len(outcomes) - len(recorded)
                if any(outcome.status in _LATER for outcome in recorded):
                    self._requeued()
                return

    def _count(self, recorded: Sequence[Outcome]) -> None:
        statistics = self._tools.statistics
        steps = Counter((o.status, o.claim.priority, o.device_id) for o in recorded)
        for (status, priority, device_id), count in steps.items():
            statistics.steps[status] += count
            statistics.steps_by_lane[status, LaneName(priority, device_id)] += count
