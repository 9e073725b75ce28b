"""The worker, end to end over the loopback gateway."""

from tests.dispatch.house import House


async def test_a_due_schedule_is_sent_into_its_conversation(house: House) -> None:
    schedule = await house.schedule("see you at noon")
    assert await house.worker().drain() > 0
    assert await house.bodies() == ["see you at noon"]
    assert await house.statuses() == ["SENT"]
    assert house.bells.of(schedule) == [
        ("SCHEDULE_CHANGED", {"queued": 1}),
        ("SCHEDULE_PROGRESS", {"sent": 1}),
    ]
