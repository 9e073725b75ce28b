"""The worker: fires schedules, sends deliveries and rescues what other workers left behind.

Any number of workers run on one database; docs/deliveries.md says what they promise together.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.beating import Heart
from dispatch.claiming import Claim
from dispatch.collecting import Collector, Files
from dispatch.duties import Duty
from dispatch.fairness import Slots
from dispatch.guarding import Guard
from dispatch.hands import Hands
from dispatch.limiting import RatePolicy
from dispatch.recording import Recorder
from dispatch.rescue import Rescuer
from dispatch.retry import Jitter
from dispatch.rounds import Rounds
from dispatch.sending import Sender
from dispatch.statistics import WorkerStatistics
from dispatch.tools import DATABASE_TROUBLE, Tools
from dispatch.turn import Terms
from gateways.protocol import Gateway
from models.base import now
from models.database import Database
from models.waking import CHANNEL
from realtime.unit_of_work import Bell

RECORDERS = 2
# A connection that died in silence is deaf; a new one now and then bounds for how long.
LISTEN_AGAIN = 300.0


class Worker:
    """One worker. `run` works until `stop`; `run_once` and `drain` do what is due and return.

    At most `in_flight` deliveries are in its hands at once, shared among the tenants that have
    work; `batch` bounds what one tenant's turn takes. A call of the gateway may last `timeout`;
    `lease`, after which others take a claim for lost, must be longer. Times are in the present of
    `clock`. `poll` is the longest it sleeps when no notification comes, `pause` how long it leaves
    a database alone that refuses. `rates` bound what all workers together send. With `files`
    it fetches those that devices heard of.
    """

    def __init__(
        self,
        database: Database,
        bell: Bell,
        gateway: Gateway,
        *,
        clock: Callable[[], datetime] = now,
        jitter: Jitter = random.random,
        batch: int = 100,
        in_flight: int = 100,
        lease: timedelta = timedelta(seconds=60),
        timeout: timedelta = timedelta(seconds=30),
        poll: timedelta = timedelta(seconds=10),
        pause: timedelta = timedelta(seconds=1),
        rates: RatePolicy | None = None,
        files: Files | None = None,
    ) -> None:
        if lease <= timeout:
            raise ValueError("a lease must outlast a call of the gateway")
        self._wake = asyncio.Event()
        self._tools = Tools(
            database, bell, clock, Slots(in_flight, self._wake), WorkerStatistics(), pause
        )
        self._guard = Guard(self._tools)
        self._heart = Heart(self._tools)
        self._recorder = Recorder(self._tools, self._wake.set)
        self._sender = Sender(gateway, timeout, clock, jitter)
        self._rescuer = Rescuer(self._tools, self._guard, batch, poll, self._wake.set)
        terms = Terms(batch, lease, rates or RatePolicy())
        self._rounds = Rounds(self._tools, self._guard, self._rescuer, terms)
        self._collector = Collector(self._tools, files) if files else None
        self._fetching: set[asyncio.Task[None]] = set()
        self._poll = poll
        self._stopping = False
        self._running = False

    @property
    def statistics(self) -> WorkerStatistics:
        """What this worker has done so far."""
        return self._tools.statistics

    @property
    def in_flight(self) -> int:
        """How many deliveries are in its hands now."""
        return self._tools.slots.held.total()

    @property
    def alive(self) -> bool:
        """Whether `run` is under way and has lately looked for work."""
        beat = self.statistics.last_beat
        return self._running and beat is not None and self._tools.clock() - beat < 6 * self._poll

    async def run(self) -> None:
        """Work until `stop`; then finish and record what is in flight.

        Cancelling ends it at once: what was in flight is looked for when its lease is over.
        Raises ExceptionGroup when a duty of the worker's own died; those of tenants do not.
        """
        self._running = True
        try:
            async with self._at_work() as tasks:
                hands = Hands(tasks, self._see_through)
                besides = [
                    tasks.create_task(duty())
                    for duty in (self._listen, self._heart.run, self._rescuer.run)
                ]
                while not self._stopping:
                    self._wake.clear()
                    if not await self._round(tasks, hands):
                        await self._rest()
                # A file that is half there is fetched again by whoever runs then.
                for task in (*besides, *self._fetching):
                    task.cancel()
        finally:
            self._running = False

    def stop(self) -> None:
        """Take no more work; `run` returns when what is in flight is recorded.

        That lasts as long as the calls of the gateway that are under way: `timeout` at most.
        """
        self._stopping = True
        self._wake.set()

    async def run_once(self) -> int:
        """Give each tenant with due work a turn and see it through; how much was taken up."""
        async with self._at_work() as tasks:
            rescued = await self._rescuer.rescue()
            return rescued + await self._round(tasks, Hands(tasks, self._see_through))

    async def drain(self) -> int:
        """Work until nothing is due at the clock's present; how much was taken up in all."""
        total = 0
        while taken := await self.run_once():
            total += taken
        return total

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Tasks that live and die together; the block's end waits for what is in flight."""
        async with asyncio.TaskGroup() as tasks:
            recorders = [tasks.create_task(self._recorder.run()) for _ in range(RECORDERS)]
            yield tasks
            await self._tools.slots.settled()
            for recorder in recorders:
                recorder.cancel()

    async def _round(self, tasks: asyncio.TaskGroup, hands: Hands) -> int:
        """One turn for every tenant with due work; how much was taken up."""

        def collect(tenant_id: UUID) -> None:
            task = tasks.create_task(self._collect(tenant_id))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)

        return await self._rounds.round(hands.begin, collect)

    async def _collect(self, tenant_id: UUID) -> None:
        if self._collector is not None:
            with self._guard.over(tenant_id, Duty.COLLECT):
                if await self._collector.collect(tenant_id):
                    # There may be more of them.
                    self._wake.set()

    async def _see_through(self, claim: Claim) -> None:
        outcome = await self._sender.settle(claim)
        if outcome is not None:
            self._recorder.add(outcome)
        else:
            self.statistics.lapsed += 1
            self._tools.slots.release(claim.outgoing.tenant_id, 1)

    async def _rest(self) -> None:
        """Sleep until something is due, or may be."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self._rounds.rest(), self._poll.total_seconds())):
                await self._wake.wait()

    async def _listen(self) -> None:
        """Wake at each notification, on a connection that is made again when it is lost."""
        while True:
            try:
                async with self._tools.database.listen(CHANNEL, self._wake.set) as lost:
                    # Something may have been told while nobody listened.
                    self._wake.set()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LISTEN_AGAIN):
                            await lost.wait()
            except DATABASE_TROUBLE as trouble:
                self._tools.weather(trouble)
                await asyncio.sleep(self._tools.pause.total_seconds())
