"""Budgets a minute that all processes share, without a request ever waiting for Redis.

A process decides by what it knows of a budget, and tells Redis a moment later what was spent;
the answer is what all processes together have left. So several processes may grant a little more
than one would, for that moment only, and each goes on by itself while Redis is away.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import repeat
from weakref import WeakValueDictionary

import structlog
from redis import RedisError
from redis.asyncio import Redis

log = structlog.get_logger(__name__)

MINUTE = 60.0
SYNC_SECONDS = 0.1
REDIS_SECONDS = 1.0
# After a failure Redis is left alone for a moment.
PAUSE_SECONDS = 2.0
# Of budgets that one message to Redis carries.
MOST_SENT = 500
PREFIX = "parley:budget:"

# A token bucket, kept as its level and the time of that: KEYS are buckets, ARGV are pairs of what
# was spent and the capacity, which comes back within a minute. Returns the levels. A level may go
# below nothing, as far as one minute mends.
SPEND = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local levels = {}
for i, key in ipairs(KEYS) do
  local spent = tonumber(ARGV[2 * i - 1])
  local capacity = tonumber(ARGV[2 * i])
  local bucket = redis.call('HMGET', key, 'level', 'at')
  local level = tonumber(bucket[1]) or capacity
  local at = tonumber(bucket[2]) or now
  level = math.min(capacity, level + math.max(0, now - at) * capacity / 60)
  level = math.max(-capacity, level - spent)
  redis.call('HSET', key, 'level', level, 'at', now)
  redis.call('PEXPIRE', key, 120000)
  levels[i] = tostring(level)
end
return levels
"""


@dataclass(slots=True, weakref_slot=True, eq=False)
class Bucket:
    """What is left of a budget of `capacity` a minute, as far as this process knows."""

    key: str
    capacity: int
    level: float
    at: float
    unsent: int = 0


class Exhausted(Exception):  # noqa: N818 - it reads as what happened
    """A budget does not suffice; `retry_after` is when it will, in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


class Buckets:
    """Token buckets by key. `spend` decides at once; `synced` keeps them in step with Redis.

    A bucket is remembered for as long as anybody holds it, or it has something to tell Redis.
    """

    def __init__(self, redis_url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis_url = redis_url
        self._clock = clock
        self._known: WeakValueDictionary[str, Bucket] = WeakValueDictionary()
        self._unsent: dict[str, Bucket] = {}

    def of(self, key: str, capacity: int) -> Bucket:
        """The bucket of a key, the same for all who hold it at a time; a new one is full."""
        bucket = self._known.get(key)
        if bucket is None:
            bucket = self._known[key] = Bucket(key, capacity, capacity, self._clock())
        return bucket

    def spend(self, buckets: Sequence[Bucket], cost: int, *besides: tuple[Bucket, int]) -> int:
        """Take the cost from each of the buckets, and from those besides what is said with them;
        or raise `Exhausted` and take nothing. Returns the least left over.

        What costs more than a whole budget takes a full one.
        """
        now, least = self._clock(), math.inf
        charges = (*zip(buckets, repeat(cost)), *besides)
        # Every operation comes by here: calls of `min` would take half of the time.
        for bucket, asked in charges:
            capacity = bucket.capacity
            level = bucket.level + (now - bucket.at) * capacity / MINUTE
            bucket.level = level if level < capacity else float(capacity)
            bucket.at = now
            left = bucket.level - (asked if asked < capacity else capacity)
            least = left if left < least else least
        if least < 0:
            raise Exhausted(max(1, math.ceil(max(_wait(*charge) for charge in charges))))
        for bucket, asked in charges:
            taken = asked if asked < bucket.capacity else bucket.capacity
            bucket.level -= taken
            bucket.unsent += taken
            self._unsent[bucket.key] = bucket
        return int(least)

    @asynccontextmanager
    async def synced(self) -> AsyncIterator[None]:
        """Share the budgets through Redis while the block lasts."""
        # Its own time-outs can lose a cancellation in Python 3.11; ours cannot.
        redis = Redis.from_url(self._redis_url, socket_timeout=None, socket_connect_timeout=None)
        task = asyncio.create_task(self._sync_for_ever(redis), name="budgets")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await redis.aclose()

    async def sync(self, redis: Redis) -> None:
        """Tell Redis what was spent, and learn what is left. Raises as redis-py does."""
        while self._unsent:
            batch = [self._unsent.popitem() for _ in range(min(MOST_SENT, len(self._unsent)))]
            spent = [bucket.unsent for _, bucket in batch]
            for _, bucket in batch:
                bucket.unsent = 0
            keys = [PREFIX + key for key, _ in batch]
            capacities = [bucket.capacity for _, bucket in batch]
            numbers = [n for pair in zip(spent, capacities, strict=True) for n in pair]
            levels = await redis.eval(SPEND, len(keys), *keys, *numbers)
            now = self._clock()
            for (_, bucket), level in zip(batch, levels, strict=True):
                # What was spent meanwhile is not in the answer.
                bucket.level, bucket.at = float(level) - bucket.unsent, now

    async def _sync_for_ever(self, redis: Redis) -> None:
        failing = False
        while True:
            await asyncio.sleep(PAUSE_SECONDS if failing else SYNC_SECONDS)
            try:
                async with asyncio.timeout(REDIS_SECONDS):
                    await self.sync(redis)
            except (RedisError, OSError) as error:  # TimeoutError is one of the latter
                if not failing:
                    log.warning("budgets_not_shared", error=type(error).__name__)
                failing = True
                self._forget_unsent()
            else:
                failing = False

    def _forget_unsent(self) -> None:
        """Each process for itself: what was spent meanwhile must not come due all at once."""
        for bucket in self._unsent.values():
            bucket.unsent = 0
        self._unsent.clear()


def _wait(bucket: Bucket, cost: int) -> float:
    """Seconds until the bucket holds enough; nothing or less when it does."""
    return (min(cost, bucket.capacity) - bucket.level) * MINUTE / bucket.capacity
