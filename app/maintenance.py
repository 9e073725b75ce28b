"""What must be done from time to time, whoever asks for it.

Partitions are made for the months to come, and old events are forgotten.
"""

import asyncio
from datetime import timedelta

import asyncpg
import structlog

from models.base import now
from models.database import Database

AHEAD = timedelta(days=92)
EVERY = timedelta(hours=6)

log = structlog.get_logger(__name__)


async def make_partitions(database: Database) -> None:
    """Make sure that messages of the next three months have a place."""
    moment = now()
    rows = await database.across_tenants("parley_ensure_message_partitions", moment, moment + AHEAD)
    if made := rows[0][0]:
        log.info("partitions_made", count=made)


async def forget_events(database: Database, days: int) -> None:
    """Delete the events that are older than so many days, some at a time."""
    total = 0
    while forgotten := (await database.across_tenants("parley_forget_events", days))[0][0]:
        total += forgotten
    if total:
        log.info("events_forgotten", count=total)


async def maintain(database: Database, event_retention_days: int) -> None:
    """Do it now and every few hours, for ever; a database that is away is tried again."""
    while True:
        try:
            await make_partitions(database)
            await forget_events(database, event_retention_days)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("maintenance_failed", error=str(error))
        await asyncio.sleep(EVERY.total_seconds())
