"""One tenant's events in this process: the subscription to the bus, and who reads the journal."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from realtime.bus import Bus, decode_events, events_channel
from realtime.endings import Draining
from realtime.feed import Feed
from realtime.follower import Ending, Follower, Listener
from realtime.journal import Journal, Turns
from realtime.measures import HubLimits, HubStatistics
from realtime.ring import Ring

log = structlog.get_logger(__name__)


class TenantChannel:
    """Lives from its tenant's first listener here to the last; `users` counts them."""

    def __init__(
        self,
        tenant_id: UUID,
        *,
        bus: Bus,
        journal: Journal,
        turns: Turns,
        limits: HubLimits,
        statistics: HubStatistics,
        clock: Callable[[], datetime],
    ) -> None:
        self.users = 0
        self.tenant_id = tenant_id
        self._bus = bus
        self._journal = journal
        self._turns = turns
        self._limits = limits
        self._statistics = statistics
        self._clock = clock
        self._follower = Follower(Ring(limits.ring), statistics, clock)
        self._margin = timedelta(seconds=limits.margin)
        self._floor = clock() - self._margin
        self._look_wanted = False
        self._wanted = asyncio.Event()
        self._opened = asyncio.Event()
        self._failure: Exception | None = None
        self._caretaker = asyncio.create_task(self._run(), name=f"channel {tenant_id}")

    @property
    def closed(self) -> bool:
        """Whether nothing is heard any more."""
        return self._caretaker.done()

    async def opened(self) -> None:
        """Wait until events are heard. Raises Draining, or the database's error."""
        await self._opened.wait()
        if self._failure is not None:
            raise self._failure

    def look(self) -> None:
        """Read soon what was recorded unheard."""
        self._look_wanted = True
        self._wanted.set()

    def end(self, ending: Ending) -> None:
        """End every listener."""
        self._follower.end(ending)

    def close(self) -> asyncio.Task[None]:
        """Hear no more; the task that is returned ends soon."""
        self._caretaker.cancel()
        return self._caretaker

    @asynccontextmanager
    async def feed(self, stream_id: UUID | None, after: Mapping[UUID, int]) -> AsyncIterator[Feed]:
        """A feed of one stream or of all, from now on or after the given seqs."""
        streams = {*after} if stream_id is None else {stream_id}
        await self._learn(streams)
        told = self._follower.positions(streams)
        feed = Feed(
            self._journal,
            self._follower.ring,
            stream_id=stream_id,
            positions={**told, **after},
            behind={stream for stream, seq in after.items() if seq != told[stream]},
            limits=self._limits,
            statistics=self._statistics,
        )
        self._follower.add(feed, stream_id)
        try:
            yield feed
        finally:
            self._follower.remove(feed, stream_id)

    @asynccontextmanager
    async def listener(self, listener: Listener, stream_id: UUID | None) -> AsyncIterator[int]:
        """Tell a listener of one stream or of all; gives the seq after which it begins, or 0."""
        streams = () if stream_id is None else (stream_id,)
        await self._learn(streams)
        self._follower.add(listener, stream_id)
        try:
            yield sum(self._follower.positions(streams).values())
        finally:
            self._follower.remove(listener, stream_id)

    async def _run(self) -> None:
        try:
            async with self._bus.subscription(events_channel(self.tenant_id), self._receive):
                await self._begin()
                self._opened.set()
                while True:
                    await self._take_care()
        except Exception as error:
            self._failure = error
            if self._opened.is_set():
                log.exception("channel_failed", tenant_id=str(self.tenant_id))
        finally:
            self._failure = self._failure or Draining({})
            self._opened.set()
            self.end(Draining)

    async def _begin(self) -> None:
        """Note where the streams stand, and what happened just before."""
        self._floor = self._clock() - self._margin
        spans = await self._journal.spans_since(self._floor)
        self._follower.begin(
            spans, await self._journal.made_since(self._floor, self._limits.ring) if spans else []
        )

    async def _take_care(self) -> None:
        """Wait until something may be missing, and read it; try again where that fails."""
        try:
            async with asyncio.timeout(self._pause()):
                await self._wanted.wait()
        except TimeoutError:
            self._look_wanted = True
        self._wanted.clear()
        try:
            async with self._turns.take():
                await self._read_what_is_missing()
        except Exception:
            await asyncio.sleep(self._limits.poll_interval)
            self.look()

    def _pause(self) -> float:
        """Seconds until the journal is read without a reason."""
        hurried = self._follower.holes or not self._bus.listening
        interval = self._limits.poll_interval if hurried else self._limits.sweep_interval
        return interval * random.uniform(0.8, 1.2)

    async def _read_what_is_missing(self) -> None:
        if not self._look_wanted:
            await self._fill_holes()
            return
        self._look_wanted = False
        moment = self._clock()
        self._follower.compare(await self._journal.spans_since(self._floor))
        await self._fill_holes()
        self._floor = moment - self._margin
        self._follower.forget(self._floor)

    async def _fill_holes(self) -> None:
        """Read what is missing of the streams with holes, then tell what was held back."""
        missing = tuple(self._follower.holes)
        await self._learn(missing)
        self._statistics.holes_read += len(missing)
        more = bool(missing)
        while more:
            entries = await self._journal.events_after(
                self._follower.positions(missing), self._limits.page
            )
            for entry in entries:
                self._follower.take(entry)
            more = len(entries) == self._limits.page
        for stream_id in missing:
            self._follower.release(stream_id)

    async def _learn(self, stream_ids: Iterable[UUID]) -> None:
        unknown = self._follower.unknown(stream_ids)
        if unknown:
            self._follower.learn(await self._journal.positions_before(unknown, self._floor))

    def _receive(self, message: str) -> None:
        """Take a message of the bus: an event a line; empty, it means "look into the journal"."""
        if not message:
            self.look()
        events, unreadable = decode_events(message)
        self._statistics.unreadable += unreadable
        for event in events:
            if event.tenant_id == self.tenant_id:
                self._follower.hear(event)
        if self._follower.holes:
            self._wanted.set()
