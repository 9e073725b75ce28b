"""Redis behind `broadcaster`: a listener that is watched, reconnects and reports every gap.

The backend that comes with broadcaster 0.3.1 delivers nothing with redis-py 8, ends in silence when
Redis goes away, and cannot tell that it missed something while redis-py reconnected. This one
owns its connection: when that is lost, `on_change` is called; a new one is made, everything is
subscribed again, and `on_change` is called once more when Redis has confirmed it.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from broadcaster import BroadcastBackend, Event
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.redis_publisher import RedisPublisher

log = structlog.get_logger(__name__)

# Messages that were read but not yet taken: reading pauses beyond these, and Redis buffers.
READ_AHEAD = 1_000


@dataclass(frozen=True, slots=True)
class Backoff:
    """How many seconds to wait before another attempt: doubling, with jitter, up to `longest`."""

    first: float = 0.05
    longest: float = 2.0

    def delay(self, attempt: int) -> float:
        """Seconds before the attempt after `attempt` failures in a row."""
        return random.uniform(0.5, 1) * min(self.longest, self.first * 2.0 ** min(attempt, 16))


class RedisSession:
    """One connection to Redis, from its first subscription to its loss.

    Commands are answered in their order, so the answer to a PING confirms what was sent before.
    """

    def __init__(
        self,
        connection: AbstractConnection,
        received: "asyncio.Queue[tuple[bytes, bytes]]",
        ping_interval: float,
    ) -> None:
        self._connection = connection
        self._received = received
        self._ping_interval = ping_interval
        self._outbox: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._confirmations: dict[bytes, asyncio.Future[bool]] = {}
        self._pings = 0
        self._heard_since_ping = True

    def send(self, *command: str) -> None:
        """Send a command that changes the subscriptions, in the order of the calls."""
        self._outbox.put_nowait(command)

    def confirmed(self) -> "asyncio.Future[bool]":
        """True when Redis has carried out all that was sent before; False when it is lost."""
        self._pings += 1
        token = str(self._pings)
        confirmation = asyncio.get_running_loop().create_future()
        self._confirmations[token.encode()] = confirmation
        self.send("PING", token)
        return confirmation

    async def run(self) -> None:
        """Write and read until the connection is lost; raises the reason in a group."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self._read())
        finally:
            for confirmation in self._confirmations.values():
                if not confirmation.done():
                    confirmation.set_result(False)
            await self._connection.disconnect(nowait=True)

    async def _write(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._ping_interval):
                    command = await self._outbox.get()
            except TimeoutError:
                command = self._next_ping()
            async with asyncio.timeout(self._ping_interval):
                await self._connection.send_command(*command)

    def _next_ping(self) -> tuple[str, ...]:
        """A sign of life to ask for; a Redis that did not answer the last one is taken for dead."""
        if not self._heard_since_ping:
            raise ConnectionError(f"Redis was silent for {self._ping_interval} s")
        self._heard_since_ping = False
        return ("PING",)

    async def _read(self) -> None:
        while True:
            answer = await self._connection.read_response(timeout=float("inf"))
            self._heard_since_ping = True
            match answer:
                case [b"message", bytes(channel), bytes(data)]:
                    await self._received.put((channel, data))
                # To a connection without subscriptions Redis says but the token.
                case [b"pong", bytes(token)] | bytes(token) if token in self._confirmations:
                    confirmation = self._confirmations.pop(token)
                    if not confirmation.done():
                        confirmation.set_result(True)


class RedisBackend(BroadcastBackend):
    """Publish and subscribe on Redis 7+ or Valkey, for `Broadcast(backend=...)`.

    `subscribe` and `unsubscribe` never suspend and never raise: they say what is wanted, and the
    session sees to it. `Broadcast` is safe to use only so, because it loses a subscriber that
    arrives, fails or is cancelled while another one's `subscribe` is under way.
    """

    def __init__(
        self,
        url: str,
        *,
        on_change: Callable[[], None],
        ping_interval: float = 2.0,
        timeout: float = 2.0,
        backoff: Backoff | None = None,
    ) -> None:
        self.listening = False
        self._on_change = on_change
        self._timeout = timeout
        self._ping_interval = ping_interval
        self._backoff = backoff or Backoff()
        options: dict[str, Any] = {
            # With RESP2 every answer to a subscriber is a list, with either of redis-py's parsers.
            "protocol": 2,
            # redis-py's own time-out uses wait_for, which in Python 3.11 can lose a cancellation.
            "socket_timeout": None,
            "socket_connect_timeout": timeout,
        }
        self._redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
        self._publisher = RedisPublisher(self._redis.connection_pool.make_connection)
        self._wanted: set[str] = set()
        self._received: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue(READ_AHEAD)
        self._session: RedisSession | None = None
        self._listener: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._closed = False

    async def connect(self) -> None:
        """Start listening. Returns after the first attempt, whether Redis was there or not."""
        self._listener = asyncio.create_task(self._listen(), name="redis listener")
        await self._tried.wait()

    async def disconnect(self) -> None:
        """Stop listening and close the connections."""
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        self.listening = False
        self._closed = True
        await self._publisher.close()
        await self._redis.aclose()

    async def subscribe(self, group: str) -> None:
        """Want a channel's messages; `settled` tells when they come."""
        self._wanted.add(group)
        if self._session is not None:
            self._session.send("SUBSCRIBE", group)

    async def unsubscribe(self, group: str) -> None:
        """Want a channel's messages no longer."""
        self._wanted.discard(group)
        if self._session is not None:
            self._session.send("UNSUBSCRIBE", group)

    async def settled(self) -> bool:
        """Wait until Redis has confirmed every subscription that is wanted now.

        False when it is away: `on_change` is called when they are in place.
        """
        return self._session is not None and await self._session.confirmed()

    async def publish(self, channel: str, message: Any) -> None:
        """Send to every process. Raises redis.RedisError or OSError when Redis did not take it."""
        if self._closed:  # the publisher would open a new connection
            raise ConnectionError("the bus was closed")
        async with asyncio.timeout(self._timeout):
            await self._publisher.publish(channel, message)

    async def next_published(self) -> Event:
        """The next readable message; waits for it. Never raises."""
        while True:
            channel, data = await self._received.get()
            try:
                return Event(channel.decode(), data.decode())
            except UnicodeDecodeError:
                log.warning("message_unreadable", channel=repr(channel), size=len(data))

    async def _listen(self) -> None:
        failures = 0
        while True:
            reason = await self._session_until_lost()
            if self.listening:
                failures = 0
                self._change(False)
                log.warning("redis_lost", reason=reason)
            elif failures == 0:
                log.warning("redis_unreachable", reason=reason)
            self._tried.set()
            await asyncio.sleep(self._backoff.delay(failures))
            failures += 1

    async def _session_until_lost(self) -> str:
        """Connect, subscribe and listen; why that failed or ended, in words."""
        connection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(self._timeout):
                await connection.connect()
            self._session = RedisSession(connection, self._received, self._ping_interval)
            if self._wanted:
                self._session.send("SUBSCRIBE", *self._wanted)
            self._session.confirmed().add_done_callback(self._settle)
            await self._session.run()
        except Exception as error:
            return _reason(error)
        finally:
            self._session = None
        raise AssertionError("a session ends by an exception")

    def _settle(self, confirmation: "asyncio.Future[bool]") -> None:
        if confirmation.result():
            self._change(True)
            log.info("redis_listening", channels=len(self._wanted))
            self._tried.set()

    def _change(self, listening: bool) -> None:
        self.listening = listening
        self._on_change()


def _reason(error: BaseException) -> str:
    """The first plain exception within groups, in words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
