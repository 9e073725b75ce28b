"""Who cannot take more waits until something in hand is done, and does not look meanwhile."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from dispatch.claiming import Claim
from dispatch.fairness import Slots
from dispatch.guarding import Guard
from dispatch.limiting import RatePolicy
from dispatch.rescue import Rescuer
from dispatch.rounds import LEAST_REST, Rounds
from dispatch.statistics import WorkerStatistics
from dispatch.tools import Tools
from dispatch.turn import Terms
from tests.dispatch.house import House

HOUR = timedelta(hours=1)


class Resting:
    """Rounds of a worker whose claims are never seen through."""

    def __init__(self, house: House, capacity: int) -> None:
        self.freed = asyncio.Event()
        self.slots = Slots(capacity, self.freed)
        self.claims: list[Claim] = []
        tools = Tools(
            house.database, house.bells, house.clock, self.slots, WorkerStatistics(), pause=HOUR
        )
        guard = Guard(tools)
        rescuer = Rescuer(tools, guard, 10, HOUR, lambda: None)
        self._rounds = Rounds(tools, guard, rescuer, Terms(10, 2 * HOUR, RatePolicy()))

    async def rest(self) -> float:
        """How long it rests after a round, in seconds."""

        def begin(claims: Sequence[Claim]) -> None:
            self.claims += claims

        await self._rounds.round(begin, lambda tenant_id: None)
        return self._rounds.rest()


async def test_full_hands_wait_for_a_slot(house: House) -> None:
    await house.queue(3)
    worker = Resting(house, capacity=2)
    await worker.rest()
    assert len(worker.claims) == 2
    assert await worker.rest() == HOUR.total_seconds()
    assert not worker.freed.is_set()
    worker.slots.release(house.tenant, 1)
    assert worker.freed.is_set()
    await worker.rest()
    assert len(worker.claims) == 3


async def test_a_device_that_takes_no_more_at_once_is_waited_for(house: House) -> None:
    await house.queue(3, await house.device({"at_once": 2}))
    worker, idle = Resting(house, capacity=10), Resting(house, capacity=10)
    await worker.rest()
    assert len(worker.claims) == 2
    assert await worker.rest() == HOUR.total_seconds()
    # Who holds none of them is told by nobody, and looks less and less often.
    assert [await idle.rest() for _ in range(3)] == [LEAST_REST, 2 * LEAST_REST, 4 * LEAST_REST]
    worker.slots.release(house.tenant, 1)
    assert worker.freed.is_set()
