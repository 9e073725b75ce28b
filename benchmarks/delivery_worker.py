"""A worker in a process of its own, whose outlet takes every message at once and does nothing.

`python -m benchmarks.delivery_worker DATABASE_URL REDIS_URL` says "ready", and works until SIGTERM.
"""

import asyncio
import signal
import sys

import uvloop

from app.garbage import spare_collections
from dispatch.worker import Worker
from gateways.protocol import Outgoing, Sent
from models.database import Database
from realtime.bus import Bus

# As with PARLEY_DELIVERIES_AT_ONCE=4000.
IN_FLIGHT = 4_000
BATCH = 1_000


class NoOp:
    """Takes every message."""

    async def send(self, outgoing: Outgoing) -> Sent:
        return Sent()

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return None


async def work(database_url: str, redis_url: str) -> None:
    """Work until told to stop."""
    database, bus = Database(database_url, pool_min=2, pool_max=8), Bus(redis_url)
    await database.connect()
    await bus.connect()
    worker = Worker(database, bus, NoOp(), in_flight=IN_FLIGHT, batch=BATCH)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    spare_collections()
    print("ready", flush=True)
    await worker.run()
    await bus.close()
    await database.close()


if __name__ == "__main__":
    uvloop.run(work(*sys.argv[1:]))
