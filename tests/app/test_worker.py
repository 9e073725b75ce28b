"""`parley worker` as a process of its own: what it tells, and how it ends."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGTERM

from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from models.devices import DeviceKind
from models.schedules import Priority
from tests.dispatch.conftest import house
from tests.dispatch.house import House
from tests.installations import PARLEY, environment

__all__ = ["house"]

PATIENCE = 180
SLOW = "UPDATE devices SET settings = jsonb_build_object('delay_ms', 3000) WHERE id = $1"


@asynccontextmanager
async def working(house: House, redis_url: str, folder: Path) -> AsyncIterator[tuple[Process, str]]:
    """A worker at the house's database, and its address."""
    process = await asyncio.create_subprocess_exec(
        PARLEY,
        *("worker", "--port", "0"),
        env=environment(folder) | {"DATABASE_URL": house.database.url, "REDIS_URL": redis_url},
        stdout=PIPE,
    )
    try:
        assert process.stdout is not None, "it is piped"
        async with asyncio.timeout(PATIENCE):
            line = await process.stdout.readline()
        yield process, line.decode().split()[-1]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def samples(client: AsyncClient) -> dict[tuple[str, ...], float]:
    """The metrics by name and the values of their labels, in the order of these."""
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


async def test_it_tells_of_the_queue_and_finishes_what_it_holds(
    house: House, redis_url: str, tmp_path: Path
) -> None:
    device = await house.device(kind=DeviceKind.LOOPBACK)
    await house.owner.execute(SLOW, device)
    await house.queue(1, device, priority=Priority.HIGH)
    await house.queue(1, priority=Priority.LOW, hours=1)
    async with (
        working(house, redis_url, tmp_path) as (process, address),
        asyncio.timeout(PATIENCE),
        AsyncClient(base_url=address, timeout=PATIENCE) as client,
    ):
        ready = (await client.get("/health/ready")).json()
        assert (ready["database"], ready["migrations"]) == ("ok", "ok")
        waiting = ("parley_queue_waiting", "none", "LOW")
        while not (told := await samples(client))["parley_worker_claimed_total",]:
            pass
        while waiting not in told:
            told = await samples(client)
        assert told[waiting] == 1
        process.send_signal(SIGTERM)
        assert await process.wait() == 0
    assert await house.statuses() == ["SENT", "QUEUED"]
    assert await house.bodies() == ["0"]
    assert await house.owner.fetchval("SELECT count(*) FROM worker_beats") == 0
