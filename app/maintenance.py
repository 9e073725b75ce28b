"""What must be done from time to time, whoever asks for it.

Partitions are made for the months to come, old events are forgotten, schedules follow the data of
their zones, and what changed is counted.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from dispatch.reckoning import reckon_again
from models.base import now
from models.database import Database
from realtime.unit_of_work import Bell
from resolvers.statistics.counting import count_what_is_due

AHEAD = timedelta(days=92)
CALL_DAYS = 14
"""Outlets repeat calls for a week; twice as long one can look what was said."""
EVERY = timedelta(hours=6)
COUNT_EVERY = timedelta(seconds=15)
TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)

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


async def follow_the_clocks(database: Database, bell: Bell) -> None:
    """Move schedules to when they are due by the data of time zones that this process has."""
    if moved := await reckon_again(database, bell):
        log.info("schedules_moved_by_their_zones", count=moved)


async def forget_calls(database: Database) -> None:
    """Delete calls of webhooks that were read long ago, and rates that are free again."""
    total = 0
    while forgotten := (await database.across_tenants("parley_forget_calls", CALL_DAYS))[0][0]:
        total += forgotten
    if total:
        log.info("calls_forgotten", count=total)


async def maintain(database: Database, bell: Bell, event_retention_days: int) -> None:
    """Do it now and every few hours, for ever; a database that is away is tried again."""
    while True:
        try:
            await make_partitions(database)
            await forget_events(database, event_retention_days)
            await follow_the_clocks(database, bell)
            await forget_calls(database)
        except TROUBLE as error:
            log.warning("maintenance_failed", error=str(error))
        await asyncio.sleep(EVERY.total_seconds())


class StatisticsKeeper:
    """Counts, for as long as it runs, what has changed: in `every` so long. `counted` is set when
    it has done so once more."""

    def __init__(self, database: Database, every: timedelta = COUNT_EVERY) -> None:
        self.counted = asyncio.Event()
        self._database = database
        self._every = every
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Count until `stop`; a database that is away is tried again."""
        while not self._stopped.is_set():
            try:
                await count_what_is_due(self._database)
                self.counted.set()
            except TROUBLE as error:
                log.warning("counting_failed", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every.total_seconds()):
                    await self._stopped.wait()

    def stop(self) -> None:
        """Finish what is being counted, and no more."""
        self._stopped.set()
