"""One reader's events: first those missed since its cursor, then the live ones, none twice."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Self
from uuid import UUID

import structlog

from realtime.endings import FeedEnded, Reset, TooSlow
from realtime.events import LiveEvent
from realtime.follower import Ending
from realtime.journal import Entry, Journal
from realtime.measures import HubLimits, HubStatistics
from realtime.ring import Ring

log = structlog.get_logger(__name__)


class CallbackListener:
    """Hands each event to a function."""

    def __init__(
        self, receive: Callable[[LiveEvent], None], ended: Callable[[FeedEnded], None]
    ) -> None:
        self._receive = receive
        self._ended = ended
        self._over = False

    def push(self, event: LiveEvent) -> None:
        """Call the function; what it raises is logged."""
        if self._over:
            return
        try:
            self._receive(event)
        except Exception:
            log.exception("listener_failed", stream_id=str(event.stream_id), seq=event.seq)

    def end(self, ending: Ending) -> None:
        """Pass the reason on, once; whoever listens knows how far it got."""
        if not self._over:
            self._over = True
            self._ended(ending({}))


class Feed(AsyncIterator[LiveEvent]):
    """Iterate over it, from one task at a time; it raises a FeedEnded when it is over.

    Live events are buffered from the moment it is made, up to `limits.queue`. While a single
    stream is being replayed, a full buffer is dropped instead, since the journal holds it all: a
    long replay ends no feed and takes no memory.
    """

    __slots__ = (
        "_behind",
        "_ended",
        "_journal",
        "_limits",
        "_positions",
        "_queue",
        "_queue_dropped",
        "_replayed",
        "_ring",
        "_statistics",
        "_stream_id",
        "_waiter",
    )

    def __init__(
        self,
        journal: Journal,
        ring: Ring,
        *,
        stream_id: UUID | None,
        positions: Mapping[UUID, int],
        behind: set[UUID],
        limits: HubLimits,
        statistics: HubStatistics,
    ) -> None:
        """Of one stream, or of all. `positions` are the last seqs that the reader knows, by stream,
        as far as it told; those streams that are `behind` may have gone on since.
        """
        self._stream_id = stream_id
        self._journal = journal
        self._ring = ring
        self._positions = dict(positions)
        self._behind = behind
        self._limits = limits
        self._statistics = statistics
        self._replayed: list[Entry] = []  # the next one last
        self._queue: deque[LiveEvent] = deque()
        self._queue_dropped = False
        self._waiter: asyncio.Future[None] | None = None
        self._ended: FeedEnded | None = None

    @property
    def cursors(self) -> dict[UUID, int]:
        """The last seqs by stream that the reader has taken, as far as they are known.

        A feed of all streams knows those it was joined with, and those with events not yet taken.
        """
        waiting: dict[UUID, int] = {}
        for event in self._queue:
            waiting.setdefault(event.stream_id, event.seq - 1)
        return waiting | self._positions

    def push(self, event: LiveEvent) -> None:
        """Buffer a live event and wake the reader."""
        if self._ended is not None:
            return
        if len(self._queue) >= self._limits.queue:
            if self._stream_id is None or not self._behind:
                self._statistics.dropped_slow += 1
                self.end(TooSlow)
                return
            self._queue.clear()
            self._queue_dropped = True
        self._queue.append(event)
        self._wake()

    def end(self, ending: Ending) -> None:
        """End the feed, dropping what was not taken."""
        if self._ended is None:
            self._ended = ending(self.cursors)
            self._queue.clear()
            self._replayed.clear()
            self._wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveEvent:
        while True:
            event = await self._next_known()
            if event is not None:
                return event
            await self._woken()

    async def known(self, most: int) -> list[LiveEvent]:
        """At most `most` events that are there already; none when the reader has caught up."""
        events: list[LiveEvent] = []
        while len(events) < most:
            event = await self._next_known()
            if event is None:
                break
            events.append(event)
        return events

    async def batch(self, most: int) -> list[LiveEvent]:
        """Wait for an event; at most `most` that are there then."""
        while True:
            events = await self.known(most)
            if events:
                return events
            await self._woken()

    async def _next_known(self) -> LiveEvent | None:
        """The next event; None when the reader has caught up."""
        while self._ended is None:
            if self._replayed:
                entry = self._replayed.pop()
                self._positions[entry.stream_id] = entry.seq
                if entry.event is not None:
                    return entry.event
            elif self._behind:
                await self._catch_up(next(iter(self._behind)))
            elif self._queue:
                event = self._queue.popleft()
                if self._is_new(event):
                    return event
            else:
                return None
        raise self._ended

    def _is_new(self, event: LiveEvent) -> bool:
        """Whether a live event was not replayed before; notes how far its stream has come."""
        position = self._positions.get(event.stream_id)
        if position is not None:
            if event.seq <= position:
                return False
            self._positions[event.stream_id] = event.seq
        return True

    async def _catch_up(self, stream_id: UUID) -> None:
        """Fetch some of what a stream has recorded since its position."""
        position = self._positions[stream_id]
        recent = self._ring.after(stream_id, position)
        if recent is not None:
            self._statistics.replays_ring += 1
            self._replayed = [Entry(stream_id, event.seq, event) for event in reversed(recent)]
            self._behind.discard(stream_id)
            return
        self._queue_dropped = False
        entries = await self._next_page(stream_id, position)
        if entries is None:
            self._statistics.resets += 1
            self.end(lambda _: Reset(stream_id))
            return
        self._statistics.replays_table += 1
        self._replayed = entries[::-1]
        if len(entries) < self._limits.page and not self._queue_dropped:
            self._behind.discard(stream_id)

    async def _next_page(self, stream_id: UUID, position: int) -> list[Entry] | None:
        """What the journal holds after `position`; None if something between is missing."""
        entries = await self._journal.events_after({stream_id: position}, self._limits.page)
        if not entries and await self._journal.last_seq(stream_id) != position:
            # It went on just now, unless what followed is not kept or has never been.
            entries = await self._journal.events_after({stream_id: position}, self._limits.page)
            if not entries:
                return None
        return entries if not entries or entries[0].seq == position + 1 else None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _woken(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
