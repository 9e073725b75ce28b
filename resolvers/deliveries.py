"""Deliveries: finding them, having them stopped and tried again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Text,
    any_,
    cast,
    func,
    literal_column,
    or_,
    select,
    update,
)

from models.database import Row
from models.deliveries import DeliveryStatus
from models.events import EventKind
from models.schedules import ScheduleStatus
from models.tables import deliveries, schedules
from models.tenants import Role
from realtime.unit_of_work import unit_of_work
from resolvers.context import Context
from resolvers.errors import Code, UserError, not_found
from resolvers.loaders.deliveries import COLUMNS, DeliveryFilter
from resolvers.paging import Keyset, Page, PageRequest
from resolvers.schedules import open_schedule, visible_schedules
from resolvers.scope import is_one_of

d, s = deliveries.c, schedules.c
MAX_IDS = 1_000
# What one transaction changes at most: it holds its schedule's lock meanwhile.
PIECE = 10_000
MAX_SCHEDULES = 500
"""Those whose deliveries one call changes; each takes a transaction."""
RETRIABLE = frozenset({DeliveryStatus.FAILED, DeliveryStatus.EXPIRED})
CAME_TO_NOTHING = RETRIABLE | {DeliveryStatus.UNKNOWN}
BY_CHANGE = Keyset(b"u", d.updated_at, d.id, descending=True)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The deliveries that a client means: those with these ids, of this schedule, like a filter."""

    ids: tuple[UUID, ...] | None = None
    schedule_id: UUID | None = None
    filter: DeliveryFilter = field(default_factory=DeliveryFilter)

    def conditions(self) -> list[ColumnElement[bool]]:
        """The choice as conditions on `deliveries`. Raises BAD_INPUT or TOO_LONG."""
        found = self.filter.conditions()
        if self.ids is None and self.schedule_id is None and not found:
            message = "Give deliveryIds, a scheduleId, or a filter that says which."
            raise UserError(Code.BAD_INPUT, message, "deliveryIds")
        if self.ids is not None:
            if len(self.ids) > MAX_IDS:
                message = f"At most {MAX_IDS} ids at once; a scheduleId names all of its own."
                raise UserError(Code.TOO_LONG, message, "deliveryIds")
            found.append(is_one_of(d.id, list(self.ids)))
        if self.schedule_id is not None:
            found.append(d.schedule_id == self.schedule_id)
        return found


@dataclass(frozen=True, slots=True)
class Stepped:
    """How many deliveries took a step; `more`: others like them are left, for another call."""

    count: int
    more: bool


def has_recipient() -> ColumnElement[bool]:
    """Of one whose contact was erased the recipient is its own id."""
    return d.recipient != cast(d.id, Text())


async def find_delivery(context: Context, delivery_id: UUID) -> Row:
    """The delivery. Raises NOT_FOUND when there is none that the viewer may see."""
    row = await context.read.first(
        select(*COLUMNS)
        .join_from(deliveries, schedules, s.id == d.schedule_id)
        .where(d.id == delivery_id, visible_schedules(context.viewer))
    )
    if row is None:
        raise not_found("delivery")
    return row


async def list_failed_deliveries(
    context: Context, request: PageRequest, wanted: DeliveryFilter
) -> Page:
    """A page of the tenant's deliveries that came to nothing, the last changed first."""
    statement = (
        select(*COLUMNS)
        .join_from(deliveries, schedules, s.id == d.schedule_id)
        .where(*_failed(context, wanted))
    )
    rows = await context.read.all(BY_CHANGE.select(statement, request))
    return BY_CHANGE.page(rows, request)


async def count_failed_deliveries(context: Context, wanted: DeliveryFilter) -> int:
    """How many the list has on all its pages."""
    count: int = await context.read.value(
        select(func.count())
        .select_from(deliveries)
        .join(schedules, s.id == d.schedule_id)
        .where(*_failed(context, wanted))
    )
    return count


def _failed(context: Context, wanted: DeliveryFilter) -> list[ColumnElement[bool]]:
    return [
        d.tenant_id == context.viewer.tenant_id,
        visible_schedules(context.viewer),
        _is_now(CAME_TO_NOTHING),
        *wanted.conditions(),
    ]


async def cancel_deliveries(context: Context, chosen: Chosen) -> Stepped:
    """Have queued deliveries not be sent. What a worker holds already may still be."""
    moment = context.services.clock()
    values = {"status": DeliveryStatus.CANCELLED.value, "updated_at": moment}
    return await _step(context, chosen, {DeliveryStatus.QUEUED}, values)


async def retry_deliveries(context: Context, chosen: Chosen, *, may_repeat: bool) -> Stepped:
    """Queue deliveries again that failed or expired. None of a cancelled schedule.

    `may_repeat`: those of unknown outcome too, which may have been sent and be sent twice then.
    """
    moment = context.services.clock()
    values = {
        "status": DeliveryStatus.QUEUED.value,
        "due_at": moment,
        "expires_at": None,
        "look_at": None,
        "looks": 0,
        "error_code": None,
        "updated_at": moment,
    }
    wanted = CAME_TO_NOTHING if may_repeat else RETRIABLE
    return await _step(context, chosen, wanted, values, has_recipient())


async def _step(
    context: Context,
    chosen: Chosen,
    before: Collection[DeliveryStatus],
    values: dict[str, Any],
    *more: ColumnElement[bool],
) -> Stepped:
    """Let the chosen deliveries of some statuses take a step, piece by piece.

    Whoever dies in between has done a part; doing it again does the rest.
    """
    context.viewer.require(Role.AGENT)
    conditions = [*chosen.conditions(), _is_now(before), *more]
    total = 0
    found = await _schedules_of(context, chosen, conditions)
    for schedule_id in found[:MAX_SCHEDULES]:
        while stepped := await _step_piece(context, schedule_id, conditions, values):
            total += stepped
            if stepped < PIECE:
                break
    return Stepped(total, more=len(found) > MAX_SCHEDULES)


def _is_now(statuses: Collection[DeliveryStatus]) -> ColumnElement[bool]:
    """Written out, so that PostgreSQL knows which partial index has them all."""
    return or_(*(d.status == literal_column(f"'{status}'") for status in sorted(statuses)))


async def _schedules_of(
    context: Context, chosen: Chosen, conditions: Sequence[ColumnElement[bool]]
) -> list[UUID]:
    """The schedules whose deliveries are meant: one more than are seen to, where there are more.

    Raises NOT_FOUND for a schedule or a delivery that may not be seen.
    """
    visible = visible_schedules(context.viewer)
    if chosen.schedule_id is not None:
        found = await context.read.first(select(s.id).where(s.id == chosen.schedule_id, visible))
        if found is None:
            raise UserError(Code.NOT_FOUND, "There is no such schedule.", "scheduleId")
        return [chosen.schedule_id]
    if chosen.ids is None:
        return await _schedules_with(context, conditions)
    ids = set(chosen.ids)
    rows = await context.read.all(
        select(d.schedule_id)
        .join_from(deliveries, schedules, s.id == d.schedule_id)
        .where(is_one_of(d.id, list(ids)), visible)
    )
    if len(rows) < len(ids):
        raise UserError(Code.NOT_FOUND, "There is no such delivery.", "deliveryIds")
    return sorted({row.schedule_id for row in rows})


async def _schedules_with(
    context: Context, conditions: Sequence[ColumnElement[bool]]
) -> list[UUID]:
    """Schedules of the whole tenant that have such deliveries; a cancelled one lets none step."""
    rows = await context.read.all(
        select(d.schedule_id)
        .join_from(deliveries, schedules, s.id == d.schedule_id)
        .where(
            d.tenant_id == context.viewer.tenant_id,
            s.status != ScheduleStatus.CANCELLED.value,
            visible_schedules(context.viewer),
            *conditions,
        )
        .distinct()
        .order_by(d.schedule_id)
        .limit(MAX_SCHEDULES + 1)
    )
    return [row.schedule_id for row in rows]


async def _step_piece(
    context: Context,
    schedule_id: UUID,
    conditions: Sequence[ColumnElement[bool]],
    values: dict[str, Any],
) -> int:
    """Change some of one schedule's deliveries, and tell how many those were."""
    viewer, services = context.viewer, context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        schedule = await open_schedule(work, viewer, schedule_id)
        if schedule.status == ScheduleStatus.CANCELLED:
            return 0
        mine = [d.schedule_id == schedule_id, *conditions]
        some = select(d.id).where(*mine).limit(PIECE).scalar_subquery()
        connection = await work.session.connection()
        # A worker may have taken one meanwhile: the conditions are asked again of each row.
        result = await connection.execute(
            update(deliveries).where(d.id == any_(func.array(some)), *mine).values(**values)
        )
        stepped = int(result.rowcount)
        if stepped:
            work.record(
                schedule, EventKind.SCHEDULE_PROGRESS, **{values["status"].lower(): stepped}
            )
    return stepped
