"""A schedule that cannot be fired is set aside for a while, and the others are fired.

It is tried again later, longer each time: what is wrong may pass, with a new release of the zone
data or of Parley, and a change of the schedule brings it back at once.
"""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

import structlog

from dispatch.firing import fire
from dispatch.tools import DATABASE_TROUBLE, Tools
from models.events import EventKind, Stream
from models.rules import BadRule
from models.schedules import AsideCode
from realtime.events import LiveEvent
from realtime.unit_of_work import quick_work, unit_of_work

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)

_DUE = """
SELECT id FROM schedules
WHERE tenant_id = $1 AND status = 'ACTIVE' AND next_at <= $2 AND coalesce(aside_until <= $2, true)
ORDER BY next_at, id LIMIT $3
"""
_SET_ASIDE = """
UPDATE schedules
SET faults = faults + 1,
    aside_until = $2::timestamptz + least($3::interval * (1 << least(faults, 10)), $4),
    aside_code = $5, last_seq = last_seq + 1
WHERE id = $1 AND coalesce(aside_until <= $2, true)
RETURNING last_seq
"""

log: structlog.stdlib.BoundLogger = structlog.get_logger("dispatch")


async def fire_one_by_one(tools: Tools, tenant_id: UUID, limit: int) -> int:
    """Fire up to `limit` due schedules, each for itself; how many had their turn.

    For when they could not be fired together. Raises the database's errors when it is away.
    """
    async with tools.database.connection(tenant_id) as connection:
        due = await connection.fetch(_DUE, tenant_id, tools.clock(), limit)
    fired = 0
    for row in due:
        try:
            async with unit_of_work(tools.database, tools.bell, tenant_id) as work:
                fired += await fire(work, tools.clock(), 1, only=row["id"])
        except Exception as fault:
            await _set_aside(tools, tenant_id, row["id"], _code_of(fault))
            _tell(row["id"], fault)
    return fired


async def _set_aside(tools: Tools, tenant_id: UUID, schedule_id: UUID, code: AsideCode) -> None:
    """Set it aside, and tell its subscribers."""
    moment = tools.clock()
    async with quick_work(tools.database, tools.bell, tenant_id) as work:
        driver = await work.driver()
        seq = await driver.fetchval(_SET_ASIDE, schedule_id, moment, FIRST_WAIT, LONGEST_WAIT, code)
        if seq is not None:
            event = LiveEvent.bare(
                tenant_id,
                schedule_id,
                seq,
                Stream.SCHEDULE,
                EventKind.SCHEDULE_CHANGED,
                created_at=moment,
            )
            await work.keep([event])
    tools.statistics.set_aside += 1


def _code_of(fault: Exception) -> AsideCode:
    if isinstance(fault, ZoneInfoNotFoundError):
        return AsideCode.UNKNOWN_TIME_ZONE
    if isinstance(fault, BadRule):
        return AsideCode.BAD_RECURRENCE
    return AsideCode.REFUSED if isinstance(fault, DATABASE_TROUBLE) else AsideCode.FAULT


def _tell(schedule_id: UUID, fault: Exception) -> None:
    """Log it; an error of PostgreSQL by its name alone, since it may quote what was to be said."""
    trace = not isinstance(fault, DATABASE_TROUBLE)
    log.error(
        "schedule set aside",
        schedule=str(schedule_id),
        error=type(fault).__name__,
        code=getattr(getattr(fault, "orig", fault), "sqlstate", None),
        exc_info=fault if trace else None,
    )
