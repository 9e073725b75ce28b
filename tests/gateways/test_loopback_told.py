"""A loopback device does as it is told: slow, out of order, failing, losing answers, limiting."""

import asyncio

import pytest

from gateways.loopback_told import MINUTE, Told, ToldBehaviour
from gateways.protocol import Action, GatewayError
from tests.dispatch.house import Clock
from tests.gateways.loopback_server import outgoing


async def codes(behaviour: ToldBehaviour, count: int) -> list[str | None]:
    """What becomes of so many messages, one after the other."""
    found: list[str | None] = []
    for _ in range(count):
        try:
            await behaviour.before(outgoing())
            await behaviour.after(outgoing())
            found.append(None)
        except GatewayError as error:
            found.append(error.code)
    return found


async def test_nothing_is_done_that_was_not_told() -> None:
    assert await codes(ToldBehaviour(Told()), 5) == [None] * 5


async def test_each_so_manieth_message_fails_or_loses_its_answer() -> None:
    behaviour = ToldBehaviour(Told(fail_every=3, time_out_every=2))
    failed, lost = "LOOPBACK_FAILED", "LOOPBACK_TIMED_OUT"
    assert await codes(behaviour, 6) == [None, lost, failed, lost, None, failed]


async def test_a_minute_has_its_limit_and_the_wait_is_told() -> None:
    clock = Clock()
    behaviour = ToldBehaviour(Told(per_minute=2), clock=clock)
    assert await codes(behaviour, 3) == [None, None, "LOOPBACK_LIMITED"]
    clock.move(seconds=20)
    with pytest.raises(GatewayError) as limited:
        await behaviour.before(outgoing())
    assert limited.value.action is Action.SLOW_DOWN
    assert limited.value.retry_after == MINUTE * 40 / 60
    clock.move(seconds=40)
    assert await codes(behaviour, 1) == [None]


async def test_messages_come_out_of_order() -> None:
    draws = iter([1.0, 0.0])
    behaviour = ToldBehaviour(Told(delay_ms=50, reorder=True), draw=lambda: next(draws))
    done: list[str] = []

    async def send(name: str) -> None:
        await behaviour.before(outgoing())
        done.append(name)

    await asyncio.gather(send("first"), send("second"))
    assert done == ["second", "first"]


def test_settings_that_are_no_behaviour_are_left_out() -> None:
    assert Told.of({"delay_ms": 5, "url": "x"}) == Told(delay_ms=5)
