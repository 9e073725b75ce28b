"""What became of claims, recorded in batches: every step of a delivery after its claim is here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from dispatch.breaker import WELL, Sign
from dispatch.claiming import Claim
from dispatch.counting import COMPLETED, Ended, count_ended
from dispatch.health import note_health
from dispatch.showing import note_steps
from models.database import Database
from models.deliveries import NO_DEVICE, DeliveryStatus
from models.events import EventKind
from models.schedules import Schedule, ScheduleStatus
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work

# A send that succeeded is the truth even when the rescuer has given up on it meanwhile.
_RECORD = text("""
UPDATE deliveries AS d
SET status = o.status, due_at = coalesce(o.due_at, d.due_at), look_at = o.look_at,
    looks = CASE WHEN d.status = 'SENDING' THEN 0 ELSE d.looks END, lease_until = NULL,
    external_id = coalesce(o.external_id, d.external_id), error_code = o.error_code,
    updated_at = :now
FROM unnest(
    CAST(:ids AS uuid[]), CAST(:attempts AS int[]), CAST(:held_as AS text[]),
    CAST(:statuses AS text[]), CAST(:due_ats AS timestamptz[]), CAST(:look_ats AS timestamptz[]),
    CAST(:external_ids AS text[]), CAST(:error_codes AS text[])
) AS o (id, attempt, held_as, status, due_at, look_at, external_id, error_code)
WHERE d.id = o.id AND d.attempt = o.attempt
    AND (d.status = o.held_as OR d.status = 'UNKNOWN' AND o.status = 'SENT')
RETURNING d.id, d.schedule_id, o.held_as AS was, d.status
""")

_CANCEL_QUEUED = text("""
UPDATE deliveries SET status = 'CANCELLED', updated_at = :now
WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'QUEUED'
""")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The step that a claimed delivery takes. `due_at` is for QUEUED, `look_at` for UNKNOWN.

    `sign` is what the outlet's answer says of the outlet; None when it was not asked to send.
    """

    claim: Claim
    status: DeliveryStatus
    error_code: str | None = None
    external_id: str | None = None
    due_at: datetime | None = None
    look_at: datetime | None = None
    sign: Sign | None = None

    @property
    def device_id(self) -> UUID | None:
        """The device that the delivery goes through."""
        return self.claim.outgoing.device_id

    @property
    def tells(self) -> bool:
        """Whether the answer may change how its device is: success of a healthy one does not."""
        return self.sign is not None and (self.sign != WELL or self.claim.ailing)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step that was taken, from one status to another (or the same: still UNKNOWN)."""

    delivery_id: UUID
    schedule_id: UUID
    was: DeliveryStatus
    status: DeliveryStatus


async def record_outcomes(
    database: Database, bell: Bell, tenant_id: UUID, outcomes: Sequence[Outcome], now: datetime
) -> list[Recorded]:
    """Take the steps of one tenant's deliveries and tell each schedule's subscribers, at once.

    An outcome whose claim was lost (another worker holds a later attempt) is left out of the
    answer and changes nothing. What is queued again for a cancelled schedule is cancelled.
    """
    async with unit_of_work(database, bell, tenant_id) as work:
        # Schedules before deliveries, by id: whoever cancels a schedule locks in this order.
        schedules = await _lock_schedules(work, {o.claim.outgoing.schedule_id for o in outcomes})
        recorded = await _take_steps(work, outcomes, now)
        recorded = await _cancel_what_was_called_off(work, schedules, recorded, now)
        _tell(work, schedules, recorded)
        await note_steps(work, _sent_through_devices(outcomes, recorded), now)
        await note_health(work, outcomes, now)
        await count_ended(work, _ended(outcomes, recorded), now)
    return recorded


def _ended(outcomes: Sequence[Outcome], recorded: Sequence[Recorded]) -> Iterator[Ended]:
    """The steps that brought deliveries to an end, for the counts."""
    claims = {outcome.claim.outgoing.delivery_id: outcome.claim for outcome in outcomes}
    for step in recorded:
        if step.status in {*COMPLETED, DeliveryStatus.FAILED}:
            claim = claims[step.delivery_id]
            yield Ended(claim.outgoing.device_id or NO_DEVICE, claim.priority, step.status)


def _sent_through_devices(
    outcomes: Sequence[Outcome], recorded: Sequence[Recorded]
) -> Iterator[UUID]:
    """The deliveries that went out to somebody outside."""
    devices = {outcome.claim.outgoing.delivery_id: outcome.device_id for outcome in outcomes}
    for step in recorded:
        if step.status is DeliveryStatus.SENT and devices[step.delivery_id] is not None:
            yield step.delivery_id


async def _lock_schedules(work: UnitOfWork, ids: Iterable[UUID]) -> Mapping[UUID, Schedule]:
    statement = (
        select(Schedule)
        .where(col(Schedule.id).in_(list(ids)))
        .order_by(col(Schedule.id))
        .with_for_update()
    )
    return {schedule.id: schedule for schedule in await work.session.exec(statement)}


async def _take_steps(
    work: UnitOfWork, outcomes: Sequence[Outcome], now: datetime
) -> list[Recorded]:
    connection = await work.session.connection()
    rows = await connection.execute(
        _RECORD,
        {
            "now": now,
            "ids": [o.claim.outgoing.delivery_id for o in outcomes],
            "attempts": [o.claim.outgoing.attempt for o in outcomes],
            "held_as": [o.claim.held_as for o in outcomes],
            "statuses": [o.status for o in outcomes],
            "due_ats": [o.due_at for o in outcomes],
            "look_ats": [o.look_at for o in outcomes],
            "external_ids": [o.external_id for o in outcomes],
            "error_codes": [o.error_code for o in outcomes],
        },
    )
    return [
        Recorded(row.id, row.schedule_id, DeliveryStatus(row.was), DeliveryStatus(row.status))
        for row in rows
    ]


async def _cancel_what_was_called_off(
    work: UnitOfWork,
    schedules: Mapping[UUID, Schedule],
    recorded: Sequence[Recorded],
    now: datetime,
) -> list[Recorded]:
    def called_off(step: Recorded) -> bool:
        schedule = schedules[step.schedule_id]
        cancelled = schedule.status == ScheduleStatus.CANCELLED
        return cancelled and step.status is DeliveryStatus.QUEUED

    ids = [step.delivery_id for step in recorded if called_off(step)]
    if not ids:
        return list(recorded)
    connection = await work.session.connection()
    await connection.execute(_CANCEL_QUEUED, {"ids": ids, "now": now})
    return [
        replace(step, status=DeliveryStatus.CANCELLED) if called_off(step) else step
        for step in recorded
    ]


def _tell(
    work: UnitOfWork, schedules: Mapping[UUID, Schedule], recorded: Sequence[Recorded]
) -> None:
    """One SCHEDULE_PROGRESS a schedule: how many deliveries came to each status in this batch."""
    by_schedule: dict[UUID, list[Recorded]] = defaultdict(list)
    for step in recorded:
        if step.status is not step.was:
            by_schedule[step.schedule_id].append(step)
    for schedule_id, steps in by_schedule.items():
        counts = Counter(step.status.value.lower() for step in steps)
        only = steps[0].delivery_id if len(steps) == 1 else None
        work.record(schedules[schedule_id], EventKind.SCHEDULE_PROGRESS, delivery_id=only, **counts)
