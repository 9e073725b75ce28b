"""What an outlet tells of messages that were sent: statuses, in whatever order they come."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import col, select

from dispatch.counting import COMPLETED, Ended, count_ended
from dispatch.ear import Ear
from dispatch.showing import note_steps
from gateways.whatsapp_records import MessageStatus, StatusUpdate, later
from models.deliveries import DELIVERY_TRANSITIONS, DeliveryStatus
from models.events import EventKind
from models.schedules import Schedule
from realtime.unit_of_work import UnitOfWork

STEPS = {
    MessageStatus.SENT: DeliveryStatus.SENT,
    MessageStatus.FAILED: DeliveryStatus.FAILED,
    MessageStatus.DELIVERED: DeliveryStatus.DELIVERED,
    MessageStatus.READ: DeliveryStatus.READ,
    MessageStatus.PLAYED: DeliveryStatus.READ,
}

_FIND = text("""
SELECT d.id, d.schedule_id FROM deliveries AS d
WHERE d.tenant_id = :tenant_id AND d.device_id = :device_id AND d.id = ANY (CAST(:ids AS uuid[]))
""")
_LOCK = text("""
SELECT d.id, d.schedule_id, d.status, d.priority, d.attempt FROM deliveries AS d
WHERE d.tenant_id = :tenant_id AND d.id = ANY (CAST(:ids AS uuid[])) ORDER BY d.id FOR UPDATE
""")
_KNOWN = text("""
SELECT external_id, status FROM delivery_reports
WHERE device_id = :device_id AND external_id = ANY (CAST(:ids AS text[])) FOR UPDATE
""")
_REPORT = text("""
INSERT INTO delivery_reports
    (tenant_id, device_id, external_id, delivery_id, status, error_code, at)
SELECT :tenant_id, :device_id, r.*
FROM unnest(CAST(:external_ids AS text[]), CAST(:delivery_ids AS uuid[]), CAST(:statuses AS text[]),
    CAST(:error_codes AS text[]), CAST(:times AS timestamptz[])) AS r
ORDER BY 3
ON CONFLICT (device_id, external_id) DO UPDATE
SET status = excluded.status, error_code = excluded.error_code, at = excluded.at
""")
# A status that comes when the message was queued again tells that it must not be sent again: the
# step to SENDING, which nobody sees, is the one that the state machine has between.
_HOLD = text("""
UPDATE deliveries SET status = 'SENDING', lease_until = :now
WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'QUEUED'
""")
_STEP = text("""
UPDATE deliveries AS d
SET status = s.status, lease_until = NULL, look_at = NULL, updated_at = :now,
    external_id = coalesce(d.external_id, s.external_id), error_code = s.error_code
FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:external_ids AS text[]),
    CAST(:error_codes AS text[])) AS s (id, status, external_id, error_code)
WHERE d.id = s.id
""")


@dataclass(frozen=True, slots=True)
class Heard:
    """The latest that is known of one message of a delivery."""

    external_id: str
    delivery_id: UUID
    status: MessageStatus
    at: datetime
    error_code: str | None

    @property
    def step(self) -> DeliveryStatus:
        """The status that a delivery of the message has."""
        return STEPS[self.status]


async def record_reports(ear: Ear, updates: Sequence[StatusUpdate]) -> int:
    """Keep what was told, move the deliveries on, and tell their schedules' subscribers.

    Returns how many of the updates were of messages that the device never sent.
    """
    named = _named(updates)
    async with ear.work() as work:
        connection = await work.session.connection()
        ids = list(set(named.values()))
        wanted = {"tenant_id": ear.tenant_id, "device_id": ear.device_id, "ids": ids}
        found = (await connection.execute(_FIND, wanted)).all()
        ours = {row.id for row in found}
        told = [update for update in updates if named.get(update.message_id) in ours]
        if told:
            # Schedules before deliveries, by id, as everywhere.
            schedules = await _lock_schedules(work, {row.schedule_id for row in found})
            heard = await _merged(work, ear.device_id, told, named)
            await _keep(work, ear.device_id, heard)
            await _move_on(work, ear, schedules, heard)
    return len(updates) - len(told)


def _named(updates: Sequence[StatusUpdate]) -> dict[str, UUID]:
    """The deliveries that the messages were sent for, by the outlet's ids of the messages."""
    named: dict[str, UUID] = {}
    for update in updates:
        try:
            named[update.message_id] = UUID(update.callback_data or "")
        except ValueError:
            continue
    return named


async def _lock_schedules(work: UnitOfWork, ids: set[UUID]) -> Mapping[UUID, Schedule]:
    statement = select(Schedule).where(col(Schedule.id).in_(ids)).order_by(col(Schedule.id))
    rows = await work.session.exec(statement.with_for_update())
    return {schedule.id: schedule for schedule in rows}


async def _merged(
    work: UnitOfWork, device_id: UUID, told: Sequence[StatusUpdate], named: Mapping[str, UUID]
) -> list[Heard]:
    """The status that stands for each message, with what was known before."""
    connection = await work.session.connection()
    ids = list({update.message_id for update in told})
    rows = await connection.execute(_KNOWN, {"device_id": device_id, "ids": ids})
    standing = {row.external_id: MessageStatus(row.status) for row in rows}
    news: dict[str, StatusUpdate] = {}
    for update in told:
        before = standing.get(update.message_id)
        if before is None or later(before, update.status) is not before:
            standing[update.message_id] = update.status
            news[update.message_id] = update
    return [
        Heard(
            update.message_id,
            named[update.message_id],
            update.status,
            update.at,
            f"WHATSAPP_{update.errors[0].code}" if update.errors else None,
        )
        for update in news.values()
    ]


async def _keep(work: UnitOfWork, device_id: UUID, heard: Sequence[Heard]) -> None:
    connection = await work.session.connection()
    await connection.execute(
        _REPORT,
        {
            "tenant_id": work.tenant_id,
            "device_id": device_id,
            "external_ids": [one.external_id for one in heard],
            "delivery_ids": [one.delivery_id for one in heard],
            "statuses": [one.status.value for one in heard],
            "error_codes": [one.error_code for one in heard],
            "times": [one.at for one in heard],
        },
    )


async def _move_on(
    work: UnitOfWork, ear: Ear, schedules: Mapping[UUID, Schedule], heard: Sequence[Heard]
) -> None:
    latest = {one.delivery_id: one for one in sorted(heard, key=_rank)}
    connection = await work.session.connection()
    values = {"tenant_id": work.tenant_id, "ids": list(latest)}
    rows = (await connection.execute(_LOCK, values)).all()
    steps = {row: latest[row.id] for row in rows if _may_follow(row, latest[row.id])}
    if not steps:
        return
    requeued = [row.id for row in steps if row.status == DeliveryStatus.QUEUED]
    if requeued:
        await connection.execute(_HOLD, {"ids": requeued, "now": ear.now})
    await connection.execute(
        _STEP,
        {
            "now": ear.now,
            "ids": [row.id for row in steps],
            "statuses": [one.step.value for one in steps.values()],
            "external_ids": [one.external_id for one in steps.values()],
            "error_codes": [one.error_code for one in steps.values()],
        },
    )
    _tell(work, schedules, steps)
    await note_steps(work, [row.id for row in steps], ear.now)
    await count_ended(work, _ended(ear.device_id, steps), ear.now)


def _may_follow(row: Row[Any], heard: Heard) -> bool:
    """Whether a delivery may take the step; one that waits for another attempt, if it was sent."""
    if row.status == DeliveryStatus.QUEUED:
        return row.attempt > 0 and heard.step is not DeliveryStatus.FAILED
    return heard.step in DELIVERY_TRANSITIONS[DeliveryStatus(row.status)]


def _rank(heard: Heard) -> int:
    return list(MessageStatus).index(heard.status)


def _tell(
    work: UnitOfWork, schedules: Mapping[UUID, Schedule], steps: Mapping[Row[Any], Heard]
) -> None:
    """One SCHEDULE_PROGRESS a schedule: how many deliveries came to each status."""
    by_schedule: dict[UUID, Counter[str]] = defaultdict(Counter)
    for row, heard in steps.items():
        by_schedule[row.schedule_id][heard.step.value.lower()] += 1
    for schedule_id, counts in by_schedule.items():
        work.record(schedules[schedule_id], EventKind.SCHEDULE_PROGRESS, **counts)


def _ended(device_id: UUID, steps: Mapping[Row[Any], Heard]) -> Iterator[Ended]:
    """Deliveries that came to an end, or to another one than before."""
    for row, heard in steps.items():
        was = DeliveryStatus(row.status)
        if was in COMPLETED and heard.step in COMPLETED:
            continue
        yield Ended(device_id, row.priority, heard.step)
        if was in COMPLETED:
            yield Ended(device_id, row.priority, was, -1)
