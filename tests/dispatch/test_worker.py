"""The worker over the loopback gateway: each message once, whatever goes wrong on the way."""

import asyncio
from datetime import timedelta

from dispatch.retry import BACKOFFS
from gateways.protocol import Action, GatewayError
from tests.dispatch.house import House
from tests.dispatch.outlets import LosesAnswers, Refuses, Scripted


async def test_a_due_schedule_is_sent_into_its_conversation(house: House) -> None:
    schedule = await house.schedule("see you at noon")
    assert await house.worker().drain() > 0
    assert await house.bodies() == ["see you at noon"]
    assert await house.statuses() == ["SENT"]
    assert house.bells.of(schedule) == [
        ("SCHEDULE_CHANGED", {"queued": 1}),
        ("SCHEDULE_PROGRESS", {"sent": 1}),
    ]


async def test_nothing_is_sent_before_its_time(house: House) -> None:
    await house.schedule("good morning", hours=8)
    worker = house.worker()
    assert await worker.drain() == 0
    house.clock.move(hours=8)
    await worker.drain()
    assert await house.bodies() == ["good morning"]


async def test_what_was_due_while_no_worker_ran_is_sent_late_in_order(house: House) -> None:
    for n in range(12):
        await house.schedule(f"{n}", minutes=n)
    house.clock.move(days=2)
    await house.worker(batch=5, in_flight=5).drain()
    assert await house.bodies() == [f"{n}" for n in range(12)]


async def test_workers_that_race_send_each_message_once(house: House) -> None:
    for n in range(30):
        await house.schedule(f"{n}")
    workers = [house.worker(batch=7) for _ in range(3)]
    while sum(await asyncio.gather(*(worker.drain() for worker in workers))):
        pass
    assert sorted(await house.bodies(), key=int) == [f"{n}" for n in range(30)]
    assert set(await house.statuses()) == {"SENT"}
    assert sum(worker.statistics.claimed for worker in workers) == 30
    assert sum(worker.statistics.steps.total() for worker in workers) == 30


async def test_a_message_that_fails_is_tried_again_until_it_is_sent(house: House) -> None:
    schedule = await house.schedule()
    worker = house.worker(house.gateway(Refuses(GatewayError("BUSY", Action.RETRY), times=2)))
    for wait in (0, 5, 10):
        house.clock.move(seconds=wait)
        await worker.drain()
    assert await house.statuses() == ["SENT"]
    assert await house.bodies() == ["hello"]
    assert [told for _, told in house.bells.of(schedule)] == [
        {"queued": 1},
        {"queued": 1},
        {"queued": 1},
        {"sent": 1},
    ]


async def test_a_message_that_always_fails_is_given_up_with_its_reason(house: House) -> None:
    await house.schedule()
    gateway = Scripted(*[GatewayError("BUSY", Action.RETRY)] * 100)
    worker = house.worker(gateway)
    while await house.statuses() != ["FAILED"]:
        await worker.drain()
        house.clock.move(minutes=5)
    tries = BACKOFFS[Action.RETRY].tries
    assert [outgoing.attempt for outgoing in gateway.sent] == list(range(1, tries + 1))
    [delivery] = await house.deliveries()
    assert delivery["error_code"] == "BUSY"
    assert await worker.drain() == 0


async def test_an_outlet_that_asks_for_patience_gets_it(house: House) -> None:
    await house.schedule()
    busy = GatewayError("RATE_LIMITED", Action.SLOW_DOWN, retry_after=timedelta(minutes=10))
    worker = house.worker(Scripted(busy))
    await worker.drain()
    house.clock.move(minutes=9, seconds=59)
    assert await worker.drain() == 0
    house.clock.move(seconds=1)
    await worker.drain()
    assert await house.statuses() == ["SENT"]


async def test_a_lost_answer_is_reconciled_before_anything_is_sent_again(house: House) -> None:
    schedule = await house.schedule()
    worker = house.worker(house.gateway(LosesAnswers()))
    await worker.drain()
    assert await house.statuses() == ["UNKNOWN"]
    house.clock.move(seconds=10)
    await worker.drain()
    assert await house.statuses() == ["SENT"]
    assert await house.bodies() == ["hello"]
    assert [told for _, told in house.bells.of(schedule)] == [
        {"queued": 1},
        {"unknown": 1},
        {"sent": 1},
    ]


async def test_an_unknown_message_that_was_not_sent_is_sent(house: House) -> None:
    await house.schedule()
    worker = house.worker(house.gateway(Refuses(GatewayError("CUT_OFF", Action.UNKNOWN), times=1)))
    await worker.drain()
    assert await house.statuses() == ["UNKNOWN"]
    for wait in (10, 5):
        house.clock.move(seconds=wait)
        await worker.drain()
    assert await house.statuses() == ["SENT"]
    assert await house.bodies() == ["hello"]


async def test_a_message_that_nobody_can_find_stays_unknown_and_is_never_sent_again(
    house: House,
) -> None:
    await house.schedule()
    cannot_tell = GatewayError("CANNOT_TELL", Action.UNKNOWN)
    gateway = Scripted(cannot_tell, found=cannot_tell)
    worker = house.worker(gateway)
    await worker.drain()
    for _ in range(20):
        house.clock.move(hours=2)
        await worker.drain()
    assert len(gateway.sent) == 1
    assert await house.statuses() == ["UNKNOWN"]
    assert await worker.drain() == 0


async def test_a_schedule_cancelled_before_it_is_due_sends_nothing(house: House) -> None:
    schedule = await house.schedule(minutes=5)
    await house.owner.execute(
        "UPDATE schedules SET status = 'CANCELLED', next_at = NULL WHERE id = $1", schedule
    )
    house.clock.move(minutes=10)
    assert await house.worker().drain() == 0
    assert await house.bodies() == []


async def test_a_retry_that_is_cancelled_while_it_waits_is_not_sent(house: House) -> None:
    schedule = await house.schedule()
    gateway = Scripted(GatewayError("BUSY", Action.RETRY))
    worker = house.worker(gateway)
    await worker.drain()
    house.clock.move(minutes=1)
    async with house.owner.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE schedules SET status = 'CANCELLED' WHERE id = $1", schedule
        )
        await connection.execute(
            "UPDATE deliveries SET status = 'CANCELLED' WHERE schedule_id = $1", schedule
        )
        # Not committed yet: the worker passes the row over.
        assert await worker.run_once() == 0
    assert await worker.drain() == 0
    assert len(gateway.sent) == 1
    assert await house.statuses() == ["CANCELLED"]


async def test_a_busy_tenant_does_not_keep_others_waiting(house: House) -> None:
    neighbour = await house.neighbour()
    for n in range(20):
        await house.schedule(f"{n}")
    await neighbour.schedule("one only")
    gateway = Scripted()
    await house.worker(gateway, in_flight=4, batch=4).run_once()
    assert "one only" in [outgoing.body for outgoing in gateway.sent]
    assert len(gateway.sent) < 20


async def test_rounds_go_round_when_there_are_more_tenants_than_slots(house: House) -> None:
    tenants = [house, *[await house.neighbour() for _ in range(4)]]
    for tenant in tenants:
        for n in range(3):
            await tenant.schedule(f"{n}")
    gateway = Scripted()
    worker = house.worker(gateway, in_flight=1)
    for _ in tenants:
        await worker.run_once()
    assert {outgoing.tenant_id for outgoing in gateway.sent} == {t.tenant for t in tenants}
