"""Due times worked out again: the data of time zones change, and local times mean other moments.

A process has the data with which it was started. One that starts with newer data finds schedules
whose next moment was worked out with older ones.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from dispatch.duties import Duty, find_work
from models.base import now
from models.database import Database
from models.events import EventKind, Stream
from models.recurrence import due_by_present_data
from realtime.events import LiveEvent
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work

PIECE = 200
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
BEFORE_ALL = UUID(int=0)

# A schedule whose occurrence is being fired keeps its time; its next one is worked out anyway.
_ON_CLOCKS = text("""
SELECT * FROM schedules
WHERE tenant_id = :tenant_id AND id > :after AND status = 'ACTIVE' AND next_at IS NOT NULL
    AND wall_start IS NOT NULL AND firing_at IS NULL
ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_MOVE = text("""
UPDATE schedules AS s SET next_at = m.next_at, last_seq = s.last_seq + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:next_ats AS timestamptz[])) AS m (id, next_at)
WHERE s.id = m.id
""")


async def reckon_again(database: Database, bell: Bell) -> int:
    """Give every active schedule the due time that the present data of its zone say; how many."""
    ever = await find_work(database, END_OF_TIME)
    moved = 0
    for tenant_id in ever.tenants(Duty.FIRE):
        after: UUID | None = BEFORE_ALL
        while after is not None:
            async with unit_of_work(database, bell, tenant_id) as work:
                found = await _on_clocks(work, after)
                moved += await _move(work, list(_moved(found)))
            after = found[-1].id if len(found) == PIECE else None
    return moved


async def _on_clocks(work: UnitOfWork, after: UUID) -> Sequence[Row[Any]]:
    connection = await work.session.connection()
    values = {"tenant_id": work.tenant_id, "after": after, "limit": PIECE}
    return (await connection.execute(_ON_CLOCKS, values)).all()


def _moved(schedules: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], datetime]]:
    """The schedules that are due at another moment than it says, and that moment."""
    for schedule in schedules:
        due_at = due_by_present_data(schedule)
        if due_at != schedule.next_at:
            yield schedule, due_at


async def _move(work: UnitOfWork, moved: Sequence[tuple[Row[Any], datetime]]) -> int:
    if moved:
        connection = await work.session.connection()
        ids = [schedule.id for schedule, _ in moved]
        await connection.execute(_MOVE, {"ids": ids, "next_ats": [at for _, at in moved]})
        await work.keep(
            [
                LiveEvent.bare(
                    work.tenant_id,
                    schedule.id,
                    schedule.last_seq + 1,
                    Stream.SCHEDULE,
                    EventKind.SCHEDULE_CHANGED,
                    created_at=now(),
                )
                for schedule, _ in moved
            ]
        )
    return len(moved)
