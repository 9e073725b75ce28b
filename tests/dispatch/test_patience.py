"""Calls of outlets end in time, and nothing else is taken for that."""

import asyncio
from datetime import timedelta

import pytest

from dispatch.patience import Patience

A_MOMENT = timedelta(milliseconds=1)
LONG = timedelta(hours=1)


async def never() -> None:
    await asyncio.Event().wait()


async def at_once(answer: str) -> str:
    return answer


async def test_each_call_is_given_up_at_its_own_time() -> None:
    patience = Patience(A_MOMENT)
    assert await patience.wait(at_once("here")) == "here"
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await patience.wait(never())


async def test_calls_under_way_together_are_each_given_up() -> None:
    patience = Patience(A_MOMENT)
    ended = await asyncio.gather(
        *(patience.wait(never()) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in ended] == [TimeoutError] * 3


async def test_one_that_waits_keeps_no_other_from_its_answer() -> None:
    patience = Patience(LONG)
    waiting = asyncio.create_task(patience.wait(never()))
    await asyncio.sleep(0)
    assert await patience.wait(at_once("here")) == "here"
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_fault_of_the_call_is_passed_on() -> None:
    async def faulty() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        await Patience(LONG).wait(faulty())


async def test_who_is_cancelled_when_the_time_is_over_stays_cancelled() -> None:
    begun = asyncio.Event()
    ended: list[BaseException] = []

    async def call() -> None:
        begun.set()
        try:
            await never()
        except asyncio.CancelledError:
            # Its time is over; now somebody ends the task for good.
            waiting.cancel()
            raise

    async def wait() -> None:
        try:
            await Patience(A_MOMENT).wait(call())
        except BaseException as end:
            ended.append(end)
            raise

    waiting = asyncio.create_task(wait())
    await begun.wait()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [type(end) for end in ended] == [asyncio.CancelledError]
