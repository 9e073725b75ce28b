"""When a schedule is to be sent: what clients say of it, checked and worked out."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.recurrence import Occurrence, Timing, due_occurrence, timing_of
from models.rules import LAST_WALL, BadRule, checked_rule
from models.schedules import GapRule, MissedRule, OverlapRule
from resolvers.errors import Code, ParleyError, UserError
from resolvers.paging import MAX_PAGE

MAX_EXCLUDED = 500
MAX_GRACE = 366 * 24 * 3600
# What a recurring message that is missed is still good for, unless its schedule says otherwise.
RECURRING_GRACE = 3600


@dataclass(frozen=True, slots=True)
class GivenTiming:
    """What a client says of when. A time without an offset is meant in `time_zone`.

    Without `send_at` it is at once. `recurrence` is an RRULE, `excluded` its EXDATEs.
    """

    send_at: datetime | None = None
    time_zone: str = "UTC"
    recurrence: str | None = None
    excluded: tuple[datetime, ...] = ()
    gap: GapRule = GapRule.NEXT_VALID
    overlap: OverlapRule = OverlapRule.FIRST
    missed: MissedRule = MissedRule.SEND_LATE
    grace_seconds: int | None = None
    respects_quiet_hours: bool = True

    async def reckoned(self, now: datetime) -> "Reckoned":
        """The timing and its first occurrence.

        Raises UNKNOWN_TIME_ZONE, PAST_TIME, BAD_RECURRENCE, NO_OCCURRENCE, BAD_INPUT or TOO_LONG.
        """
        zone = zone_of(self.time_zone)
        self._check_lengths()
        start = self._start(zone, now)
        if self.recurrence is None:
            return self._reckoned(zone, start, now)
        # A rule can be made to take half a second, which is too long for the event loop.
        return await asyncio.to_thread(self._reckoned, zone, start, now)

    def _reckoned(self, zone: ZoneInfo, start: datetime, now: datetime) -> "Reckoned":
        rule = None if self.recurrence is None else self._rule(self.recurrence, zone, start)
        excluded = frozenset(_wall(moment, zone) for moment in self.excluded)
        timing = Timing(start, zone, rule, excluded, self.gap, self.overlap)
        first = next(timing.occurrences(), None)
        if first is None:
            message = (
                f"The clocks of {self.time_zone} never show this time, or every one is excluded."
            )
            raise UserError(Code.NO_OCCURRENCE, message, "sendAt")
        if self.send_at is not None and first.at <= now:
            raise UserError(Code.PAST_TIME, "sendAt is in the past; give a later time.", "sendAt")
        return Reckoned(self, timing, first)

    def _start(self, zone: ZoneInfo, now: datetime) -> datetime:
        """A moment in UTC, or a wall time of the zone where its clocks are to be asked."""
        given = (self.send_at or now).replace(microsecond=0) if self.recurrence else self.send_at
        if given is None:
            return now
        if given.replace(tzinfo=None) > LAST_WALL:
            message = f"Nothing is scheduled after {LAST_WALL.year}; give an earlier time."
            raise UserError(Code.BAD_INPUT, message, "sendAt")
        if given.tzinfo is None or self.recurrence is not None:
            return _wall(given, zone)
        return given.astimezone(UTC)

    def _rule(self, text: str, zone: ZoneInfo, start: datetime) -> str:
        try:
            return checked_rule(text, zone, start)
        except BadRule as error:
            raise UserError(Code.BAD_RECURRENCE, f"{error}.", "recurrence") from None

    def _check_lengths(self) -> None:
        if len(self.excluded) > MAX_EXCLUDED:
            message = f"At most {MAX_EXCLUDED} times can be excluded."
            raise UserError(Code.TOO_LONG, message, "excluded")
        if self.grace_seconds is not None and not 0 < self.grace_seconds <= MAX_GRACE:
            message = f"graceSeconds is from 1 to {MAX_GRACE}."
            raise UserError(Code.BAD_INPUT, message, "graceSeconds")


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a client said of when, worked out."""

    given: GivenTiming
    timing: Timing
    first: Occurrence

    def columns(self) -> dict[str, Any]:
        """The columns of `schedules` that say so."""
        given, timing = self.given, self.timing
        grace = given.grace_seconds
        if grace is None and timing.rule is not None:
            grace = RECURRING_GRACE
        return {
            "send_at": self.first.at,
            "time_zone": given.time_zone,
            "wall_start": timing.start if timing.start.tzinfo is None else None,
            "recurrence": timing.rule,
            "excluded": sorted(timing.excluded),
            "gap_rule": given.gap,
            "overlap_rule": given.overlap,
            "missed_rule": given.missed,
            "grace_seconds": grace,
            "respects_quiet_hours": given.respects_quiet_hours,
            "next_at": self.first.at,
            "next_wall": self.first.place.wall if timing.start.tzinfo is None else None,
            "next_number": self.first.place.number,
        }


def timing_given(schedule: Any) -> GivenTiming:
    """What would be said of when, of a schedule from its next occurrence on."""
    wall = schedule.next_wall or schedule.wall_start
    rule = schedule.recurrence
    if rule is not None and "COUNT=" in rule:
        before, _, rest = rule.partition("COUNT=")
        count, semicolon, after = rest.partition(";")
        left = int(count) - schedule.next_number + 1
        rule = f"{before}COUNT={left}{semicolon}{after}"
    return GivenTiming(
        send_at=schedule.next_at if wall is None else wall,
        time_zone=schedule.time_zone,
        recurrence=rule,
        excluded=tuple(schedule.excluded),
        gap=GapRule(schedule.gap_rule),
        overlap=OverlapRule(schedule.overlap_rule),
        missed=MissedRule(schedule.missed_rule),
        grace_seconds=schedule.grace_seconds,
        respects_quiet_hours=schedule.respects_quiet_hours,
    )


async def preview_occurrences(given: GivenTiming, now: datetime, first: int) -> list[Occurrence]:
    """The first occurrences that a schedule of this timing would have. Raises as `reckoned`."""
    size = _size(first)
    reckoned = await given.reckoned(now)
    return await asyncio.to_thread(lambda: list(islice(reckoned.timing.occurrences(), size)))


async def next_occurrences(schedule: Any, first: int) -> list[Occurrence]:
    """The occurrences that a schedule has still before it."""
    size = _size(first)
    if schedule.next_at is None:
        return []
    timing, due = timing_of(schedule), due_occurrence(schedule)

    def find() -> list[Occurrence]:
        later = timing.after(due.at, due.place)
        return [due, *islice(later, size - 1)] if size else []

    return await asyncio.to_thread(find)


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UNKNOWN_TIME_ZONE."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name!r} is no IANA time zone; use a name like Europe/Lisbon."
        raise UserError(Code.UNKNOWN_TIME_ZONE, message, "timeZone") from None


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the zone's clocks show then, to the second; a time without an offset is that already."""
    local = moment if moment.tzinfo is None else moment.astimezone(zone)
    return local.replace(tzinfo=None, microsecond=0)


def _size(first: int) -> int:
    if not 0 <= first <= MAX_PAGE:
        raise ParleyError(Code.BAD_PAGE, f"first must be from 0 to {MAX_PAGE}, not {first}.")
    return first
