"""Workers are told of what was committed, and calls share notifications."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from app.embedded import EmbeddedServers
from models.database import Database
from models.waking import CHANNEL, WAKES_LATER, Waker

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
    servers: EmbeddedServers, clone_database: Callable[[], Awaitable[str]]
) -> None:
    heard: list[str] = []
    end = asyncio.Event()

    def hear(_: object, _pid: int, channel: str, payload: object) -> None:
        heard.append(str(payload))
        if payload == "end":
            end.set()

    # In a database where nobody else wakes workers.
    url = servers.url_for("parley_owner", await clone_database())
    async with (
        asyncpg.create_pool(url, min_size=0, max_size=2) as owner,
        owner.acquire() as listener,
        owner.acquire() as connection,
    ):
        await listener.add_listener(CHANNEL, hear)
        async with connection.transaction():
            await connection.execute(f"SELECT set_config('{WAKES_LATER}', 'yes', true)")
            await connection.execute(CHANGE)
        await connection.execute(f"NOTIFY {CHANNEL}, 'silent so far'")
        await connection.execute(CHANGE)
        await connection.execute(f"NOTIFY {CHANNEL}, 'end'")
        async with asyncio.timeout(60):
            await end.wait()
        await listener.remove_listener(CHANNEL, hear)
    assert heard == ["silent so far", "", "end"]


async def test_waking_tells_whoever_listens(database: Database) -> None:
    heard = asyncio.Event()
    async with database.listen(CHANNEL, heard.set):
        database.wake_workers()
        async with asyncio.timeout(60):
            await heard.wait()
