"""Deliveries that are too late to be of use are not sent any more."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from models.database import Database
from models.events import EventKind
from models.schedules import Schedule
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work

_FIND = text("""
SELECT id, schedule_id FROM deliveries
WHERE tenant_id = :tenant_id AND status = 'QUEUED' AND expires_at <= :now
ORDER BY expires_at LIMIT :limit
""")
_EXPIRE = text("""
UPDATE deliveries SET status = 'EXPIRED', updated_at = :now
WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'QUEUED' AND expires_at <= :now
RETURNING schedule_id
""")


async def expire_due(
    database: Database, bell: Bell, tenant_id: UUID, now: datetime, limit: int
) -> int:
    """End up to `limit` queued deliveries whose time is over; how many."""
    async with unit_of_work(database, bell, tenant_id) as work:
        connection = await work.session.connection()
        values = {"tenant_id": tenant_id, "now": now, "limit": limit}
        late = (await connection.execute(_FIND, values)).all()
        if not late:
            return 0
        # Schedules before deliveries, by id, as everywhere.
        schedules = await _lock(work, [row.schedule_id for row in late])
        ended = await connection.execute(_EXPIRE, {"ids": [row.id for row in late], "now": now})
        counts = Counter(row.schedule_id for row in ended)
        for schedule in schedules:
            if counts[schedule.id]:
                work.record(schedule, EventKind.SCHEDULE_PROGRESS, expired=counts[schedule.id])
    return counts.total()


async def _lock(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Schedule]:
    statement = select(Schedule).where(col(Schedule.id).in_(set(ids))).order_by(col(Schedule.id))
    return (await work.session.exec(statement.with_for_update())).all()
