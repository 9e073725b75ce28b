"""When a schedule falls due: wall times, once or by a rule, read off the clocks of a zone.

Pure functions of what they are given and of the zone's data. docs/schedules.md says it in words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import dropwhile, islice
from typing import Any
from zoneinfo import ZoneInfo

from models.rules import Place, walls
from models.schedules import GapRule, OverlapRule

_SECOND = timedelta(seconds=1)
# Around one change of the clocks a wall time may be two moments, and come after a later one.
_NEARBY = 4


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """A moment, in UTC, at which a schedule is due.

    `place` is from where in the rule it was found, and from where those after it are.
    """

    at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class Timing:
    """What a client said about when. `start` is a wall time of `zone`, or a moment in UTC.

    A moment recurs only as a wall time: `rule` wants one. `excluded` are wall times left out.
    """

    start: datetime
    zone: ZoneInfo
    rule: str | None = None
    excluded: frozenset[datetime] = frozenset()
    gap: GapRule = GapRule.NEXT_VALID
    overlap: OverlapRule = OverlapRule.FIRST

    def occurrences(self, place: Place | None = None) -> Iterator[Occurrence]:
        """Every occurrence from `place` or the start on, each moment once, in order."""
        if self.start.tzinfo is not None:
            yield Occurrence(self.start, Place(self.start.replace(tzinfo=None)))
            return
        last = None
        for occurrence in self._in_order(place or Place(self.start)):
            if occurrence.at != last:
                yield occurrence
            last = occurrence.at

    def after(self, moment: datetime, place: Place | None = None) -> Iterator[Occurrence]:
        """The occurrences later than `moment`; `place` is that of one that is not."""
        return dropwhile(lambda occurrence: occurrence.at <= moment, self.occurrences(place))

    def _in_order(self, place: Place) -> Iterator[Occurrence]:
        """Around a change of the clocks, later wall times may be earlier moments.

        A moment waits until no later wall time can come before it.
        """
        waiting: list[tuple[datetime, Place]] = []
        for found in self._walls(place):
            earliest = moments(found.wall, self.zone, GapRule.NEXT_VALID, OverlapRule.FIRST)[0]
            while waiting and waiting[0][0] < earliest:
                yield _first(waiting)
            if found.wall not in self.excluded:
                for moment in moments(found.wall, self.zone, self.gap, self.overlap):
                    heappush(waiting, (moment, found))
        while waiting:
            yield _first(waiting)

    def _walls(self, place: Place) -> Iterator[Place]:
        return iter([place]) if self.rule is None else walls(self.rule, place)


def _first(waiting: list[tuple[datetime, Place]]) -> Occurrence:
    """The next moment; whoever goes on from it must meet all that wait with it again."""
    place = min((place for _, place in waiting), key=lambda place: place.number)
    moment, _ = heappop(waiting)
    return Occurrence(moment, place)


def moments(
    wall: datetime, zone: ZoneInfo, gap: GapRule, overlap: OverlapRule
) -> tuple[datetime, ...]:
    """The moments, in UTC, at which the zone's clocks show the wall time, as the rules have it.

    None for one that is skipped, two for one that is meant both times. Walls are whole seconds.
    """
    # PEP 495: fold=0 reads with the offset before a change of the clocks, fold=1 with the later.
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before < after:
        return {
            OverlapRule.FIRST: (before,),
            OverlapRule.SECOND: (after,),
            OverlapRule.BOTH: (before, after),
        }[overlap]
    if before > after:
        return {
            GapRule.NEXT_VALID: (_change_between(after, before, zone),),
            GapRule.OFFSET_BEFORE: (before,),
            GapRule.SKIP: (),
        }[gap]
    return (before,)


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the zone's offset becomes that of `high`, to the second."""
    offset = high.astimezone(zone).utcoffset()
    while (seconds := (high - low) // _SECOND) > 1:
        middle = low + seconds // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high


def timing_of(schedule: Any) -> Timing:
    """When a schedule is due, as its columns say; see `models.schedules.Schedule`."""
    return Timing(
        start=schedule.wall_start or schedule.send_at,
        zone=ZoneInfo(schedule.time_zone),
        rule=schedule.recurrence,
        excluded=frozenset(schedule.excluded),
        gap=GapRule(schedule.gap_rule),
        overlap=OverlapRule(schedule.overlap_rule),
    )


def due_occurrence(schedule: Any) -> Occurrence:
    """The occurrence that is due at a schedule's `next_at`."""
    wall = schedule.next_wall or schedule.wall_start or schedule.next_at.replace(tzinfo=None)
    return Occurrence(schedule.next_at, Place(wall, schedule.next_number))


def due_by_present_data(schedule: Any) -> datetime:
    """When a schedule is due next, by the data of its zone that this process has.

    That is its `next_at`, unless another process worked that out with other data.
    """
    due = due_occurrence(schedule)
    nearby = list(islice(timing_of(schedule).occurrences(due.place), _NEARBY))
    if not nearby or any(one.at == due.at for one in nearby):
        return due.at
    return nearby[0].at
