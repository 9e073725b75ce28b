"""Budgets a minute, alone and shared through Redis."""

import secrets
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.metering.buckets import Buckets, Charge, Exhausted


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


def charge(cost: int, key: str = "ana", capacity: int = 60) -> Charge:
    return Charge.of(key, cost, capacity)


def test_a_budget_is_used_up_and_comes_back(redis_url: str) -> None:
    clock = Clock()
    buckets = Buckets(redis_url, clock=clock)

    assert buckets.spend([charge(50)]) == 10
    with pytest.raises(Exhausted) as exhausted:
        buckets.spend([charge(30)])
    assert exhausted.value.retry_after == 20

    clock.now += 20
    assert buckets.spend([charge(30)]) == 0
    clock.now += 3_600
    assert buckets.spend([charge(0)]) == 60


def test_all_charges_are_taken_or_none(redis_url: str) -> None:
    buckets = Buckets(redis_url, clock=Clock())

    with pytest.raises(Exhausted):
        buckets.spend([charge(5), charge(5, "tenant", 60), charge(7, "address", 6), charge(1)])
        buckets.spend([charge(5), charge(1, "address", 6)])

    assert buckets.spend([charge(0)]) == 54


def test_what_costs_more_than_a_budget_takes_a_whole_one(redis_url: str) -> None:
    clock = Clock()
    buckets = Buckets(redis_url, clock=clock)

    assert buckets.spend([charge(500)]) == 0
    clock.now += 60
    assert buckets.spend([charge(500)]) == 0


async def test_processes_share_a_budget(redis_url: str, redis: Redis) -> None:
    key, clock = secrets.token_hex(8), Clock()
    first, second = Buckets(redis_url, clock=clock), Buckets(redis_url, clock=clock)

    first.spend([charge(55, key)])
    await first.sync(redis)
    second.spend([charge(1, key)])
    await second.sync(redis)

    with pytest.raises(Exhausted):
        second.spend([charge(10, key)])


async def test_what_is_spent_during_a_synchronisation_counts(redis_url: str, redis: Redis) -> None:
    key, buckets = secrets.token_hex(8), Buckets(redis_url, clock=Clock())

    buckets.spend([charge(10, key)])
    syncing = buckets.sync(redis)
    buckets.spend([charge(20, key)])
    await syncing

    assert buckets.spend([charge(0, key)]) == 30


async def test_without_redis_each_process_counts_alone() -> None:
    buckets = Buckets("redis://127.0.0.1:1", clock=Clock())

    async with buckets.synced():
        assert buckets.spend([charge(50)]) == 10
        with pytest.raises(Exhausted):
            buckets.spend([charge(50)])
