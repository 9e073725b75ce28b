"""What goes wrong with a duty of one tenant keeps neither its other duties nor other tenants."""

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import NamedTuple
from uuid import UUID

import structlog

from dispatch.duties import Duty
from dispatch.tools import DATABASE_TROUBLE, Tools

LONGEST = 64
"""How many times the pause of a worker a duty rests that fails again and again."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("dispatch")


class Rest(NamedTuple):
    """Until when, by the monotonic clock, and how long it is: seconds."""

    until: float
    length: float


class Guard:
    """Of one worker. A duty that fails rests, twice as long each time, and is tried again.

    The rests are this worker's own, and forgotten when the duty did well for as long as it rested.
    They spare the database, whatever the dispatcher's present is.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._rests: dict[tuple[UUID, Duty], Rest] = {}

    def rests(self, tenant_id: UUID, duty: Duty) -> bool:
        """Whether the duty failed lately, and is to be left alone for now."""
        rest = self._rests.get((tenant_id, duty))
        return rest is not None and rest.until > monotonic()

    def awake(self, due: Mapping[UUID, Set[Duty]]) -> dict[UUID, Set[Duty]]:
        """Those of the tenants' duties that do not rest."""
        awake = {
            tenant_id: {duty for duty in duties if not self.rests(tenant_id, duty)}
            for tenant_id, duties in due.items()
        }
        return {tenant_id: duties for tenant_id, duties in awake.items() if duties}

    def shortest_rest(self) -> float:
        """Seconds until the first of the rests is over; infinite when nothing rests."""
        moment = monotonic()
        return min(
            (r.until - moment for r in self._rests.values() if r.until > moment), default=inf
        )

    @contextmanager
    def over(self, tenant_id: UUID, duty: Duty) -> Iterator[None]:
        """See to it that nothing gets out of the block but cancellation."""
        try:
            yield
        except DATABASE_TROUBLE as trouble:
            self._tools.weather(trouble)
            self._rest(tenant_id, duty)
        except Exception:
            self._tools.statistics.faults += 1
            log.exception("duty_fault", duty=duty, tenant=str(tenant_id))
            self._rest(tenant_id, duty)

    def _rest(self, tenant_id: UUID, duty: Duty) -> None:
        moment, pause = monotonic(), self._tools.pause.total_seconds()
        self._rests = {k: r for k, r in self._rests.items() if moment < r.until + r.length}
        earlier = self._rests.get((tenant_id, duty))
        length = min(earlier.length * 2, pause * LONGEST) if earlier else pause
        self._rests[tenant_id, duty] = Rest(moment + length, length)
