"""Schedules: making, finding and ending them. `dispatch` sends what they become."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.events import EventKind
from models.schedules import DeliveryStatus, Schedule, ScheduleStatus
from models.tables import conversations, deliveries, schedules
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.conversations import open_conversation
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.loaders.schedules import BY_CREATION, COLUMNS
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


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """What a client gives to schedule a message. A time without an offset is in `time_zone`."""

    conversation_id: UUID
    body: str
    send_at: datetime
    time_zone: str = "UTC"
    idempotency_key: str | None = None


async def find_schedule(context: Context, schedule_id: UUID) -> Row:
    """The schedule. Raises NOT_FOUND when there is none that the viewer may see."""
    row = await visible_schedule(context, schedule_id)
    if row is None:
        raise not_found("schedule")
    return row


async def visible_schedule(context: Context, schedule_id: UUID) -> Row | None:
    """The schedule, or None when there is none that the viewer may see."""
    return await context.read.first(
        select(*COLUMNS).where(s.id == schedule_id, _visible(context.viewer))
    )


async def list_schedules(context: Context, request: PageRequest, wanted: ScheduleFilter) -> Page:
    """A page of the schedules for conversations that the viewer may see, newest first."""
    statement = select(*COLUMNS).where(_visible(context.viewer), *wanted.conditions())
    rows = await context.read.all(BY_CREATION.select(statement, request))
    return BY_CREATION.page(rows, request)


async def count_schedules(context: Context, wanted: ScheduleFilter) -> int:
    """How many schedules the list has on all its pages."""
    statement = select(func.count()).select_from(schedules)
    count: int = await context.read.value(
        statement.where(_visible(context.viewer), *wanted.conditions())
    )
    return count


async def create_schedule(context: Context, new: NewSchedule) -> Row:
    """Schedule a message. The same `idempotency_key` gives the first schedule again."""
    viewer, limits = context.viewer, context.services.limits
    viewer.require(Role.AGENT)
    body = text_within(new.body, limits.body, "body")
    if new.idempotency_key is not None:
        text_within(new.idempotency_key, limits.key, "idempotencyKey")
    send_at = moment_in(new.send_at, new.time_zone)
    if send_at <= context.services.clock():
        raise UserError(Code.PAST_TIME, "sendAt is in the past; give a later time.", "sendAt")
    services = context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await open_conversation(work, viewer, new.conversation_id)
        schedule = await _made_before(work, new.idempotency_key)
        if schedule is None:
            schedule = Schedule(
                tenant_id=viewer.tenant_id,
                conversation_id=new.conversation_id,
                created_by_id=viewer.user_id,
                body=body,
                send_at=send_at,
                time_zone=new.time_zone,
                next_at=send_at,
                idempotency_key=new.idempotency_key,
            )
            work.session.add(schedule)
            await work.session.flush()
            work.record(schedule, EventKind.SCHEDULE_CREATED)
    return await find_schedule(context, schedule.id)


async def cancel_schedule(context: Context, schedule_id: UUID) -> Row:
    """End a schedule: what is queued is not sent; what a worker holds already may still be."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        schedule = await _open_schedule(work, viewer, schedule_id)
        if schedule.status != ScheduleStatus.CANCELLED:
            stopped = await _cancel_queued(work, schedule, services.clock())
            if schedule.status == ScheduleStatus.COMPLETED and not stopped:
                raise UserError(Code.ALREADY_DONE, "The schedule has been sent.", "scheduleId")
            schedule.status = ScheduleStatus.CANCELLED
            schedule.next_at = None
            work.record(schedule, EventKind.SCHEDULE_CHANGED)
    return await find_schedule(context, schedule_id)


def moment_in(moment: datetime, zone_name: str) -> datetime:
    """An aware time in UTC; one without an offset is meant in the zone.

    A time that the zone's clocks skip is read with the offset before the gap; one that they
    show twice is the first. Raises UNKNOWN_TIME_ZONE.
    """
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{zone_name!r} is no IANA time zone; use a name like Europe/Lisbon."
        raise UserError(Code.UNKNOWN_TIME_ZONE, message, "timeZone") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    seen = select(conversations.c.id).where(
        conversations.c.id == s.conversation_id,
        visible_conversations(viewer.tenant_id, viewer.user_id),
    )
    return (s.tenant_id == viewer.tenant_id) & seen.exists()


async def _made_before(work: UnitOfWork, key: str | None) -> Schedule | None:
    if key is None:
        return None
    statement = select_rows(Schedule).where(col(Schedule.idempotency_key) == key)
    return (await work.session.exec(statement)).one_or_none()


async def _open_schedule(work: UnitOfWork, viewer: Viewer, schedule_id: UUID) -> Schedule:
    statement = (
        select_rows(Schedule).where(col(Schedule.id) == schedule_id, _visible(viewer))
    ).with_for_update()
    schedule = (await work.session.exec(statement)).one_or_none()
    if schedule is None:
        raise UserError(Code.NOT_FOUND, "There is no such schedule.", "scheduleId")
    return schedule


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
