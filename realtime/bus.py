"""The seam between processes: who rings, and who hears that something happened.

Events go by way of an outbox, so a change never waits for Redis: `ring` puts them there and one
task publishes, at once if it has rested, otherwise with what comes within a few milliseconds.
Where Redis is away, or too much happens at once, the details are dropped and an empty message
follows as soon as it can: "look into the journal".
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import orjson
import structlog
from broadcaster import Broadcast
from redis import RedisError

from realtime.events import LiveEvent
from realtime.redis_backend import Backoff, RedisBackend

log = structlog.get_logger(__name__)

Receive = Callable[[str], None]

# An event takes about 300 bytes on the wire; beyond these the journal is the better messenger.
EVENTS_IN_A_MESSAGE = 500
SIGNAL_BYTES = 8_192
_FLUSH_SECONDS = 1.0
# What comes within this time of a message goes out together: each costs its sender, Redis and all
# who hear it as much for one event as for many.
_REST_SECONDS = 0.005


def events_channel(tenant_id: UUID) -> str:
    """The channel on which a tenant's events are rung."""
    return f"parley:events:{tenant_id.hex}"


def signal_channel(name: str) -> str:
    """The channel of a kind of control messages."""
    return f"parley:signals:{name}"


def encode_events(events: Sequence[LiveEvent]) -> str:
    """One event a line; no events, an empty message, means "look into the journal"."""
    try:
        # asyncpg's own subclass of UUID is unknown to orjson.
        return "\n".join(orjson.dumps(event, default=str).decode() for event in events)
    except TypeError:
        log.exception("event_not_encoded")
        return ""


def decode_events(message: str) -> tuple[list[LiveEvent], int]:
    """The events of a message, and how many of its lines are none that this version can read."""
    events = []
    lines = message.splitlines()
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            events.append(LiveEvent.decode(line))
    return events, len(lines) - len(events)


@dataclass(slots=True)
class BusStatistics:
    """What the bus has done since the process started."""

    published: int = 0
    publish_failures: int = 0
    looks: int = 0
    gaps: int = 0


class _Relay:
    """One channel: its only subscription at the Broadcast, and who receives here."""

    def __init__(self, broadcast: Broadcast, channel: str) -> None:
        self.receivers: list[Receive] = []
        self.subscribed = asyncio.Event()
        self.task = asyncio.create_task(self._run(broadcast, channel), name=f"relay {channel}")

    async def _run(self, broadcast: Broadcast, channel: str) -> None:
        async with broadcast.subscribe(channel) as subscriber:
            self.subscribed.set()
            while True:
                event = await subscriber.get()
                for receive in tuple(self.receivers):
                    try:
                        receive(event.message)
                    except Exception:
                        log.exception("receiver_failed", channel=channel)


class Bus:
    """Publishes and subscribes through `Broadcast`; goes on, degraded, while Redis is away."""

    def __init__(
        self,
        redis_url: str,
        *,
        ping_interval: float = 2.0,
        timeout: float = 2.0,
        backoff: Backoff | None = None,
    ) -> None:
        """`ping_interval` and `timeout` are seconds: a dead Redis is noticed within twice the
        first, and no connection, write or publication takes longer than the second.
        """
        self.statistics = BusStatistics()
        self._backoff = backoff or Backoff()
        self._backend = RedisBackend(
            redis_url,
            on_change=self._changed,
            ping_interval=ping_interval,
            timeout=timeout,
            backoff=self._backoff,
        )
        self._broadcast = Broadcast(backend=self._backend)
        self._relays: dict[str, _Relay] = {}
        self._watchers: list[Callable[[], None]] = []
        self._outbox: dict[UUID, list[LiveEvent]] = {}
        self._failing = False
        self._filled = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._publisher: asyncio.Task[None] | None = None

    @property
    def listening(self) -> bool:
        """Whether every subscription is in place and Redis answers."""
        return self._backend.listening

    async def connect(self) -> None:
        """Start. Succeeds with Redis down too: then `listening` stays False until it is back."""
        await self._broadcast.connect()
        self._publisher = asyncio.create_task(self._publish_outbox(), name="bus publisher")

    async def close(self) -> None:
        """Publish what is waiting, if Redis takes it within a second, and stop."""
        if self._publisher is None:
            return
        try:
            async with asyncio.timeout(0 if self._failing else _FLUSH_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            log.warning("bus_closed_unflushed", tenants=len(self._outbox))
        tasks = [self._publisher, *(relay.task for relay in self._relays.values())]
        self._relays.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._broadcast.disconnect()

    async def ring(self, events: Sequence[LiveEvent]) -> None:
        """Tell every process of committed events. Neither raises nor waits for Redis."""
        for event in events:
            pending = self._outbox.get(event.tenant_id)
            if pending is None:
                self._outbox[event.tenant_id] = [] if self._failing else [event]
            elif len(pending) >= EVENTS_IN_A_MESSAGE:
                pending.clear()
            elif pending:
                pending.append(event)
        if self._outbox:
            self._idle.clear()
            self._filled.set()

    async def signal(self, name: str, payload: str) -> bool:
        """Send a short control message to every process; False when Redis did not take it.

        Raises ValueError for more than 8 KiB. Nothing keeps it: who is away does not hear it.
        """
        if len(payload.encode()) > SIGNAL_BYTES:
            raise ValueError(f"a signal holds at most {SIGNAL_BYTES} bytes")
        return await self._publish(signal_channel(name), payload) is None

    @asynccontextmanager
    async def subscription(self, channel: str, receive: Receive) -> AsyncIterator[None]:
        """Call `receive` with each message of a channel, in order, while the block lasts.

        Entered as soon as Redis has confirmed it, or at once while Redis is away. `receive` must
        be quick; what it raises is logged.
        """
        relay = self._relays.get(channel)
        if relay is None:
            relay = self._relays[channel] = _Relay(self._broadcast, channel)
        relay.receivers.append(receive)
        try:
            await relay.subscribed.wait()
            await self.settled()
            yield
        finally:
            relay.receivers.remove(receive)
            if not relay.receivers:
                relay.task.cancel()
                if self._relays.get(channel) is relay:
                    del self._relays[channel]

    async def settled(self) -> bool:
        """Wait until Redis has confirmed every subscription begun or ended before.

        What was published before that confirmation has been received, too. False if Redis is away.
        """
        return await self._backend.settled()

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` whenever `listening` has changed; returns what ends this.

        When it has become True again, messages of the time before may have been missed.
        """
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def _changed(self) -> None:
        if not self.listening:
            self.statistics.gaps += 1
        for changed in tuple(self._watchers):
            changed()

    async def _publish_outbox(self) -> None:
        failures = 0
        while True:
            await self._filled.wait()
            while self._outbox:
                tenant_id, events = next(iter(self._outbox.items()))
                del self._outbox[tenant_id]
                error = await self._publish(events_channel(tenant_id), encode_events(events))
                if error is None:
                    failures = 0
                    self._succeeded(len(events))
                else:
                    self._outbox[tenant_id] = []
                    self._failed(error)
                    await asyncio.sleep(self._backoff.delay(failures))
                    failures += 1
            await asyncio.sleep(_REST_SECONDS)

    async def _publish(self, channel: str, message: str) -> Exception | None:
        """Publish, and return what went wrong."""
        try:
            await self._broadcast.publish(channel, message)
        except (RedisError, OSError) as error:
            self.statistics.publish_failures += 1
            return error
        return None

    def _succeeded(self, events: int) -> None:
        self.statistics.published += events
        self.statistics.looks += events == 0
        if self._failing:
            self._failing = False
            log.info("publishing_again", tenants_waiting=len(self._outbox))
        if not self._outbox:
            self._filled.clear()
            self._idle.set()

    def _failed(self, error: Exception) -> None:
        """Keep only which tenants have something to look for, so that an outage costs no memory."""
        for pending in self._outbox.values():
            pending.clear()
        if not self._failing:
            self._failing = True
            log.warning("publishing_failed", reason=f"{type(error).__name__}: {error}")
