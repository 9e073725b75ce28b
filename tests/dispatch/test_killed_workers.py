"""kill -9 in the middle of sending: an outlet that counts accepts each message once.

Where the outlet cannot tell what became of a message, it is UNKNOWN and told, and not sent again.
"""

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

from tests.dispatch.house import House
from tests.dispatch.outlets import BlindLedger

# `make kill-test` is the long run, of some minutes.
MESSAGES = int(os.environ.get("PARLEY_KILL_MESSAGES", "300"))
KILLS = int(os.environ.get("PARLEY_KILLS", "8"))
# Workers that are killed side by side.
AT_ONCE = 2
# What is left of the messages when all victims are dead is sent by their heir.
MOST_EACH = max(20, MESSAGES * 3 // (KILLS * 4))
# What a victim may send after its last message that was waited for, before the kill reaches it.
AHEAD = 5


async def kill_after(house: House, ledger: Path, accepted: int) -> None:
    """Start a worker and kill it when the outlet has taken that many of its messages."""
    victim = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.dispatch.victim"),
        *(house.database.url, str(ledger), str(accepted + AHEAD)),
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


async def settled(house: House, untold: set[UUID]) -> bool:
    """Whether all are SENT but those of which nobody can tell."""
    return all(
        row["status"] == ("UNKNOWN" if row["id"] in untold else "SENT")
        for row in await house.deliveries()
    )


async def unknown_and_told(house: House) -> set[UUID]:
    """The deliveries that are UNKNOWN and whose subscribers were told so."""
    rows = await house.owner.fetch(
        "SELECT d.id FROM deliveries d WHERE d.status = 'UNKNOWN' AND EXISTS ("
        " SELECT FROM events e WHERE e.stream_id = d.schedule_id AND e.payload ? 'unknown')"
    )
    return {row["id"] for row in rows}


async def test_killed_workers_lose_nothing_and_send_nothing_twice(
    house: House, tmp_path: Path
) -> None:
    path = tmp_path / "ledger"
    for n in range(MESSAGES):
        await house.schedule(f"{n}")
    dice = random.Random(7)
    for _ in range(KILLS // AT_ONCE):
        fates = [dice.randint(3, MOST_EACH) for _ in range(AT_ONCE)]
        await asyncio.gather(*(kill_after(house, path, fate) for fate in fates))
    assert set(await house.statuses()) > {"SENDING"}

    ledger = BlindLedger(path)
    heir = house.worker(ledger)
    house.clock.move(minutes=5)
    while not await settled(house, ledger.untold):
        await heir.drain()
        house.clock.move(minutes=5)
    accepted = Counter(ledger.lines())
    assert set(accepted.values()) == {1}
    unknown = await unknown_and_told(house)
    assert unknown == ledger.untold != set()
    sent = {row["id"] for row in await house.deliveries() if row["status"] == "SENT"}
    assert len(sent | unknown) == MESSAGES
    assert {str(delivery) for delivery in sent} <= accepted.keys()
    assert heir.statistics.rescued > 0
