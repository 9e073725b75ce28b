"""Enqueues no-op jobs of pgqueuer in bulk and drains them: `python drain.py JOBS`, one JSON line.

It runs in an environment of its own (requirements.txt). Where PostgreSQL is, the PG… variables say.
"""

import json
import sys
import time

import asyncpg
import uvloop
from pgqueuer import Job, PgQueuer
from pgqueuer.types import QueueExecutionMode

PIECE = 1_000
# As many at once as it drains the most with.
BATCH = 100


async def drain(jobs: int) -> None:
    """Print the jobs a second that are enqueued, and drained."""
    connection = await asyncpg.connect()
    queue = PgQueuer.from_asyncpg_connection(connection)
    await queue.qm.queries.install()
    began = time.perf_counter()
    for first in range(0, jobs, PIECE):
        count = min(PIECE, jobs - first)
        await queue.qm.queries.enqueue(["noop"] * count, [None] * count, [0] * count)
    enqueued = time.perf_counter() - began

    @queue.entrypoint("noop")
    async def noop(job: Job) -> None:
        pass

    began = time.perf_counter()
    # Returns when the queue is empty and what was handled is recorded.
    await queue.qm.run(batch_size=BATCH, mode=QueueExecutionMode.drain)
    drained = time.perf_counter() - began
    print(json.dumps({"enqueue": jobs / enqueued, "drain": jobs / drained}))


if __name__ == "__main__":
    uvloop.run(drain(int(sys.argv[1])))
