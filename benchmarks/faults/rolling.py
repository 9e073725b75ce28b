"""A redeploy under load: two instances are stopped in turn, as an orchestrator does it."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

import asyncpg

from benchmarks.faults.readers import Reader
from benchmarks.faults.rig import Rig
from benchmarks.faults.run import (
    Outcome,
    conversations,
    delivered,
    faults,
    key_of,
    messages_of,
    people,
    settled,
    written_once,
)
from benchmarks.faults.writers import Writer
from resolvers.feeds import cursor_at

PLACES = 20
EVERY = 0.5
"""Seconds between the messages of a conversation."""
CALM_SECONDS = 3.0


async def roll(made: Rig, sockets: int, tell: Callable[[str], None]) -> Outcome:
    """SIGTERM one instance, wait until it is gone, start it again; then the other."""
    began, began_busy = time.monotonic(), time.process_time()
    token = await made.token("mayor")
    owner = await asyncpg.create_pool(made.servers.database_url, min_size=0, max_size=1)
    try:
        places = await conversations(made.addresses[0], token, PLACES)
        readers = [
            Reader(f"reader {n}", places[n % PLACES], cursor_at(key_of(places[n % PLACES]), 0))
            for n in range(sockets)
        ]
        writers = [Writer(f"w{n}", place, EVERY) for n, place in enumerate(places)]
        async with people(made, token, readers, []), asyncio.TaskGroup() as group:
            # What is written before all are there is heard late by no fault of the restart.
            await all_connected(readers)
            writing = [group.create_task(each.write(made.addresses, token)) for each in writers]
            for number, program in enumerate(made.apis, 1):
                await asyncio.sleep(CALM_SECONDS)
                stopped = time.monotonic()
                await made.redeploy(program)
                tell(f"instance {number}: back after {time.monotonic() - stopped:.1f} s")
            await asyncio.sleep(CALM_SECONDS)
            for task in writing:
                task.cancel()
            await asyncio.wait(writing)
            await delivered(owner)
            recorded = {place: await messages_of(owner, place, 0) for place in places}
            await settled(readers, recorded)
        return Outcome(
            messages=sum(map(len, recorded.values())),
            acknowledged=sum(len(writer.acknowledged) for writer in writers),
            killed=Counter({"instance": len(made.apis)}),
            readers=readers,
            seconds=time.monotonic() - began,
            busy=time.process_time() - began_busy,
            faults=[*faults(readers, recorded), *await written_once(owner, writers)],
        )
    finally:
        await owner.close()


async def all_connected(readers: list[Reader]) -> None:
    """Return when every reader has connected once."""
    async with asyncio.timeout(120):
        for reader in readers:
            await reader.connected.wait()
