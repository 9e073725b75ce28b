"""Due schedules become deliveries: each occurrence once, however many workers look.

An occurrence of many recipients is queued piece by piece, a transaction each. Between the pieces
the schedule stays due, and says how far it is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text

from dispatch.occurrences import Run, due_run
from dispatch.queueing import Counts, NewDelivery, queue_alike, queue_deliveries
from dispatch.recipients import end_of_piece, piece_of, recipients_between
from dispatch.wording import Draft, draft_of
from models.by_key import FEW
from models.events import EventKind, Stream
from models.recurrence import Occurrence, due_occurrence, timing_of
from models.schedules import Audience, MissedRule, ScheduleStatus
from models.waking import WAKES_LATER
from realtime.events import LiveEvent
from realtime.unit_of_work import UnitOfWork

# The recipients that one transaction queues at most, of all the schedules of its turn.
PIECE = 10_000

_LOCK_DUE = text("""
SELECT s.*, d.kind AS device_kind, t.body AS template_body, t.language AS template_language,
    t.variables AS template_variables, t.whatsapp_name, t.whatsapp_language, t.whatsapp_parameters
FROM schedules AS s
LEFT JOIN devices AS d ON d.id = s.device_id
LEFT JOIN templates AS t ON t.id = s.template_id
WHERE s.tenant_id = :tenant_id AND s.status = 'ACTIVE' AND s.next_at <= :now
    AND coalesce(s.aside_until <= :now, true) AND (CAST(:only AS uuid) IS NULL OR s.id = :only)
ORDER BY s.next_at, s.id LIMIT :limit FOR UPDATE OF s SKIP LOCKED
""")

# Who fires wakes the others afterwards, if there is more than it takes itself.
MOVE_ON = f"""
UPDATE schedules AS s
SET status = o.status, next_at = o.next_at, next_wall = o.next_wall, next_number = o.next_number,
    firing_at = o.firing_at, fired_through = o.fired_through, last_seq = s.last_seq + 1,
    occurrences = s.occurrences + o.fired, skipped = s.skipped + o.skipped, faults = 0,
    aside_until = NULL, aside_code = NULL
FROM set_config('{WAKES_LATER}', 'yes', true), unnest(
    $1::uuid[], $2::text[], $3::timestamptz[], $4::timestamp[], $5::int[], $6::timestamptz[],
    $7::uuid[], $8::int[], $9::int[]
) AS o (id, status, next_at, next_wall, next_number, firing_at, fired_through, fired, skipped)
WHERE s.id = o.id AND {FEW.format("o.next_number")}
"""


class Stand(NamedTuple):
    """A schedule's columns after its firing, as `MOVE_ON` takes them."""

    id: UUID
    status: ScheduleStatus
    next_at: datetime | None
    next_wall: datetime | None
    next_number: int
    firing_at: datetime | None
    fired_through: UUID | None
    fired: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Firing:
    """What one schedule does now, and where it stands after it.

    `counts` are its deliveries of now by status; `delivery` is one that is still to be inserted.
    `through` is the key of the last recipient while more of the occurrence's are to come.
    """

    schedule: Row[Any]
    run: Run
    counts: Counts
    delivery: NewDelivery | None = None
    through: UUID | None = None

    def stand(self) -> Stand:
        """Where the schedule stands after this."""
        following = self.run.following
        unfinished = self.through is not None
        place = following.place if following else None
        schedule, fired = self.schedule, self.run.fire
        return Stand(
            id=schedule.id,
            status=ScheduleStatus.ACTIVE if unfinished or following else ScheduleStatus.COMPLETED,
            next_at=schedule.next_at if unfinished else following.at if following else None,
            next_wall=schedule.next_wall if unfinished else place.wall if place else None,
            next_number=schedule.next_number if unfinished or not place else place.number,
            firing_at=fired.at if fired and unfinished else None,
            fired_through=self.through,
            fired=0 if unfinished or fired is None else 1,
            skipped=self.run.skipped,
        )

    def event(self, tenant_id: UUID, now: datetime) -> LiveEvent:
        """What subscribers of the schedule are told: how many were queued, withheld, left out."""
        counts = {status.lower(): count for status, count in self.counts.items()}
        counts["skipped"] = self.run.skipped
        unfinished = self.through is not None
        return LiveEvent(
            tenant_id=tenant_id,
            stream_id=self.schedule.id,
            seq=self.schedule.last_seq + 1,
            stream=Stream.SCHEDULE,
            kind=EventKind.SCHEDULE_PROGRESS if unfinished else EventKind.SCHEDULE_CHANGED,
            payload={name: count for name, count in counts.items() if count},
            created_at=now,
        )


async def fire(work: UnitOfWork, now: datetime, limit: int, only: UUID | None = None) -> int:
    """Queue what up to `limit` due schedules come to, the longest overdue first; or `only` one.

    Schedules that another worker is firing, and those that are set aside, are passed over. Returns
    how many had their turn. Nobody is woken for what is queued.
    """
    due = await _lock_due(work, now, limit, only)
    many = sum(schedule.audience != Audience.CONVERSATION for schedule in due)
    firings = [await _firing(work, schedule, now, PIECE // max(1, many)) for schedule in due]
    await queue_deliveries(work, [one.delivery for one in firings if one.delivery], now)
    await _move_on(work, firings, now)
    return len(due)


async def _lock_due(
    work: UnitOfWork, now: datetime, limit: int, only: UUID | None
) -> Sequence[Row[Any]]:
    connection = await work.session.connection()
    values = {"tenant_id": work.tenant_id, "now": now, "limit": limit, "only": only}
    return (await connection.execute(_LOCK_DUE, values)).all()


async def _firing(work: UnitOfWork, schedule: Row[Any], now: datetime, limit: int) -> Firing:
    run = _run(schedule, now)
    if run.fire is None:
        return Firing(schedule, run, Counter())
    draft = draft_of(schedule, run.fire.at)
    if schedule.audience == Audience.CONVERSATION:
        delivery = draft.into_conversation()
        return Firing(schedule, run, Counter([delivery.status]), delivery)
    through = await end_of_piece(work.session, schedule, schedule.fired_through, limit)
    counts = await _queue_piece(work, draft, through, now)
    return Firing(schedule, run, counts, through=through)


async def _queue_piece(
    work: UnitOfWork, draft: Draft, through: UUID | None, now: datetime
) -> Counts:
    """Queue an occurrence's deliveries to the recipients as far as the key `through`.

    Whose text or time is their own takes a way through this process.
    """
    schedule, after, counts = draft.schedule, draft.schedule.fired_through, Counts()
    alike = draft.template is None
    if alike:
        counts, left_out = await queue_alike(
            work.session,
            work.tenant_id,
            draft.alike(),
            piece_of(schedule, after, through),
            now,
            keep_quiet=schedule.respects_quiet_hours,
        )
        if not left_out:
            return counts
    others = await recipients_between(
        work.session, schedule, after, through, with_quiet_hours=alike
    )
    new = list(draft.to(others))
    await queue_deliveries(work, new, now)
    counts.update(delivery.status for delivery in new)
    return counts


def _run(schedule: Row[Any], now: datetime) -> Run:
    """What is fired: an occurrence that was begun with, or what the rule for missed ones says."""
    timing = timing_of(schedule)
    due = due_occurrence(schedule)
    if schedule.firing_at is not None:
        begun = Occurrence(schedule.firing_at, due.place)
        return Run(begun, 0, next(timing.after(begun.at, begun.place), None))
    grace = schedule.grace_seconds
    missed = MissedRule(schedule.missed_rule)
    return due_run(timing, due, now, missed, None if grace is None else timedelta(seconds=grace))


async def _move_on(work: UnitOfWork, firings: Sequence[Firing], now: datetime) -> None:
    """Write where the schedules stand, and tell of it."""
    if not firings:
        return
    driver = await work.driver()
    await driver.execute(MOVE_ON, *zip(*(one.stand() for one in firings), strict=True))
    await work.keep([one.event(work.tenant_id, now) for one in firings])
