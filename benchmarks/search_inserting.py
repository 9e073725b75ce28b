"""How many messages a second go into a month of their own, with every index and search vector."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from benchmarks.search_corpus import (
    BATCH,
    COLUMNS,
    FIRST_MONTH,
    MONTHS,
    Tenant,
    rows_of_month,
    table_of,
)

INSERTED = 160_000
MONTH = (FIRST_MONTH + timedelta(days=31 * (MONTHS + 1))).replace(day=1)
"""Behind all others, so that nothing else is there."""

Rows = Sequence[tuple[object, ...]]


async def insert_rate(url: str, tenant: Tenant, writers: int) -> float:
    """Messages a second by so many writers at once, by COPY; they are removed again."""
    rows = list(
        rows_of_month(random.Random(7), tenant, INSERTED, MONTH, MONTH + timedelta(days=28))
    )
    connections = [await asyncpg.connect(url) for _ in range(writers)]
    owner = connections[0]
    try:
        await owner.execute("SELECT parley_ensure_message_partitions($1, $1)", MONTH)
        started = time.perf_counter()
        await asyncio.gather(
            *(
                _copy(connection, rows[number::writers])
                for number, connection in enumerate(connections)
            )
        )
        return INSERTED / (time.perf_counter() - started)
    finally:
        await owner.execute(f"TRUNCATE {table_of(MONTH)}")
        for connection in connections:
            await connection.close()


async def _copy(connection: "asyncpg.Connection[asyncpg.Record]", rows: Rows) -> None:
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        await connection.copy_records_to_table(table_of(MONTH), records=batch, columns=COLUMNS)
