"""Loaders gather keys, and survive those who stop waiting."""

import asyncio
from typing import Any

import pytest

from resolvers.loading import Batch, Loader, batches_recorded


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


async def test_a_key_can_be_primed_and_cleared() -> None:
    asked: list[list[int]] = []

    async def double(keys: list[int]) -> list[int]:
        asked.append(keys)
        return [2 * key for key in keys]

    loader = Loader(double)
    loader.prime(1, 7)
    assert await loader.load(1) == 7
    loader.clear(1)
    assert await loader.load(1) == 2
    loader.prime(1, 7)
    assert await loader.load(1) == 2
    loader.clear_all()
    assert await loader.load_many([1, 2]) == [2, 4]
    assert asked == [[1], [1, 2]]


async def test_keys_of_a_failed_batch_are_asked_for_anew() -> None:
    answers = iter((LookupError("away"), None))

    async def fail_once(keys: list[int]) -> list[int]:
        error = next(answers)
        if error is not None:
            raise error
        return keys

    loader = Loader(fail_once)
    with pytest.raises(LookupError):
        await loader.load(1)
    assert await loader.load(1) == 1


async def test_an_exception_among_the_values_is_raised_for_its_key() -> None:
    async def refuse_two(keys: list[int]) -> list[Any]:
        return [ValueError("two") if key == 2 else key for key in keys]

    loader = Loader(refuse_two)
    results = await asyncio.gather(*map(loader.load, (1, 2)), return_exceptions=True)
    assert [type(result) for result in results] == [int, ValueError]


async def test_a_level_waits_for_one_future() -> None:
    async def same(keys: list[int]) -> list[int]:
        return keys

    loader = Loader(same)
    with batches_recorded() as batches:
        futures = {id(loader.request(key)) for key in (1, 2, 3, 2)}
        await loader.request(1)
        await loader.request(3)
    assert len(futures) == 1
    assert batches == [Batch("same", 3)]
    assert [loader.value(key) for key in (1, 2, 3)] == [1, 2, 3]


async def test_several_are_loaded_together_with_what_is_known() -> None:
    asked: list[list[int]] = []

    async def double(keys: list[int]) -> list[int]:
        asked.append(keys)
        return [2 * key for key in keys]

    loader = Loader(double)
    loader.prime_each({1: 100, 2: 200})
    assert await loader.load_each([1, 3, 2, 4]) == [100, 6, 200, 8]
    assert await loader.load_each([]) == []
    loader.prime_each({3: 300})
    assert await loader.load(3) == 6
    assert asked == [[3, 4]]


async def test_what_is_primed_later_is_made_when_it_is_asked_for() -> None:
    made: list[str] = []

    async def double(keys: list[int]) -> list[int]:
        return [2 * key for key in keys]

    def known() -> dict[int, int]:
        made.append("known")
        return {1: 100, 2: 200}

    loader = Loader(double)
    assert await loader.load(2) == 4
    loader.prime_later(known)
    assert await loader.load(2) == 4
    assert made == []
    assert await loader.load_each([3, 1, 2]) == [6, 100, 4]
    assert made == ["known"]


async def test_several_fail_with_their_batch() -> None:
    async def fail(_keys: list[int]) -> list[int]:
        raise LookupError

    with pytest.raises(LookupError):
        await Loader(fail).load_each([1, 2])
