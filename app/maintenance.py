"""What must be done from time to time, whoever asks for it: partitions for the months to come."""

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


async def maintain(database: Database) -> None:
    """Do it now and every few hours, for ever; a database that is away is tried again."""
    while True:
        try:
            await make_partitions(database)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("maintenance_failed", error=str(error))
        await asyncio.sleep(EVERY.total_seconds())
