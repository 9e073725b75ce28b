"""Budgets a minute, alone and shared through Redis."""

import secrets
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.metering.buckets import Buckets, Exhausted


class Clock:
    """Stands still until it is moved, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


def test_a_budget_is_used_up_and_comes_back(redis_url: str) -> None:
    clock = Clock()
    buckets = Buckets(redis_url, clock=clock)
    ana = buckets.of("ana", 60)

    assert buckets.spend([ana], 50) == 10
    with pytest.raises(Exhausted) as exhausted:
        buckets.spend([ana], 30)
    assert exhausted.value.retry_after == 20

    clock.now += 20
    assert buckets.spend([ana], 30) == 0
    clock.now += 3_600
    assert buckets.spend([ana], 0) == 60


def test_all_charges_are_taken_or_none(redis_url: str) -> None:
    buckets = Buckets(redis_url, clock=Clock())
    ana, tenant = buckets.of("ana", 60), buckets.of("tenant", 60)
    schedules = buckets.of("schedules", 6)

    assert buckets.spend([ana, tenant], 5, (schedules, 7)) == 0
    with pytest.raises(Exhausted):
        buckets.spend([ana, tenant], 5, (schedules, 1))

    assert buckets.spend([ana, tenant], 0) == 55


def test_what_costs_more_than_a_budget_takes_a_whole_one(redis_url: str) -> None:
    clock = Clock()
    buckets = Buckets(redis_url, clock=clock)
    ana = buckets.of("ana", 60)

    assert buckets.spend([ana], 500) == 0
    with pytest.raises(Exhausted) as exhausted:
        buckets.spend([ana], 500)
    assert exhausted.value.retry_after == 60
    clock.now += 60
    assert buckets.spend([ana], 500) == 0


def test_a_bucket_is_the_same_for_all_who_hold_it(redis_url: str) -> None:
    buckets = Buckets(redis_url, clock=Clock())
    ana = buckets.of("ana", 60)
    assert buckets.of("ana", 60) is ana

    # What nobody holds is remembered until Redis was told of it.
    buckets.spend([buckets.of("ben", 60)], 20)
    assert buckets.spend([buckets.of("ben", 60)], 0) == 40


async def test_processes_share_a_budget(redis_url: str, redis: Redis) -> None:
    key, clock = secrets.token_hex(8), Clock()
    first, second = Buckets(redis_url, clock=clock), Buckets(redis_url, clock=clock)
    one, other = first.of(key, 60), second.of(key, 60)

    first.spend([one], 55)
    await first.sync(redis)
    second.spend([other], 1)
    await second.sync(redis)

    with pytest.raises(Exhausted):
        second.spend([other], 10)


async def test_what_is_spent_during_a_synchronisation_counts(redis_url: str, redis: Redis) -> None:
    buckets = Buckets(redis_url, clock=Clock())
    bucket = buckets.of(secrets.token_hex(8), 60)

    buckets.spend([bucket], 10)
    syncing = buckets.sync(redis)
    buckets.spend([bucket], 20)
    await syncing

    assert buckets.spend([bucket], 0) == 30


async def test_without_redis_each_process_counts_alone() -> None:
    buckets = Buckets("redis://127.0.0.1:1", clock=Clock())
    ana = buckets.of("ana", 60)

    async with buckets.synced():
        assert buckets.spend([ana], 50) == 10
        with pytest.raises(Exhausted):
            buckets.spend([ana], 50)
