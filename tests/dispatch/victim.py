"""A worker in a process of its own, to be killed: `python -m tests.dispatch.victim`.

Its arguments: the URL of the database, the file of the ledger, and how many messages that takes.
It writes a line to its output for each of them. Behind the last the worker stands still where
it is, however late it is killed.
"""

import asyncio
import signal
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


async def work(url: str, ledger: Path, most: int) -> None:
    left = most

    def accepted() -> None:
        nonlocal left
        print("accepted", flush=True)
        left -= 1
        if not left:
            signal.pause()

    database = Database(url, pool_min=1, pool_max=6)
    await database.connect()
    gateway = Ledger(ledger, accepted)
    await Worker(database, Nobody(), gateway, in_flight=10, batch=10).run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
