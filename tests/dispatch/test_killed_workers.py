"""kill -9 in the middle of sending: each message is accepted once by an outlet that counts."""

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path

from tests.dispatch.house import House
from tests.dispatch.outlets import Ledger

# The long run, of some minutes: PARLEY_KILL_MESSAGES=10000 PARLEY_KILLS=100.
MESSAGES = int(os.environ.get("PARLEY_KILL_MESSAGES", "300"))
KILLS = int(os.environ.get("PARLEY_KILLS", "8"))
# What is left of the messages when all victims are dead is sent by their heir.
MOST_EACH = max(20, MESSAGES * 3 // (KILLS * 4))


async def kill_after(house: House, ledger: Path, accepted: int) -> None:
    """Start a worker and kill it when the outlet has taken that many of its messages."""
    victim = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.dispatch.victim", house.database.url, str(ledger)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert victim.stdout is not None
    try:
        async with asyncio.timeout(60):
            for _ in range(accepted):
                assert await victim.stdout.readline() == b"accepted\n"
    finally:
        victim.kill()
        await victim.wait()
        # What it had written before it died is read, so that the pipe is closed.
        await victim.stdout.read()


async def test_killed_workers_lose_nothing_and_send_nothing_twice(
    house: House, tmp_path: Path
) -> None:
    path = tmp_path / "ledger"
    for n in range(MESSAGES):
        await house.schedule(f"{n}")
    dice = random.Random(7)
    for _ in range(KILLS):
        await kill_after(house, path, dice.randint(3, MOST_EACH))
    assert set(await house.statuses()) > {"SENDING"}

    heir = house.worker(Ledger(path))
    house.clock.move(minutes=5)
    while set(await house.statuses()) != {"SENT"}:
        await heir.drain()
        house.clock.move(minutes=5)
    assert Counter(Ledger(path).lines()) == {str(row["id"]): 1 for row in await house.deliveries()}
    assert heir.statistics.rescued > 0
