"""Loaders gather keys, and survive those who stop waiting."""

import asyncio

import pytest

from resolvers.loading import Loader


async def test_keys_of_one_turn_are_one_batch() -> None:
    batches: list[list[int]] = []

    async def double(keys: list[int]) -> list[int]:
        batches.append(keys)
        return [2 * key for key in keys]

    loader = Loader(double)
    assert await asyncio.gather(*(loader.load(key) for key in (1, 2, 1, 3))) == [2, 4, 2, 6]
    assert batches == [[1, 2, 3]]


async def test_cancelled_awaiter_leaves_the_others_and_the_key_alone() -> None:
    release = asyncio.Event()

    async def wait(keys: list[int]) -> list[int]:
        await release.wait()
        return keys

    loader = Loader(wait)
    first, second = loader.load(1), loader.load(1)
    await asyncio.sleep(0)
    first.cancel()
    release.set()
    assert await second == 1
    assert await loader.load(1) == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_failed_batch_fails_each_awaiter() -> None:
    async def fail(_: list[int]) -> list[int]:
        raise LookupError("away")

    loader = Loader(fail)
    results = await asyncio.gather(loader.load(1), loader.load(2), return_exceptions=True)
    assert [type(result) for result in results] == [LookupError, LookupError]
