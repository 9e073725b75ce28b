"""Workers are told of what was committed, and calls share notifications."""

import asyncio

import asyncpg

from models.database import Database
from models.waking import WAKES_LATER, Waker

CHANGE = "UPDATE schedules SET status = status"


async def test_calls_while_one_is_under_way_share_the_next() -> None:
    told = 0
    may_go_on = asyncio.Event()

    async def notify() -> None:
        nonlocal told
        told += 1
        await may_go_on.wait()

    waker = Waker(notify)
    waker.wake()
    await asyncio.sleep(0)
    for _ in range(10):
        waker.wake()
    may_go_on.set()
    await waker.settled()
    assert told == 2


async def test_a_database_that_refuses_stops_nobody() -> None:
    answers = iter([asyncpg.InterfaceError("gone"), None])

    async def notify() -> None:
        answer = next(answers)
        if answer is not None:
            raise answer

    waker = Waker(notify)
    waker.wake()
    await waker.settled()
    waker.wake()
    await waker.settled()
    assert next(answers, "all told") == "all told"


async def test_who_wakes_workers_later_keeps_triggers_from_it(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    heard: list[str] = []
    end = asyncio.Event()
    async with owner.acquire() as listener:

        def hear(_: object, _pid: int, channel: str, payload: object) -> None:
            heard.append(str(payload))
            if payload == "end":
                end.set()

        await listener.add_listener("parley_work", hear)
        async with owner.acquire() as connection:
            async with connection.transaction():
                await connection.execute(f"SELECT set_config('{WAKES_LATER}', 'yes', true)")
                await connection.execute(CHANGE)
            await connection.execute("NOTIFY parley_work, 'silent so far'")
            await connection.execute(CHANGE)
            await connection.execute("NOTIFY parley_work, 'end'")
        async with asyncio.timeout(60):
            await end.wait()
        await listener.remove_listener("parley_work", hear)
    assert heard == ["silent so far", "", "end"]


async def test_waking_tells_whoever_listens(database: Database) -> None:
    heard = asyncio.Event()
    async with database.listen("parley_work", heard.set):
        database.wake_workers()
        async with asyncio.timeout(60):
            await heard.wait()
