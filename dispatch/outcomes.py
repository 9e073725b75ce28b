"""What became of claims, recorded in batches: every step of a delivery after its claim is here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from dispatch.breaker import WELL, Sign
from dispatch.claiming import Claim
from dispatch.counting import COMPLETED, Ended, count_ended
from dispatch.health import note_health
from dispatch.showing import note_steps
from models.by_key import FEW, keys
from models.columns import sparse
from models.database import Database
from models.deliveries import NO_DEVICE, DeliveryStatus
from models.events import EventKind, Stream
from models.schedules import ScheduleStatus
from realtime.events import LiveEvent
from realtime.unit_of_work import Bell, Work, quick_work

# A send that succeeded is the truth even when the rescuer has given up on it meanwhile.
RECORD = f"""
UPDATE deliveries AS d
SET status = o.status, due_at = coalesce(o.due_at, d.due_at), look_at = o.look_at,
    looks = CASE WHEN d.status = 'SENDING' THEN 0 ELSE d.looks END, lease_until = NULL,
    external_id = coalesce(o.external_id, d.external_id), error_code = o.error_code,
    updated_at = $1
FROM unnest(
    $2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
    $8::text[], $9::text[]
) WITH ORDINALITY AS o (
    id, attempt, held_as, status, due_at, look_at, external_id, error_code, place)
WHERE d.id = o.id AND d.attempt = o.attempt AND {FEW.format("o.attempt")}
    AND (d.status = o.held_as OR d.status = 'UNKNOWN' AND o.status = 'SENT')
RETURNING o.place
"""

_CANCEL_QUEUED = """
UPDATE deliveries SET status = 'CANCELLED', updated_at = $2
WHERE id = ANY ($1) AND status = 'QUEUED'
"""
# Deliveries are looked up by key: seeing a thousand ids PostgreSQL would read the whole table.
_LOOK_UP = "SET LOCAL plan_cache_mode = force_generic_plan"
LOCK_SCHEDULES = f"""
SELECT s.id, s.status, s.last_seq FROM {keys("$1")} JOIN schedules AS s ON s.id = key.id
ORDER BY s.id FOR UPDATE OF s
"""
COUNT_EVENTS = f"""
UPDATE schedules AS s SET last_seq = s.last_seq + 1 FROM {keys("$1")} WHERE s.id = key.id
"""


class Outcome(NamedTuple):
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
    def moves(self) -> bool:
        """Whether it is another status: what stays UNKNOWN takes no step."""
        return self.status is not self.claim.held_as

    @property
    def tells(self) -> bool:
        """Whether the answer may change how its device is: success of a healthy one does not."""
        return self.sign is not None and (self.sign != WELL or self.claim.ailing)


async def record_outcomes(
    database: Database, bell: Bell, tenant_id: UUID, outcomes: Sequence[Outcome], now: datetime
) -> list[Outcome]:
    """Take the steps of one tenant's deliveries and tell each schedule's subscribers, at once.

    Gives the outcomes that were recorded. One whose claim was lost (another worker holds a later
    attempt) is not among them and changes nothing. What is queued again for a cancelled schedule
    is cancelled.
    """
    async with quick_work(database, bell, tenant_id) as work:
        await (await work.driver()).execute(_LOOK_UP)
        # Schedules before deliveries, by id: whoever cancels a schedule locks in this order.
        schedules = await _lock_schedules(work, {o.claim.outgoing.schedule_id for o in outcomes})
        recorded = await _take_steps(work, outcomes, now)
        recorded = await _cancel_what_was_called_off(work, schedules, recorded, now)
        await _tell(work, schedules, recorded, now)
        await note_steps(work, _sent_through_devices(recorded), now)
        await note_health(work, outcomes, now)
        await count_ended(work, _ended(recorded), now)
    return recorded


def _ended(recorded: Sequence[Outcome]) -> Iterator[Ended]:
    """The steps that brought deliveries to an end, for the counts."""
    for (device_id, priority, status), count in Counter(
        (o.device_id or NO_DEVICE, o.claim.priority, o.status) for o in recorded
    ).items():
        if status in {*COMPLETED, DeliveryStatus.FAILED}:
            yield Ended(device_id, priority, status, count)


def _sent_through_devices(recorded: Sequence[Outcome]) -> Iterator[UUID]:
    """The deliveries that went out to somebody outside."""
    for outcome in recorded:
        if outcome.status is DeliveryStatus.SENT and outcome.device_id is not None:
            yield outcome.claim.outgoing.delivery_id


async def _lock_schedules(work: Work, ids: Iterable[UUID]) -> Mapping[UUID, asyncpg.Record]:
    driver = await work.driver()
    return {row["id"]: row for row in await driver.fetch(LOCK_SCHEDULES, list(ids))}


async def _take_steps(work: Work, outcomes: Sequence[Outcome], now: datetime) -> list[Outcome]:
    driver = await work.driver()
    rows = await driver.fetch(
        RECORD,
        now,
        [o.claim.outgoing.delivery_id for o in outcomes],
        [o.claim.outgoing.attempt for o in outcomes],
        [o.claim.held_as for o in outcomes],
        [o.status for o in outcomes],
        sparse(o.due_at for o in outcomes),
        sparse(o.look_at for o in outcomes),
        sparse(o.external_id for o in outcomes),
        sparse(o.error_code for o in outcomes),
    )
    return [outcomes[place - 1] for (place,) in rows]


async def _cancel_what_was_called_off(
    work: Work,
    schedules: Mapping[UUID, asyncpg.Record],
    recorded: list[Outcome],
    now: datetime,
) -> list[Outcome]:
    called_off = {
        schedule_id
        for schedule_id, schedule in schedules.items()
        if schedule["status"] == ScheduleStatus.CANCELLED
    }
    ids = [
        o.claim.outgoing.delivery_id
        for o in recorded
        if o.status is DeliveryStatus.QUEUED and o.claim.outgoing.schedule_id in called_off
    ]
    if not ids:
        return recorded
    driver = await work.driver()
    await driver.execute(_CANCEL_QUEUED, ids, now)
    cancelled = set(ids)
    return [
        o._replace(status=DeliveryStatus.CANCELLED)
        if o.claim.outgoing.delivery_id in cancelled
        else o
        for o in recorded
    ]


async def _tell(
    work: Work,
    schedules: Mapping[UUID, asyncpg.Record],
    recorded: Sequence[Outcome],
    now: datetime,
) -> None:
    """One SCHEDULE_PROGRESS a schedule: how many deliveries came to each status in this batch."""
    by_schedule: dict[UUID, list[Outcome]] = defaultdict(list)
    for outcome in recorded:
        if outcome.moves:
            by_schedule[outcome.claim.outgoing.schedule_id].append(outcome)
    if not by_schedule:
        return
    driver = await work.driver()
    await driver.execute(COUNT_EVENTS, list(by_schedule))
    await work.keep(
        [
            LiveEvent(
                tenant_id=work.tenant_id,
                stream_id=schedule_id,
                seq=schedules[schedule_id]["last_seq"] + 1,
                stream=Stream.SCHEDULE,
                kind=EventKind.SCHEDULE_PROGRESS,
                payload=_payload(steps),
                created_at=now,
            )
            for schedule_id, steps in by_schedule.items()
        ]
    )


def _payload(steps: Sequence[Outcome]) -> dict[str, str | int]:
    """The counts by status; the delivery too where there is but one."""
    counts = Counter(step.status for step in steps)
    payload: dict[str, str | int] = {status.lower(): count for status, count in counts.items()}
    if len(steps) == 1:
        payload["delivery_id"] = str(steps[0].claim.outgoing.delivery_id)
    return payload
