"""A worker in a process of its own, to be killed: `python -m tests.dispatch.victim URL LEDGER`.

It writes a line to its output for each message that the ledger took.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from dispatch.worker import Worker
from models.database import Database
from realtime.events import LiveEvent
from tests.dispatch.outlets import Ledger


class Nobody:
    """Nobody listens."""

    async def ring(self, events: Sequence[LiveEvent]) -> None:
        pass


async def work(url: str, ledger: Path) -> None:
    database = Database(url, pool_min=1, pool_max=6)
    await database.connect()
    gateway = Ledger(ledger, accepted=lambda: print("accepted", flush=True))
    await Worker(database, Nobody(), gateway, in_flight=10, batch=10).run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2])))
