"""Tasks that overlap, and end one behind the other."""

import asyncio

import pytest

from importing.turns import Before, Turns


async def test_tasks_overlap_and_wait_for_the_one_before() -> None:
    order: list[str] = []
    second_begun = asyncio.Event()

    async def first(_before: Before) -> None:
        await second_begun.wait()
        order.append("first")

    async def second(before: Before) -> None:
        second_begun.set()
        await before()
        order.append("second")

    async with Turns() as turns:
        turns.begin(first)
        turns.begin(second)
        await turns.at_most(1)
        await turns.at_most(0)

    assert order == ["first", "second"]


async def test_what_one_raises_the_next_and_who_waits_raise_too() -> None:
    waiting, told = asyncio.Event(), asyncio.Event()

    async def broken(_before: Before) -> None:
        await waiting.wait()
        raise ValueError("broken")

    async def behind(before: Before) -> None:
        waiting.set()
        try:
            await before()
        except ValueError:
            told.set()
            raise

    async with Turns() as turns:
        turns.begin(broken)
        turns.begin(behind)
        with pytest.raises(ValueError, match="broken"):
            await turns.at_most(1)
        await told.wait()


async def test_leaving_cancels_what_is_left_and_waits_for_its_end() -> None:
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def endless(_before: Before) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with Turns() as turns:
        turns.begin(endless)
        await begun.wait()

    assert ended.is_set()
