"""The queue as administrators see it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from dispatch.beating import Heart
from dispatch.fairness import Slots
from dispatch.statistics import WorkerStatistics
from dispatch.tools import Tools
from models.base import now
from models.conversations import Conversation
from models.schedules import Priority
from models.tenants import Role
from resolvers import queue
from tests.dispatch.house import House
from tests.dispatch.outlets import Scripted
from tests.schema.conftest import Client, SignUp

STATISTICS = """
    query { queueStatistics {
        waiting waitingIsExact active completed failed successRate oldestWaiting
        byPriority { priority waiting completed failed }
        byDevice { device { name } waiting completed }
        workers { alive capacity }
    } }
"""


@pytest.fixture
async def house(client: Client, owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID) -> House:
    """The tenant of the client, furnished."""
    house = House(client.services.database, owner, tenant=tenant, user=client.viewer.user_id)
    async with house.database.transaction(tenant) as session:
        session.add(Conversation(id=house.conversation, tenant_id=tenant, title="Family"))
    return house


@pytest.fixture
async def admin(sign_up: SignUp, client_of: Callable[..., Client]) -> Client:
    return client_of(await sign_up("ada", Role.ADMIN))


async def statistics(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.data(STATISTICS))["queueStatistics"]
    return found


async def test_an_empty_queue(admin: Client) -> None:
    found = await statistics(admin)
    assert (found["waiting"], found["active"], found["successRate"]) == (0, 0, None)
    assert (found["oldestWaiting"], found["byDevice"], found["byPriority"]) == (None, [], [])


async def test_what_waits_and_what_came_of_the_rest(admin: Client, house: House) -> None:
    device = await house.device({"normal": 2})
    await house.queue(3, priority=Priority.HIGH)
    await house.queue(5, device)
    before = house.clock()
    worker = house.worker(Scripted())
    await worker.drain()
    found = await statistics(admin)
    assert (found["waiting"], found["waitingIsExact"], found["completed"]) == (4, True, 4.0)
    assert found["successRate"] == 1.0
    assert found["oldestWaiting"].startswith(before.strftime("%Y-%m-%dT%H:%M"))
    assert found["byPriority"] == [
        {"priority": "HIGH", "waiting": 0, "completed": 3.0, "failed": 0.0},
        {"priority": "NORMAL", "waiting": 4, "completed": 1.0, "failed": 0.0},
    ]
    [none, own] = found["byDevice"]
    assert (none["device"], none["completed"]) == (None, 3.0)
    assert (own["device"] is not None, own["waiting"]) == (True, 4)


async def test_a_long_queue_is_not_counted_to_its_end(
    admin: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST", 5)
    await house.queue(9)
    found = await statistics(admin)
    assert (found["waiting"], found["waitingIsExact"]) == (5, False)


async def test_workers_that_gave_a_sign_lately_are_counted_not_named(admin: Client) -> None:
    services = admin.services
    counts = WorkerStatistics()
    tools = Tools(
        services.database,
        services.bell,
        now,
        Slots(10, asyncio.Event()),
        counts,
        timedelta(seconds=1),
    )
    heart = Heart(tools)
    before = (await statistics(admin))["workers"]
    await heart.beat()
    assert counts.depth is not None
    assert (await statistics(admin))["workers"] == {
        "alive": before["alive"] + 1,
        "capacity": before["capacity"] + 10,
    }
    await heart.leave()
    assert (await statistics(admin))["workers"] == before


async def test_five_statements_whatever_there_is(admin: Client, house: House) -> None:
    await house.queue(3, await house.device())
    assert await admin.count_statements(STATISTICS) == 5
