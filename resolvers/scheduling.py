"""Making schedules: new ones, changed ones, copies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from models.base import now
from models.database import Row
from models.events import EventKind, Stream
from models.ids import new_id
from models.schedules import Audience, Priority, Schedule, ScheduleStatus
from models.tables import schedule_recipients, schedules
from models.tenants import Role
from realtime.events import LiveEvent
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.errors import Code, UserError
from resolvers.limits import text_within
from resolvers.new_schedules import insert_at_once
from resolvers.recipients import (
    GivenAudience,
    GivenRecipient,
    keep_recipients,
    require_audience,
    require_device,
)
from resolvers.schedules import find_schedule, open_schedule, visible_schedules
from resolvers.timing import GivenTiming, timing_given
from resolvers.wording import GivenMessage

s, r = schedules.c, schedule_recipients.c
# What a copy takes from its original: all that is not about when.
COPIED = (
    *(s.audience, s.conversation_id, s.recipient_group_id, s.device_id, s.priority),
    *(s.body, s.template_id, s.variables, s.content),
)

# Made once: to put it together takes longer than to run it.
_MAKE = (
    insert(schedules)
    .on_conflict_do_nothing(index_elements=[s.tenant_id, s.idempotency_key])
    .returning(s.id)
)
_COPY_RECIPIENTS = text("""
INSERT INTO schedule_recipients (tenant_id, schedule_id, id, contact_id, address, variables)
SELECT tenant_id, :copy_id, id, contact_id, address, variables
FROM schedule_recipients WHERE schedule_id = :schedule_id
""")


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """What a client gives to schedule a message: what, to whom, when, through what."""

    message: GivenMessage
    audience: GivenAudience
    timing: GivenTiming
    device_id: UUID | None = None
    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleUpdate:
    """What a client changes of a schedule; None leaves as it is.

    What and when are functions of what they were. With `expected_revision` the schedule must be as
    the client knew it.
    """

    message: Callable[[GivenMessage], GivenMessage] | None = None
    timing: Callable[[GivenTiming], GivenTiming] | None = None
    device_id: UUID | None = None
    priority: Priority | None = None
    expected_revision: int | None = None


async def create_schedule(context: Context, new: NewSchedule) -> Row:
    """Schedule a message. The same `idempotency_key` gives the first schedule again.

    Raises what its parts raise, in `resolvers.wording`, `resolvers.recipients` and
    `resolvers.timing`.
    """
    viewer, limits = context.viewer, context.services.limits
    viewer.require(Role.AGENT)
    audience = new.audience.checked(limits.recipients, new.device_id)
    listed = await audience.listed()
    reckoned = await new.timing.reckoned(context.services.clock())
    columns = {
        **reckoned.columns(),
        **await new.message.columns(
            context, new.timing.time_zone, listed, audience.conversation_id
        ),
        "audience": audience.audience,
        "conversation_id": audience.conversation_id,
        "recipient_group_id": audience.group_id,
        "device_id": new.device_id,
        "priority": new.priority,
    }
    return await _made(context, new.idempotency_key, columns, audience, listed)


async def update_schedule(context: Context, schedule_id: UUID, update: ScheduleUpdate) -> Row:
    """Change what is still to be queued of a schedule; what is queued stays as it is.

    Raises ALREADY_DONE, CONFLICT for another revision, and what the parts raise.
    """
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        schedule = await open_schedule(work, viewer, schedule_id)
        _check_changeable(schedule, update.expected_revision)
        await require_device(work, viewer, update.device_id)
        schedule.sqlmodel_update(await _changed_columns(context, work, schedule, update))
        schedule.revision += 1
        schedule.aside_until = None
        work.record(schedule, EventKind.SCHEDULE_CHANGED)
    return await find_schedule(context, schedule_id)


async def copy_schedule(
    context: Context, schedule_id: UUID, timing: GivenTiming, idempotency_key: str | None
) -> Row:
    """A new schedule of the same message to the same recipients, at another time."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    reckoned = await timing.reckoned(services.clock())
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        connection = await work.session.connection()
        found = await connection.execute(
            select(*COPIED).where(s.id == schedule_id, visible_schedules(viewer))
        )
        original = found.mappings().first()
        if original is None:
            raise UserError(Code.NOT_FOUND, "There is no such schedule.", "scheduleId")
        await require_device(work, viewer, original["device_id"])
        copy_id, made = await _insert(
            context, work, idempotency_key, {**original, **reckoned.columns()}
        )
        if made:
            ids = {"copy_id": copy_id, "schedule_id": schedule_id}
            await connection.execute(_COPY_RECIPIENTS, ids)
    return await find_schedule(context, copy_id)


async def _changed_columns(
    context: Context, work: UnitOfWork, schedule: Schedule, update: ScheduleUpdate
) -> dict[str, Any]:
    """The columns of a locked schedule that are to be other than they are."""
    columns: dict[str, Any] = {}
    if update.timing is not None:
        if schedule.firing_at is not None:
            message = "Its recipients are being queued now; change the time when that is done."
            raise UserError(Code.CONFLICT, message, "sendAt")
        timing = update.timing(timing_given(schedule))
        columns |= (await timing.reckoned(context.services.clock())).columns()
    if update.message is not None:
        given = update.message(_message_given(schedule))
        zone = columns.get("time_zone", schedule.time_zone)
        kept = await _kept_recipients(work, schedule.id)
        columns |= await given.columns(context, zone, kept, schedule.conversation_id)
    if update.device_id is not None:
        columns["device_id"] = update.device_id
    if update.priority is not None:
        columns["priority"] = update.priority
    return columns


async def _made(
    context: Context,
    key: str | None,
    columns: dict[str, Any],
    audience: GivenAudience,
    listed: Sequence[GivenRecipient],
) -> Row:
    """Insert the schedule and its recipients, unless the key has made one before."""
    viewer, services = context.viewer, context.services
    if audience.audience is not Audience.LIST:
        made_at_once = await insert_at_once(context, _values(context, key, columns))
        if made_at_once is not None:
            return made_at_once
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await require_audience(work, viewer, audience)
        await require_device(work, viewer, columns["device_id"])
        schedule_id, made = await _insert(context, work, key, columns)
        if made and (listed or audience.fixed):
            await keep_recipients(work, schedule_id, audience, listed)
    return await find_schedule(context, schedule_id)


async def _insert(
    context: Context, work: UnitOfWork, key: str | None, columns: dict[str, Any]
) -> tuple[UUID, bool]:
    """The id of the schedule, and whether it was made now rather than by this key before."""
    values = _values(context, key, columns)
    connection = await work.session.connection()
    made: UUID | None = await connection.scalar(_MAKE, values)
    if made is None:
        earlier = await connection.execute(
            select(s.id).where(s.tenant_id == work.tenant_id, s.idempotency_key == key)
        )
        return earlier.scalar_one(), False
    created = LiveEvent(
        work.tenant_id,
        made,
        values["last_seq"],
        Stream.SCHEDULE,
        EventKind.SCHEDULE_CREATED,
        {},
        values["created_at"],
    )
    await work.keep([created])
    return made, True


def _values(context: Context, key: str | None, columns: dict[str, Any]) -> dict[str, Any]:
    """All columns of a new schedule. Raises what is wrong with its key."""
    if key is not None:
        text_within(key, context.services.limits.key, "idempotencyKey")
    return {
        **columns,
        "id": new_id(),
        "tenant_id": context.viewer.tenant_id,
        "created_by_id": context.viewer.user_id,
        "created_at": now(),
        "status": ScheduleStatus.ACTIVE,
        "idempotency_key": key,
        "last_seq": 1,
    }


def _check_changeable(schedule: Schedule, expected_revision: int | None) -> None:
    if schedule.status not in (ScheduleStatus.ACTIVE, ScheduleStatus.PAUSED):
        raise UserError(Code.ALREADY_DONE, "The schedule is over; copy it.", "scheduleId")
    if expected_revision is not None and expected_revision != schedule.revision:
        message = f"Somebody has changed it: its revision is {schedule.revision} now."
        raise UserError(Code.CONFLICT, message, "expectedRevision")


def _message_given(schedule: Schedule) -> GivenMessage:
    """What was said of what."""
    content = schedule.content or {}
    media, answered = content.get("media"), content.get("reply_to")
    return GivenMessage(
        body=schedule.body if schedule.template_id is None else None,
        template_id=schedule.template_id,
        variables=schedule.variables,
        attachment_id=UUID(media["attachment_id"]) if media else None,
        reply_to_id=UUID(answered["message_id"]) if answered else None,
    )


async def _kept_recipients(work: UnitOfWork, schedule_id: UUID) -> list[GivenRecipient]:
    connection = await work.session.connection()
    found = await connection.execute(select(r.variables).where(r.schedule_id == schedule_id))
    return [GivenRecipient(variables=row.variables) for row in found]
