"""Persisted documents in Redis, shared by all processes, and the latest ones in memory."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from redis import RedisError
from redis.asyncio import Redis

log = structlog.get_logger(__name__)

# How long a request waits for Redis at most, and for how long it is then left alone.
WAIT_SECONDS = 0.25
PAUSE_SECONDS = 2.0
IN_MEMORY = 200
PREFIX = "parley:document:"
INDEX = "parley:documents"

# Keeps the text of ARGV 2 under KEYS 2 for ARGV 3 seconds, and drops the oldest texts beyond
# ARGV 4 of them; KEYS 1 has the hashes by the time at which they came.
KEEP = """
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
local extra = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[4])
if extra > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[1], extra)
  for i = 1, #oldest, 2 do redis.call('DEL', ARGV[5] .. oldest[i]) end
end
"""


class RedisShelf:
    """At most `count` texts, each for `seconds` after it was put. While Redis is away, and
    before `connected`, only what this process has in memory."""

    def __init__(self, redis_url: str, *, seconds: int, count: int) -> None:
        self._redis_url = redis_url
        self._seconds = seconds
        self._count = count
        self._latest: OrderedDict[str, str] = OrderedDict()
        self._redis: Redis | None = None
        self._paused_until = 0.0

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Use Redis while the block lasts."""
        # Its own time-outs can lose a cancellation in Python 3.11; ours cannot.
        self._redis = Redis.from_url(
            self._redis_url, socket_timeout=None, socket_connect_timeout=None
        )
        try:
            yield
        finally:
            redis, self._redis = self._redis, None
            await redis.aclose()

    async def get(self, key: str) -> str | None:
        """The text, if it is known here or in Redis."""
        text = self._latest.get(key)
        if text is None and self._redis is not None:
            found = await self._ask(partial(self._redis.get, PREFIX + key))
            text = found.decode() if isinstance(found, bytes) else None
        if text is not None:
            self._remember(key, text)
        return text

    async def put(self, key: str, text: str) -> None:
        """Keep the text."""
        if self._latest.get(key) == text:
            self._latest.move_to_end(key)
            return
        self._remember(key, text)
        if self._redis is not None:
            numbers = (self._seconds, self._count)
            keys = (INDEX, PREFIX + key)
            await self._ask(partial(self._redis.eval, KEEP, 2, *keys, key, text, *numbers, PREFIX))

    def _remember(self, key: str, text: str) -> None:
        self._latest[key] = text
        self._latest.move_to_end(key)
        if len(self._latest) > IN_MEMORY:
            self._latest.popitem(last=False)

    async def _ask(self, command: Callable[[], Awaitable[Any]]) -> Any:
        """The answer of Redis; None when it does not come in time."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await command()
        except (RedisError, OSError) as error:  # TimeoutError is one of the latter
            log.warning("documents_not_shared", error=type(error).__name__)
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            return None
