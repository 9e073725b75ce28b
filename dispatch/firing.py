"""Due schedules become deliveries: each occurrence once, however many workers look."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.database import Database
from models.events import EventKind
from models.schedules import Delivery, Schedule, ScheduleStatus
from models.tables import deliveries
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work


async def fire_due(
    database: Database, bell: Bell, tenant_id: UUID, now: datetime, limit: int
) -> int:
    """Queue the deliveries of up to `limit` schedules that are due, the longest overdue first.

    Schedules that another worker is firing are passed over. Returns how many were fired.
    """
    async with unit_of_work(database, bell, tenant_id) as work:
        due = await _lock_due(work, now, limit)
        if due:
            await _queue(work, [_delivery(schedule, now) for schedule in due])
        for schedule in due:
            _move_on(work, schedule)
    return len(due)


async def _lock_due(work: UnitOfWork, now: datetime, limit: int) -> list[Schedule]:
    statement = (
        select(Schedule)
        .where(
            Schedule.tenant_id == work.tenant_id,
            Schedule.status == ScheduleStatus.ACTIVE,
            col(Schedule.next_at) <= now,
        )
        .order_by(col(Schedule.next_at), col(Schedule.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await work.session.exec(statement))


def _delivery(schedule: Schedule, now: datetime) -> Delivery:
    """The delivery of the occurrence that is due, into the schedule's conversation."""
    assert schedule.next_at is not None, "only schedules that are due are fired"
    return Delivery(
        tenant_id=schedule.tenant_id,
        schedule_id=schedule.id,
        conversation_id=schedule.conversation_id,
        occurrence_at=schedule.next_at,
        recipient=str(schedule.conversation_id),
        body=schedule.body,
        due_at=schedule.next_at,
        created_at=now,
        updated_at=now,
    )


async def _queue(work: UnitOfWork, new: Sequence[Delivery]) -> None:
    """Insert deliveries; the key (schedule, occurrence, recipient) refuses any a second time."""
    connection = await work.session.connection()
    await connection.execute(
        insert(deliveries).on_conflict_do_nothing(), [delivery.model_dump() for delivery in new]
    )


def _move_on(work: UnitOfWork, schedule: Schedule) -> None:
    """Go on from the occurrence that was queued. A schedule has one, so this is its end."""
    schedule.next_at = None
    schedule.status = ScheduleStatus.COMPLETED
    work.record(schedule, EventKind.SCHEDULE_CHANGED, queued=1)
