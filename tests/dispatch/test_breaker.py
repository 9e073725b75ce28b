"""The circuit breaker: an outlet that fails is left alone, and what is queued waits."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.breaker import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PATIENCE,
    THRESHOLD,
    WELL,
    Circuit,
    Kind,
    Sign,
    after,
    sign_of,
)
from gateways.protocol import Action, GatewayError
from models.devices import DeviceState
from tests.dispatch.house import House
from tests.dispatch.outlets import Scripted

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CLOSED = Circuit(DeviceState.CONNECTED)
DOWN = Sign(Kind.FAILING, "OUTLET_DOWN")
UNREACHABLE = GatewayError("OUTLET_DOWN", Action.RETRY)


def test_failures_in_a_row_open_it_and_one_success_closes_it() -> None:
    circuit = CLOSED
    for count in range(1, THRESHOLD):
        circuit = after(circuit, [DOWN], NOON)
        assert (circuit.state, circuit.failures) == (DeviceState.CONNECTED, count)
    circuit = after(circuit, [DOWN], NOON)
    assert (circuit.state, circuit.reason) == (DeviceState.INTERRUPTED, "OUTLET_DOWN")
    assert circuit.paused_until == NOON + FIRST_PAUSE
    assert after(circuit, [WELL], NOON + FIRST_PAUSE) == CLOSED


def test_a_success_between_failures_starts_the_count_anew() -> None:
    circuit = after(CLOSED, [DOWN] * (THRESHOLD - 1), NOON)
    circuit = after(circuit, [WELL], NOON)
    assert after(circuit, [DOWN] * (THRESHOLD - 1), NOON).state is DeviceState.CONNECTED


def test_each_failed_trial_doubles_the_pause() -> None:
    circuit, now, pauses = after(CLOSED, [DOWN] * THRESHOLD, NOON), NOON, []
    for _ in range(8):
        assert circuit.paused_until is not None
        pauses.append(circuit.paused_until - now)
        now = circuit.paused_until
        circuit = after(circuit, [DOWN], now)
    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE


def test_stragglers_of_an_open_circuit_prolong_nothing() -> None:
    opened = after(CLOSED, [DOWN] * THRESHOLD, NOON)
    late = after(opened, [DOWN, DOWN], NOON + timedelta(seconds=1))
    assert (late.paused_until, late.trips) == (opened.paused_until, opened.trips)


def test_patience_pauses_without_a_failure() -> None:
    slow = Sign(Kind.SLOW, "BUSY", timedelta(minutes=7))
    circuit = after(CLOSED, [slow, WELL], NOON)
    assert (circuit.state, circuit.paused_until) == (
        DeviceState.CONNECTED,
        NOON + timedelta(minutes=7),
    )


def test_refused_credentials_stop_it_until_a_person_connects_it() -> None:
    circuit = after(CLOSED, [WELL, Sign(Kind.REFUSED, "WHATSAPP_190")], NOON)
    assert circuit == Circuit(DeviceState.FAILED, "WHATSAPP_190")
    assert after(circuit, [WELL], NOON) == circuit


@pytest.mark.parametrize(
    ("error", "sign"),
    [
        (GatewayError("A", Action.FAIL), Sign(Kind.WELL, "A")),
        (GatewayError("A", Action.UNKNOWN), Sign(Kind.FAILING, "A")),
        (GatewayError("A", Action.RETRY, of_recipient=True), Sign(Kind.WELL, "A")),
        (GatewayError("A", Action.SLOW_DOWN), Sign(Kind.SLOW, "A", PATIENCE)),
        (GatewayError("A", Action.HOLD), Sign(Kind.REFUSED, "A")),
    ],
)
def test_what_errors_say_of_the_outlet(error: GatewayError, sign: Sign) -> None:
    assert sign_of(error) == sign


@given(
    st.lists(
        st.tuples(
            st.integers(0, 900),
            st.lists(st.sampled_from([WELL, DOWN, Sign(Kind.SLOW)]), max_size=4),
        ),
        max_size=30,
    )
)
def test_a_pause_never_outlasts_the_longest_and_always_has_a_reason(
    steps: list[tuple[int, list[Sign]]],
) -> None:
    circuit, now = CLOSED, NOON
    for seconds, signs in steps:
        now += timedelta(seconds=seconds)
        circuit = after(circuit, signs, now)
        if circuit.paused_until is not None:
            assert circuit.paused_until <= now + LONGEST_PAUSE
        if circuit.state is DeviceState.INTERRUPTED:
            assert circuit.reason is not None
            assert circuit.paused_until is not None


async def test_a_dead_outlet_interrupts_its_device_and_nothing_fails(house: House) -> None:
    device = await house.device({"at_once": 5})
    await house.queue(50, device)
    dead = Scripted(*[UNREACHABLE] * 1_000)
    worker = house.worker(dead)
    await worker.drain()
    row = await house.state_of(device)
    assert (row["state"], row["state_reason"]) == ("INTERRUPTED", "OUTLET_DOWN")
    assert len(dead.sent) == THRESHOLD
    # Half open, one message is tried at a time.
    house.clock.present = row["paused_until"]
    await worker.drain()
    assert len(dead.sent) == THRESHOLD + 1
    assert set(await house.statuses()) == {"QUEUED"}
    # The outlet is back.
    house.clock.present = (await house.state_of(device))["paused_until"]
    well = Scripted()
    worker = house.worker(well)
    assert await worker.run_once() == 1
    assert (await house.state_of(device))["state"] == "CONNECTED"
    house.clock.move(minutes=10)
    await worker.drain()
    assert Counter(await house.statuses()) == {"SENT": 50}
    told = [kind for kind, _ in house.bells.of(device)]
    assert told == ["DEVICE_CHANGED"] * 3


async def test_an_outlet_that_asks_for_patience_pauses_its_device(house: House) -> None:
    device = await house.device()
    await house.queue(3, device)
    busy = GatewayError("BUSY", Action.SLOW_DOWN, timedelta(minutes=10))
    gateway = Scripted(busy)
    worker = house.worker(gateway, batch=1)
    assert await worker.run_once() == 1
    assert await worker.drain() == 0
    house.clock.move(minutes=10)
    await worker.drain()
    assert Counter(await house.statuses()) == {"SENT": 3}


async def test_refused_credentials_hold_everything_back(house: House) -> None:
    device = await house.device({"at_once": 1})
    await house.queue(3, device)
    worker = house.worker(Scripted(GatewayError("WHATSAPP_190", Action.HOLD)))
    await worker.drain()
    row = await house.state_of(device)
    assert (row["state"], row["state_reason"]) == ("FAILED", "WHATSAPP_190")
    assert set(await house.statuses()) == {"QUEUED"}
    await house.owner.execute("UPDATE devices SET state = 'CONNECTED' WHERE id = $1", device)
    await worker.drain()
    assert set(await house.statuses()) == {"SENT"}
