"""Local fan-out, one hub a process: joins readers to their tenants' events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from models.base import now
from models.database import Database
from realtime.bus import Bus
from realtime.endings import Draining, FeedEnded, TooManyFeeds
from realtime.events import LiveEvent
from realtime.feed import CallbackListener, Feed
from realtime.journal import Journal, Turns
from realtime.measures import HubLimits, HubStatistics
from realtime.tenant_channel import TenantChannel


class Hub:
    """Every feed of the process. A tenant has one subscription to the bus while it has feeds."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        *,
        limits: HubLimits | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`clock` gives the present, aware."""
        self.statistics = HubStatistics()
        self._database = database
        self._bus = bus
        self._limits = limits or HubLimits()
        self._clock = clock
        self._turns = Turns(self._limits.readers, self.statistics)
        self._channels: dict[UUID, TenantChannel] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._unwatch: Callable[[], None] | None = None
        self._stopped = False

    async def start(self) -> None:
        """Begin to watch the bus for gaps."""
        self._unwatch = self._bus.watch(self._look)

    async def stop(self) -> None:
        """End every feed with Draining, refuse new ones, and leave the bus and the database."""
        self._stopped = True
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
        for channel in tuple(self._channels.values()):
            channel.end(Draining)
            self._close(channel)
        await asyncio.gather(*self._closing, return_exceptions=True)

    @asynccontextmanager
    async def join(
        self,
        tenant_id: UUID,
        stream_id: UUID | None = None,
        after: int | Mapping[UUID, int] | None = None,
    ) -> AsyncIterator[Feed]:
        """A feed of one stream, or of all the tenant's, to iterate over within the block.

        With `after` the events that follow that seq come first: an int for the one stream, a
        mapping for some of all the streams (the others are live only). Without, everything that
        is committed from now on comes, and perhaps what was committed just before.

        Raises TooManyFeeds, Draining, ValueError for cursors that are none, and the database's
        errors. Iterating raises Reset, TooSlow or Draining at the end, and the database's errors.
        """
        positions = _positions(stream_id, after, self._limits.cursors)
        async with self._channel(tenant_id) as channel, channel.feed(stream_id, positions) as feed:
            yield feed

    @asynccontextmanager
    async def listen(
        self,
        tenant_id: UUID,
        receive: Callable[[LiveEvent], None],
        ended: Callable[[FeedEnded], None],
        stream_id: UUID | None = None,
    ) -> AsyncIterator[int]:
        """Call `receive` at once with each event of one stream, or of all the tenant's.

        It must be quick. `ended` is called when there will be no more. Gives the seq of the one
        stream after which it begins. Raises what `join` raises.
        """
        listener = CallbackListener(receive, ended)
        async with (
            self._channel(tenant_id) as channel,
            channel.listener(listener, stream_id) as seq,
        ):
            yield seq

    @asynccontextmanager
    async def _channel(self, tenant_id: UUID) -> AsyncIterator[TenantChannel]:
        if self._stopped:
            raise Draining({})
        if self.statistics.feeds >= self._limits.feeds:
            raise TooManyFeeds(f"this process holds {self._limits.feeds} feeds")
        channel = self._channels.get(tenant_id)
        if channel is None or channel.closed:
            channel = self._open(tenant_id)
        channel.users += 1
        self.statistics.feeds += 1
        try:
            await channel.opened()
            yield channel
        finally:
            channel.users -= 1
            self.statistics.feeds -= 1
            if channel.users == 0:
                self._close(channel)

    def _open(self, tenant_id: UUID) -> TenantChannel:
        channel = TenantChannel(
            tenant_id,
            bus=self._bus,
            journal=Journal(self._database, tenant_id),
            turns=self._turns,
            limits=self._limits,
            statistics=self.statistics,
            clock=self._clock,
        )
        self._channels[tenant_id] = channel
        self.statistics.channels = len(self._channels)
        return channel

    def _close(self, channel: TenantChannel) -> None:
        if self._channels.get(channel.tenant_id) is channel:
            del self._channels[channel.tenant_id]
        self.statistics.channels = len(self._channels)
        task = channel.close()
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _look(self) -> None:
        """What may have been missed in a gap is read."""
        for channel in self._channels.values():
            channel.look()


def _positions(
    stream_id: UUID | None, after: int | Mapping[UUID, int] | None, limit: int
) -> dict[UUID, int]:
    """The cursors by stream; ValueError where they do not fit what is joined."""
    if after is None:
        return {}
    if isinstance(after, int):
        if stream_id is None:
            raise ValueError("a feed of all streams begins after a seq by stream")
        after = {stream_id: after}
    if stream_id is not None and after.keys() != {stream_id}:
        raise ValueError("a feed of one stream begins after a seq of that stream")
    if len(after) > limit:
        raise ValueError(f"a feed begins after at most {limit} cursors")
    if any(seq < 0 for seq in after.values()):
        raise ValueError("a seq is not negative")
    return dict(after)
