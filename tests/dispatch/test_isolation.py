"""What goes wrong with one schedule or one tenant: it is set aside, and the others go on."""

import asyncio
import math
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

import pytest

from dispatch import firing, recording, turn
from dispatch.duties import find_work
from dispatch.fairness import Slots
from dispatch.guarding import Guard
from dispatch.limiting import RatePolicy
from dispatch.outcomes import record_outcomes
from dispatch.rescue import Rescuer
from dispatch.rounds import LEAST_REST, Rounds
from dispatch.statistics import WorkerStatistics
from dispatch.tools import Tools
from dispatch.turn import Terms
from dispatch.wording import draft_of
from models.rules import BadRule
from tests.dispatch.house import House
from tests.dispatch.outlets import Held, Scripted

CHECKED = "ALTER TABLE deliveries ADD CONSTRAINT spoilt CHECK (body NOT LIKE 'spoilt%')"


async def spoilt(house: House) -> UUID:
    """A due schedule whose deliveries PostgreSQL refuses."""
    await house.owner.execute(CHECKED)
    return await house.schedule("spoilt")


async def aside(house: House, schedule: UUID) -> tuple[int, float | None]:
    """How often a schedule was set aside, and for how many more seconds it is."""
    row = await house.owner.fetchrow("SELECT * FROM schedules WHERE id = $1", schedule)
    assert row is not None
    until = row["aside_until"]
    return row["faults"], until and round((until - house.clock()).total_seconds())


async def reason(house: House, schedule: UUID) -> str | None:
    """Why a schedule was set aside."""
    code: str | None = await house.owner.fetchval(
        "SELECT aside_code FROM schedules WHERE id = $1", schedule
    )
    return code


async def test_a_schedule_that_postgresql_refuses_is_set_aside(house: House) -> None:
    schedule = await spoilt(house)
    await house.schedule("sound")
    worker = house.worker()
    await worker.drain()
    assert await house.bodies() == ["sound"]
    assert await aside(house, schedule) == (1, 10)
    assert worker.statistics.set_aside == 1
    assert await reason(house, schedule) == "REFUSED"
    assert house.bells.of(schedule) == [("SCHEDULE_CHANGED", {})]
    for wait, following in ((10, (2, 20)), (20, (3, 40)), (39, (3, 1))):
        house.clock.move(seconds=wait)
        await house.worker().drain()
        assert await aside(house, schedule) == following
    work = await find_work(house.database, house.clock())
    assert work.next_at is not None
    assert (work.next_at - house.clock()).total_seconds() == pytest.approx(1, abs=0.01)
    await house.owner.execute("ALTER TABLE deliveries DROP CONSTRAINT spoilt")
    house.clock.move(seconds=1)
    await house.worker().drain()
    assert await house.bodies() == ["sound", "spoilt"]
    assert await aside(house, schedule) == (0, None)
    assert await reason(house, schedule) is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (KeyError("a bug"), "FAULT"),
        (ZoneInfoNotFoundError("Mars/Olympus"), "UNKNOWN_TIME_ZONE"),
        (BadRule("it is spoilt"), "BAD_RECURRENCE"),
    ],
)
async def test_a_schedule_that_parley_cannot_read_is_set_aside(
    house: House, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str
) -> None:
    schedule = await house.schedule("spoilt")
    await house.schedule("sound")

    def faulty(row: Any, *arguments: Any) -> Any:
        if row.id == schedule:
            raise fault
        return draft_of(row, *arguments)

    monkeypatch.setattr(firing, "draft_of", faulty)
    await house.worker().drain()
    assert await house.bodies() == ["sound"]
    assert await aside(house, schedule) == (1, 10)
    assert await reason(house, schedule) == code


async def test_rescue_and_sending_go_on_where_nothing_can_be_fired(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Held()
    await house.queue(1)
    dead = asyncio.create_task(house.worker(gateway).run())
    await gateway.begun.wait()
    dead.cancel()
    with suppress(asyncio.CancelledError):
        await dead
    house.clock.move(seconds=60)
    await house.queue(1)

    async def broken(*_arguments: object) -> int:
        raise KeyError("a bug")

    await house.schedule("never fired")
    monkeypatch.setattr(turn, "fire", broken)
    monkeypatch.setattr(turn, "fire_one_by_one", broken)
    heir = house.worker(Scripted())
    await heir.drain()
    assert heir.statistics.rescued == 1
    assert heir.statistics.faults > 0
    # The one was looked for, and is to be sent again; the other has been sent.
    assert sorted(await house.statuses()) == ["QUEUED", "SENT"]


async def test_a_fault_of_one_tenant_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    neighbour = await house.neighbour()
    await house.queue(1)
    await neighbour.queue(1)

    async def faulty(database: Any, bell: Any, tenant_id: UUID, *rest: Any) -> Any:
        if tenant_id == house.tenant:
            raise KeyError("a bug")
        return await record_outcomes(database, bell, tenant_id, *rest)

    worker = house.worker(Scripted())
    with monkeypatch.context() as patch:
        patch.setattr(recording, "record_outcomes", faulty)
        await worker.drain()
    assert await neighbour.statuses() == ["SENT"]
    assert await house.statuses() == ["SENDING"]
    assert (worker.statistics.faults, worker.in_flight) == (1, 0)
    house.clock.move(seconds=60)
    await house.worker(Scripted()).drain()
    assert await house.statuses() == ["QUEUED"]


async def test_nobody_looks_again_and_again_for_a_duty_that_rests(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: object) -> int:
        raise KeyError("a bug")

    monkeypatch.setattr(turn, "fire", broken)
    monkeypatch.setattr(turn, "fire_one_by_one", broken)
    hour, slots = timedelta(hours=1), Slots(10, asyncio.Event())
    tools = Tools(house.database, house.bells, house.clock, slots, WorkerStatistics(), pause=hour)
    guard, terms = Guard(tools), Terms(10, hour, RatePolicy())
    rounds = Rounds(tools, guard, Rescuer(tools, guard, 10, hour, lambda: None), terms)

    async def rest_after_a_round() -> float:
        await rounds.round(lambda claims: None, lambda tenant_id: None)
        return rounds.rest()

    assert await rest_after_a_round() == math.inf
    await house.schedule()
    assert await rest_after_a_round() == LEAST_REST
    assert tools.statistics.faults == 1
    # It is as long as the duty rests, or until something else is due.
    assert LEAST_REST < await rest_after_a_round() <= hour.total_seconds()
    await house.queue(1, seconds=20)
    assert await rest_after_a_round() == 20
    assert tools.statistics.faults == 1
