"""Due schedules become deliveries, each occurrence once."""

import asyncio

from dispatch.firing import fire_due
from tests.dispatch.house import House


async def fire(house: House, limit: int = 100) -> int:
    return await fire_due(house.database, house.bells, house.tenant, house.clock(), limit)


async def test_a_schedule_that_is_not_due_stays(house: House) -> None:
    await house.schedule(minutes=5)
    assert await fire(house) == 0
    assert await house.deliveries() == []


async def test_a_due_schedule_queues_its_delivery_and_is_completed(house: House) -> None:
    schedule = await house.schedule("tea?", minutes=5)
    house.clock.move(minutes=5)
    assert await fire(house) == 1
    [delivery] = await house.deliveries()
    assert (delivery["status"], delivery["attempt"], delivery["body"]) == ("QUEUED", 0, "tea?")
    assert delivery["due_at"] == delivery["occurrence_at"] == house.clock()
    assert delivery["conversation_id"] == house.conversation
    row = await house.owner.fetchrow(
        "SELECT status, next_at, last_seq FROM schedules WHERE id = $1", schedule
    )
    assert row is not None
    assert (row["status"], row["next_at"], row["last_seq"]) == ("COMPLETED", None, 1)
    assert house.bells.of(schedule) == [("SCHEDULE_CHANGED", {"queued": 1})]


async def test_a_batch_takes_the_longest_overdue(house: House) -> None:
    for minutes in (3, 1, 2):
        await house.schedule(f"after {minutes}", minutes=minutes)
    house.clock.move(hours=1)
    assert await fire(house, limit=2) == 2
    assert [row["body"] for row in await house.deliveries()] == ["after 1", "after 2"]


async def test_workers_that_fire_at_once_queue_each_occurrence_once(house: House) -> None:
    for _ in range(20):
        await house.schedule()
    fired = await asyncio.gather(*(fire(house, limit=15) for _ in range(4)))
    while more := await fire(house):
        fired.append(more)
    assert sum(fired) == 20
    assert len(await house.deliveries()) == 20


async def test_an_occurrence_that_was_queued_before_is_not_queued_again(house: House) -> None:
    schedule = await house.schedule()
    await fire(house)
    await house.owner.execute(
        "UPDATE schedules SET status = 'ACTIVE', next_at = send_at WHERE id = $1", schedule
    )
    assert await fire(house) == 1
    assert len(await house.deliveries()) == 1


async def test_paused_and_cancelled_schedules_do_not_fire(house: House) -> None:
    for status in ("PAUSED", "CANCELLED"):
        schedule = await house.schedule()
        await house.owner.execute(
            "UPDATE schedules SET status = $2 WHERE id = $1", schedule, status
        )
    assert await fire(house) == 0


async def test_another_tenants_schedules_are_left_to_its_own_turn(house: House) -> None:
    neighbour = await house.neighbour()
    await neighbour.schedule()
    assert await fire(house) == 0
    assert await fire(neighbour) == 1
