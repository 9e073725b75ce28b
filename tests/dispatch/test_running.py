"""A worker that runs: what wakes it, how it stops, what it survives and what it dies of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from dispatch import rounds
from dispatch.duties import Work, find_work
from dispatch.worker import Worker
from gateways.protocol import Action, GatewayError
from models.base import now
from models.ids import new_id
from models.waking import CHANNEL
from tests.dispatch.house import House
from tests.dispatch.outlets import Held, Scripted

NEVER = timedelta(hours=1)
COPY = """
INSERT INTO schedules (id, tenant_id, conversation_id, created_by_id, status, body, send_at,
    time_zone, next_at, last_seq, created_at)
SELECT $2, tenant_id, conversation_id, created_by_id, 'ACTIVE', $3, send_at, time_zone, send_at,
    0, created_at
FROM schedules WHERE id = $1
"""


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator["asyncio.Task[None]"]:
    """The worker at work until the block ends; then it is stopped and waited for."""
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        worker.stop()
        await asyncio.wait_for(task, 60)


async def test_a_new_schedule_wakes_a_worker(house: House) -> None:
    async with running(house.worker(poll=NEVER)):
        for body in ("first", "second", "third"):
            schedule = await house.schedule(body)
            await house.bells.heard(schedule, sent=1)
    assert await house.bodies() == ["first", "second", "third"]


async def test_a_worker_wakes_when_a_schedule_becomes_due(house: House) -> None:
    worker = Worker(house.database, house.bells, house.gateway(), poll=NEVER)
    async with running(worker):
        house.clock.present = now()
        schedule = await house.schedule(milliseconds=300)
        await house.bells.heard(schedule, sent=1)


async def test_what_is_requeued_by_hand_wakes_a_worker(house: House) -> None:
    schedule = await house.schedule()
    await house.worker().drain()
    await house.owner.execute("ALTER TABLE deliveries DISABLE TRIGGER check_step")
    await house.owner.execute("UPDATE deliveries SET status = 'FAILED'")
    await house.owner.execute("ALTER TABLE deliveries ENABLE TRIGGER check_step")
    house.bells.rung.clear()
    async with running(house.worker(poll=NEVER)):
        other = await house.schedule()
        await house.bells.heard(other, sent=1)
        await house.owner.execute("UPDATE deliveries SET status = 'QUEUED' WHERE status = 'FAILED'")
        await house.bells.heard(schedule, sent=1)


async def test_a_worker_at_rest_sees_what_it_is_to_try_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_sight = asyncio.Event()

    async def find(*arguments: Any) -> Work:
        work = await find_work(*arguments)
        if work.next_at is not None:
            in_sight.set()
        return work

    monkeypatch.setattr(rounds, "find_work", find)
    gateway = Scripted(GatewayError("BUSY", Action.RETRY))
    async with running(house.worker(gateway, poll=NEVER)):
        schedule = await house.schedule()
        await house.bells.heard(schedule, queued=1)
        async with asyncio.timeout(60):
            await in_sight.wait()


async def test_stopping_finishes_what_is_in_flight_and_takes_no_more(house: House) -> None:
    gateway = Held()
    worker = house.worker(gateway)
    await house.schedule("in flight")
    task = asyncio.create_task(worker.run())
    await gateway.begun.wait()
    assert (worker.alive, worker.in_flight) == (True, 1)
    worker.stop()
    await house.schedule("too late")
    gateway.go.set()
    await asyncio.wait_for(task, 60)
    assert (worker.alive, worker.in_flight) == (False, 0)
    assert [outgoing.body for outgoing in gateway.sent] == ["in flight"]
    assert await house.statuses() == ["SENT"]


async def test_what_a_cancelled_worker_had_in_flight_is_rescued(house: House) -> None:
    gateway = Held()
    await house.schedule()
    task = asyncio.create_task(house.worker(gateway).run())
    await gateway.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await house.statuses() == ["SENDING"]
    heir = house.worker()
    for wait in (60, 5):
        house.clock.move(seconds=wait)
        await heir.drain()
    assert await house.statuses() == ["SENT"]
    assert await house.bodies() == ["hello"]
    assert heir.statistics.rescued == 1


async def test_slots_that_come_free_are_used_at_once(house: House) -> None:
    gateway = Scripted()
    schedules = [await house.schedule(f"{n}") for n in range(9)]
    async with running(house.worker(gateway, in_flight=2, poll=NEVER)):
        for schedule in schedules:
            await house.bells.heard(schedule, sent=1)
    assert len(gateway.sent) == 9


async def cut_off(house: House) -> None:
    """End all connections of the application's login, as a restart of PostgreSQL would."""
    connection = await asyncpg.connect(house.database.url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database() AND usename = current_user"
    )
    await connection.close()


async def test_a_worker_survives_the_loss_of_every_connection(house: House) -> None:
    worker = house.worker(poll=NEVER)
    async with running(worker):
        first = await house.schedule("before")
        await house.bells.heard(first, sent=1)
        await cut_off(house)
        # The owner's connections are spared.
        second = new_id()
        await house.owner.execute(COPY, first, second, "after")
        await house.bells.heard(second, sent=1)
    assert await house.bodies() == ["before", "after"]


async def test_a_worker_that_cannot_look_for_work_dies(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: object) -> list[object]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(house.database, "across_tenants", broken)
    worker = house.worker()
    with pytest.raises(ExceptionGroup) as death:
        await asyncio.wait_for(worker.run(), 60)
    assert death.value.subgroup(RuntimeError) is not None
    assert not worker.alive


def test_a_lease_must_outlast_a_call(house: House) -> None:
    with pytest.raises(ValueError, match="lease"):
        house.worker(lease=timedelta(seconds=30), timeout=timedelta(seconds=30))


async def test_who_fires_more_than_it_takes_wakes_the_others(house: House) -> None:
    for n in range(5):
        await house.schedule(f"{n}")
    woken = asyncio.Event()
    async with house.database.listen(CHANNEL, woken.set):
        await house.worker(batch=2, in_flight=2).run_once()
        async with asyncio.timeout(60):
            await woken.wait()
    assert (await house.statuses()).count("SENT") == 2
