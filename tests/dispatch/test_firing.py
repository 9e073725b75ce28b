"""Due schedules become deliveries, each occurrence once."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from dispatch import firing
from models.ids import ids_at, new_id
from tests.dispatch.house import House


async def test_a_schedule_that_is_not_due_stays(house: House) -> None:
    await house.schedule(minutes=5)
    assert await house.fire() == 0
    assert await house.deliveries() == []


async def test_a_due_schedule_queues_its_delivery_and_is_completed(house: House) -> None:
    schedule = await house.schedule("tea?", minutes=5)
    house.clock.move(minutes=5)
    assert await house.fire() == 1
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
    assert await house.fire(limit=2) == 2
    assert [row["body"] for row in await house.deliveries()] == ["after 1", "after 2"]


async def test_workers_that_fire_at_once_queue_each_occurrence_once(house: House) -> None:
    for _ in range(20):
        await house.schedule()
    fired = await asyncio.gather(*(house.fire(limit=15) for _ in range(4)))
    while more := await house.fire():
        fired.append(more)
    assert sum(fired) == 20
    assert len(await house.deliveries()) == 20


async def test_an_occurrence_that_was_queued_before_is_not_queued_again(house: House) -> None:
    schedule = await house.schedule()
    await house.fire()
    await house.owner.execute(
        "UPDATE schedules SET status = 'ACTIVE', next_at = send_at WHERE id = $1", schedule
    )
    assert await house.fire() == 1
    assert len(await house.deliveries()) == 1


async def test_paused_and_cancelled_schedules_do_not_fire(house: House) -> None:
    for status in ("PAUSED", "CANCELLED"):
        schedule = await house.schedule()
        await house.owner.execute(
            "UPDATE schedules SET status = $2 WHERE id = $1", schedule, status
        )
    assert await house.fire() == 0


async def test_another_tenants_schedules_are_left_to_its_own_turn(house: House) -> None:
    neighbour = await house.neighbour()
    await neighbour.schedule()
    assert await house.fire() == 0
    assert await neighbour.fire() == 1


async def to_list(house: House, count: int) -> UUID:
    """A schedule to so many addresses, due now."""
    schedule, device = await house.schedule(), new_id()
    await house.owner.execute(
        "INSERT INTO devices (id, tenant_id, name, kind, state, state_since, settings, limits,"
        " revision, failures, trips, last_seq, created_at) VALUES"
        " ($1, $2, $3, 'LOOPBACK', 'CONNECTED', now(), '{}', '{}', 1, 0, 0, 0, now())",
        *(device, house.tenant, device.hex),
    )
    await house.owner.execute(
        "UPDATE schedules SET audience = 'LIST', conversation_id = NULL, device_id = $2"
        " WHERE id = $1",
        *(schedule, device),
    )
    for n, key in enumerate(ids_at(house.clock(), count)):
        await house.owner.execute(
            "INSERT INTO schedule_recipients (tenant_id, schedule_id, id, address)"
            " VALUES ($1, $2, $3, $4)",
            *(house.tenant, schedule, key, f"+3461200{n:04}"),
        )
    return schedule


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firing, "PIECE", 3)


@pytest.mark.usefixtures("small_pieces")
async def test_many_recipients_are_queued_piece_by_piece_in_their_order(house: House) -> None:
    schedule = await to_list(house, 7)
    for queued, told in (
        (3, "SCHEDULE_PROGRESS"),
        (6, "SCHEDULE_PROGRESS"),
        (7, "SCHEDULE_CHANGED"),
    ):
        assert await house.fire() == 1
        assert len(await house.deliveries()) == queued
        assert house.bells.of(schedule)[-1][0] == told
        house.clock.move(seconds=1)
    assert await house.fire() == 0
    assert [row["recipient"][-1] for row in await house.deliveries()] == list("0123456")
    counts = [payload["queued"] for _, payload in house.bells.of(schedule)]
    assert counts == [3, 3, 1]


@pytest.mark.usefixtures("small_pieces")
async def test_pieces_go_on_where_they_were_whatever_happened_between(house: House) -> None:
    schedule = await to_list(house, 7)
    await house.fire()
    pause = "UPDATE schedules SET status = $2 WHERE id = $1"
    await house.owner.execute(pause, schedule, "PAUSED")
    assert await house.fire() == 0
    await house.owner.execute(pause, schedule, "ACTIVE")
    # Long after: an occurrence that was begun is not missed.
    await house.owner.execute(
        "UPDATE schedules SET missed_rule = 'SKIP', grace_seconds = NULL WHERE id = $1", schedule
    )
    house.clock.move(days=3)
    while await house.fire():
        pass
    deliveries = await house.deliveries()
    assert len(deliveries) == 7
    assert len({row["occurrence_at"] for row in deliveries}) == 1


@pytest.mark.usefixtures("small_pieces")
async def test_workers_that_queue_pieces_at_once_queue_each_recipient_once(house: House) -> None:
    for _ in range(3):
        await to_list(house, 8)

    async def work() -> None:
        for _ in range(30):
            await house.fire()

    await asyncio.gather(*(work() for _ in range(3)))
    while await house.fire():
        pass
    keys = Counter((row["schedule_id"], row["recipient"]) for row in await house.deliveries())
    assert len(keys) == 24
    assert set(keys.values()) == {1}


@pytest.mark.parametrize("piece", [3, 4])
async def test_who_is_at_an_address_that_had_its_message_gets_no_second(
    house: House, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(firing, "PIECE", piece)
    schedule = await to_list(house, 4)
    await house.owner.execute(
        "UPDATE schedule_recipients SET address = '+34612000000'"
        " WHERE schedule_id = $1 AND address = '+34612000003'",
        schedule,
    )
    while await house.fire():
        pass
    assert [row["recipient"] for row in await house.deliveries()] == [
        f"+3461200000{n}" for n in range(3)
    ]
    told = Counter[str]()
    for _, counts in house.bells.of(schedule):
        told.update(counts)
    assert told == {"queued": 3}


async def test_recurring_schedule_moves_on_and_ends(house: House) -> None:
    schedule = await house.schedule()
    await house.owner.execute(
        "UPDATE schedules SET recurrence = 'FREQ=HOURLY;COUNT=3', next_at = date_trunc('second',"
        " next_at), wall_start = date_trunc('second', next_at) AT TIME ZONE 'UTC' WHERE id = $1",
        schedule,
    )
    for fired in (1, 2, 3):
        assert await house.fire() == 1
        assert await house.fire() == 0
        row = await house.owner.fetchrow(
            "SELECT status, occurrences, next_at FROM schedules WHERE id = $1", schedule
        )
        assert row is not None
        assert row["occurrences"] == fired
        assert (row["status"], row["next_at"] is None) == (
            ("COMPLETED", True) if fired == 3 else ("ACTIVE", False)
        )
        house.clock.move(hours=1)
    assert len(await house.deliveries()) == 3
