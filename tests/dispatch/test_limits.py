"""Rates and limits that workers share, on a simulated clock."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from dispatch.duties import find_work
from dispatch.limiting import RatePolicy
from dispatch.worker import Worker
from models.schedules import Priority
from tests.dispatch.house import House
from tests.dispatch.outlets import Held, Scripted


async def until_next(house: House) -> timedelta:
    """How long nothing will be due."""
    work = await find_work(house.database, house.clock())
    assert not work.due
    assert work.next_at is not None
    return work.next_at - house.clock()


async def run_for(house: House, workers: list[Worker], seconds: float, step: float = 0.3) -> None:
    """Let the workers do what is due, again and again, while time passes in whole steps."""
    house.clock.present = house.clock().replace(microsecond=0) + timedelta(seconds=1)
    for _ in range(round(seconds / step)):
        await asyncio.gather(*(worker.run_once() for worker in workers))
        house.clock.move(seconds=step)


async def sent(house: House) -> int:
    return Counter(await house.statuses())["SENT"]


async def test_four_workers_keep_a_rate_to_the_hundredth(house: House) -> None:
    device = await house.device({"critical": 200})
    await house.queue(300, device, priority=Priority.CRITICAL)
    gateway = Scripted()
    workers = [house.worker(gateway, batch=10) for _ in range(4)]
    await run_for(house, workers, 60)
    assert abs(await sent(house) - 200) <= 2
    assert len({outgoing.delivery_id for outgoing in gateway.sent}) == len(gateway.sent)


async def test_each_priority_has_a_rate_of_its_own(house: House) -> None:
    device = await house.device({"critical": 60, "low": 20})
    for priority in (Priority.CRITICAL, Priority.LOW):
        await house.queue(100, device, priority=priority)
    gateway = Scripted()
    await run_for(house, [house.worker(gateway)], 60, step=1)
    [urgent, low] = [
        sum(row["status"] == "SENT" for row in await house.deliveries() if row["priority"] == p)
        for p in (Priority.CRITICAL, Priority.LOW)
    ]
    assert (urgent, low) == (60, 20)


async def test_one_device_that_is_full_does_not_hold_up_another(house: House) -> None:
    full, free = await house.device({"normal": 1}), await house.device()
    await house.queue(50, full)
    await house.queue(50, free)
    await house.worker(Scripted()).drain()
    assert await sent(house) == 51


@pytest.mark.parametrize(
    "policy", [RatePolicy(tenant=60), RatePolicy(system=60)], ids=["tenant", "system"]
)
async def test_tenants_and_the_system_have_rates(house: House, policy: RatePolicy) -> None:
    await house.queue(40)
    await house.queue(40, await house.device())
    workers = [house.worker(Scripted(), rates=policy) for _ in range(2)]
    await run_for(house, workers, 30, step=1)
    assert await sent(house) == 30


async def test_four_workers_keep_the_tiers_of_tenants_and_the_system(house: House) -> None:
    await house.queue(230, await house.device(), priority=Priority.CRITICAL)
    await house.queue(50, await house.device(), priority=Priority.LOW)
    await house.queue(20, priority=Priority.NORMAL)
    policy = RatePolicy(tenant_tiers=(200, 0, 0, 60), system_tiers=(500, 0, 0, 30))
    workers = [house.worker(Scripted(), batch=10, rates=policy) for _ in range(4)]
    await run_for(house, workers, 60)
    rows = await house.deliveries()
    taken = Counter(row["priority"] for row in rows if row["status"] == "SENT")
    assert abs(taken[Priority.CRITICAL] - 200) <= 2
    assert abs(taken[Priority.LOW] - 30) <= 1
    assert taken[Priority.NORMAL] == 20


async def test_what_waits_for_a_tier_of_the_tenant_is_not_due_before_it(house: House) -> None:
    await house.queue(3)
    worker = house.worker(Scripted(), rates=RatePolicy(tenant_tiers=(0, 0, 6, 0)))
    assert await worker.drain() == 1
    wait = await until_next(house)
    assert timedelta(seconds=10) <= wait <= timedelta(seconds=10.1)


async def test_the_rate_of_the_system_is_that_of_all_tenants(house: House) -> None:
    neighbour = await house.neighbour()
    for tenant in (house, neighbour):
        await tenant.queue(40)
    worker = house.worker(Scripted(), rates=RatePolicy(system=60))
    await run_for(house, [worker], 20, step=1)
    assert await sent(house) + await sent(neighbour) == 20
    assert min(await sent(house), await sent(neighbour)) > 0


async def test_an_hour_has_a_rate(house: House) -> None:
    device = await house.device({"per_hour": 100})
    await house.queue(30, device)
    await run_for(house, [house.worker(Scripted())], 360, step=36)
    assert await sent(house) == 10


async def test_a_recipient_is_not_written_to_too_often_and_others_do_not_wait(
    house: House,
) -> None:
    device = await house.device({"pair_per_minute": 10, "pair_burst": 2})
    await house.queue(10, device, recipient="+34600000000")
    await house.queue(10, device)
    gateway = Scripted()
    worker = house.worker(gateway, batch=5)
    await worker.drain()
    # The second ten have other recipients, and one of them this one.
    assert Counter(one.recipient for one in gateway.sent)["+34600000000"] == 2
    assert await sent(house) == 11
    await run_for(house, [worker], 61, step=1)
    assert await sent(house) == 20


async def test_calls_at_once_are_bounded_for_all_workers_together(house: House) -> None:
    device = await house.device({"at_once": 3})
    await house.queue(10, device)
    gateway = Held()
    workers = [house.worker(gateway) for _ in range(2)]
    rounds = [asyncio.create_task(worker.run_once()) for worker in workers]
    await gateway.begun.wait()
    # One has taken what the device bears; the other has looked, and found that.
    [idle], [busy] = await asyncio.wait(rounds, return_when=asyncio.FIRST_COMPLETED)
    assert await idle == 0
    assert await house.worker(gateway).run_once() == 0
    assert Counter(await house.statuses())["SENDING"] == 3
    gateway.go.set()
    assert await busy == 3


async def test_low_priority_is_not_starved_by_a_stream_of_critical_ones(house: House) -> None:
    await house.queue(5, priority=Priority.LOW)
    worker = house.worker(Scripted(), batch=15, in_flight=15)
    await house.queue(100, priority=Priority.CRITICAL)
    while (
        Counter((row["priority"], row["status"]) for row in await house.deliveries())[
            Priority.LOW, "SENT"
        ]
        < 5
    ):
        await house.queue(15, priority=Priority.CRITICAL)
        assert await worker.run_once() > 0
    assert "QUEUED" in await house.statuses()


async def test_critical_messages_go_first(house: House) -> None:
    await house.queue(20, priority=Priority.LOW)
    house.clock.move(seconds=1)
    await house.queue(20, priority=Priority.CRITICAL)
    await house.worker(Scripted(), batch=9, in_flight=9).run_once()
    taken = Counter(row["priority"] for row in await house.deliveries() if row["status"] == "SENT")
    assert taken[Priority.CRITICAL] > taken[Priority.LOW] >= 1


async def test_what_waits_for_a_rate_is_not_due_before_it(house: House) -> None:
    device = await house.device({"normal": 6})
    await house.queue(3, device)
    worker = house.worker(Scripted())
    assert await worker.drain() == 1
    wait = await until_next(house)
    assert timedelta(seconds=10) <= wait <= timedelta(seconds=10.1)


async def test_expired_messages_are_not_sent_and_their_schedule_is_told(house: House) -> None:
    device = await house.device({"normal": 1})
    schedule = await house.queue(3, device)
    await house.owner.execute(
        "UPDATE deliveries SET expires_at = $1", house.clock() + timedelta(seconds=30)
    )
    worker = house.worker(Scripted())
    await worker.drain()
    house.clock.move(minutes=2)
    await worker.drain()
    assert Counter(await house.statuses()) == {"SENT": 1, "EXPIRED": 2}
    assert ("SCHEDULE_PROGRESS", {"expired": 2}) in house.bells.of(schedule)


async def test_a_disconnected_device_keeps_its_messages(house: House) -> None:
    device = await house.device()
    await house.queue(3, device)
    await house.owner.execute("UPDATE devices SET state = 'DISCONNECTED' WHERE id = $1", device)
    worker = house.worker(Scripted())
    assert await worker.drain() == 0
    await house.owner.execute("UPDATE devices SET state = 'CONNECTED' WHERE id = $1", device)
    await worker.drain()
    assert await sent(house) == 3
