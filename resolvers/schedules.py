"""Schedules: finding, pausing, resuming and ending them. `dispatch` sends what they become."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.deliveries import DeliveryStatus
from models.events import EventKind
from models.recurrence import due_by_present_data
from models.schedules import Schedule, ScheduleStatus
from models.tables import conversations, deliveries, schedules
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError, not_found
from resolvers.loaders.schedules import BY_CREATION, COLUMNS
from resolvers.locking import locked
from resolvers.paging import Page, PageRequest
from resolvers.scope import visible_conversations

s = schedules.c


@dataclass(frozen=True, slots=True)
class ScheduleFilter:
    """What schedules must be like; each given condition holds."""

    status: ScheduleStatus | None = None
    conversation_id: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on `schedules`."""
        found: list[ColumnElement[bool]] = []
        if self.status is not None:
            found.append(s.status == self.status.value)
        if self.conversation_id is not None:
            found.append(s.conversation_id == self.conversation_id)
        return found


async def find_schedule(context: Context, schedule_id: UUID) -> Row:
    """The schedule. Raises NOT_FOUND when there is none that the viewer may see."""
    row = await visible_schedule(context, schedule_id)
    if row is None:
        raise not_found("schedule")
    return row


async def visible_schedule(context: Context, schedule_id: UUID) -> Row | None:
    """The schedule, or None when there is none that the viewer may see."""
    return await context.read.first(
        select(*COLUMNS).where(s.id == schedule_id, visible_schedules(context.viewer))
    )


async def list_schedules(context: Context, request: PageRequest, wanted: ScheduleFilter) -> Page:
    """A page of the schedules for conversations that the viewer may see, newest first."""
    statement = select(*COLUMNS).where(visible_schedules(context.viewer), *wanted.conditions())
    rows = await context.read.all(BY_CREATION.select(statement, request))
    return BY_CREATION.page(rows, request)


async def count_schedules(context: Context, wanted: ScheduleFilter) -> int:
    """How many schedules the list has on all its pages."""
    statement = select(func.count()).select_from(schedules)
    count: int = await context.read.value(
        statement.where(visible_schedules(context.viewer), *wanted.conditions())
    )
    return count


async def pause_schedule(context: Context, schedule_id: UUID) -> Row:
    """Have a schedule wait; what is queued already goes out."""
    async with _changing(context, schedule_id) as (work, schedule):
        if schedule.status == ScheduleStatus.ACTIVE:
            _change(work, schedule, ScheduleStatus.PAUSED)
        elif schedule.status != ScheduleStatus.PAUSED:
            raise UserError(Code.ALREADY_DONE, "The schedule is over.", "scheduleId")
    return await find_schedule(context, schedule_id)


async def resume_schedule(context: Context, schedule_id: UUID) -> Row:
    """Have a paused schedule go on; what it missed is treated as its rule for that says."""
    async with _changing(context, schedule_id) as (work, schedule):
        if schedule.status == ScheduleStatus.PAUSED:
            if schedule.next_at is not None:
                schedule.next_at = due_by_present_data(schedule)
            _change(work, schedule, ScheduleStatus.ACTIVE)
        elif schedule.status != ScheduleStatus.ACTIVE:
            raise UserError(Code.ALREADY_DONE, "The schedule is over.", "scheduleId")
    return await find_schedule(context, schedule_id)


async def cancel_schedule(context: Context, schedule_id: UUID) -> Row:
    """End a schedule: what is queued is not sent; what a worker holds already may still be."""
    async with _changing(context, schedule_id) as (work, schedule):
        if schedule.status != ScheduleStatus.CANCELLED:
            stopped = await _cancel_queued(work, schedule, context.services.clock())
            if schedule.status == ScheduleStatus.COMPLETED and not stopped:
                raise UserError(Code.ALREADY_DONE, "The schedule has been sent.", "scheduleId")
            schedule.next_at = None
            _change(work, schedule, ScheduleStatus.CANCELLED, cancelled=stopped or None)
    return await find_schedule(context, schedule_id)


def visible_schedules(viewer: Viewer) -> ColumnElement[bool]:
    """Those of the tenant, but for those into conversations that the viewer may not see."""
    seen = select(conversations.c.id).where(
        conversations.c.id == s.conversation_id,
        visible_conversations(viewer.tenant_id, viewer.user_id),
    )
    return (s.tenant_id == viewer.tenant_id) & (s.conversation_id.is_(None) | seen.exists())


async def open_schedule(work: UnitOfWork, viewer: Viewer, schedule_id: UUID) -> Schedule:
    """The schedule locked for a change. Raises NOT_FOUND unless the viewer may see it."""
    statement = select_rows(Schedule).where(
        col(Schedule.id) == schedule_id, visible_schedules(viewer)
    )
    return await locked(work, statement, "schedule", "scheduleId")


@asynccontextmanager
async def _changing(
    context: Context, schedule_id: UUID
) -> AsyncIterator[tuple[UnitOfWork, Schedule]]:
    """A schedule that an agent changes."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        yield work, await open_schedule(work, viewer, schedule_id)


def _change(
    work: UnitOfWork, schedule: Schedule, status: ScheduleStatus, **payload: int | None
) -> None:
    schedule.status = status
    schedule.revision += 1
    work.record(schedule, EventKind.SCHEDULE_CHANGED, **payload)


async def _cancel_queued(work: UnitOfWork, schedule: Schedule, moment: datetime) -> int:
    """Cancel what no worker holds; how many deliveries that were."""
    d = deliveries.c
    connection = await work.session.connection()
    result = await connection.execute(
        update(deliveries)
        .where(d.schedule_id == schedule.id, d.status == DeliveryStatus.QUEUED.value)
        .values(status=DeliveryStatus.CANCELLED.value, updated_at=moment)
    )
    return int(result.rowcount)
