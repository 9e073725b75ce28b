"""Schedules fall due when dateutil and its reading of the zones say, over years and over DST."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from models.recurrence import Occurrence, Timing, moments
from models.rules import Place
from models.schedules import GapRule, OverlapRule

# Half an hour of DST; the day that Samoa left out; DST on the other side of the year; none at all.
ZONES = (
    *("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"),
    *("America/Santiago", "Asia/Kolkata", "UTC"),
)
RULES = (
    *("FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=40", "FREQ=WEEKLY;BYDAY=SU,WE"),
    *("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SA,SU", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    *("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=1SU,-1SU"),
    *("FREQ=HOURLY;INTERVAL=5", "FREQ=MINUTELY;INTERVAL=45;UNTIL=20280401T000000"),
    *("FREQ=YEARLY;BYMONTH=3,10,11,4;BYDAY=1SU,-1SU", "FREQ=MONTHLY;BYMONTHDAY=31"),
    "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30;COUNT=900",
)
YEAR, DAY = timedelta(days=366), timedelta(days=1)

walls = st.datetimes(datetime(2009, 1, 1), datetime(2040, 1, 1)).map(
    lambda wall: wall.replace(microsecond=0)
)


def by_dateutil(
    wall: datetime, zone: str, gap: GapRule, overlap: OverlapRule
) -> tuple[datetime, ...]:
    """The moments of a wall time, by dateutil's own reading of the zone."""
    local = wall.replace(tzinfo=tz.gettz(zone))
    if not tz.datetime_exists(local):
        if gap is GapRule.SKIP:
            return ()
        if gap is GapRule.OFFSET_BEFORE:
            return (tz.resolve_imaginary(local).astimezone(UTC),)
        while not tz.datetime_exists(local):
            local = (local + timedelta(minutes=1)).replace(second=0)
        return (local.astimezone(UTC),)
    first, second = (tz.enfold(local, fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return (first,)
    both = {OverlapRule.FIRST: (first,), OverlapRule.SECOND: (second,)}
    return both.get(overlap, (first, second))


@given(walls, st.sampled_from(ZONES), st.sampled_from(GapRule), st.sampled_from(OverlapRule))
def test_moments_are_those_of_dateutil(
    wall: datetime, zone: str, gap: GapRule, overlap: OverlapRule
) -> None:
    assert moments(wall, ZoneInfo(zone), gap, overlap) == by_dateutil(wall, zone, gap, overlap)


@pytest.mark.parametrize("gap", GapRule)
@pytest.mark.parametrize("overlap", OverlapRule)
@pytest.mark.parametrize(("zone", "year"), [("Europe/Madrid", 2026), ("Australia/Lord_Howe", 2027)])
def test_every_half_hour_of_a_year_is_that_of_dateutil(
    gap: GapRule, overlap: OverlapRule, zone: str, year: int
) -> None:
    """Every change of the clocks is among them, and so is the order around it."""
    start = datetime(year, 1, 1)
    timing = Timing(start, ZoneInfo(zone), "FREQ=MINUTELY;INTERVAL=30", gap=gap, overlap=overlap)
    count = 365 * 48
    read = {
        moment
        for n in range(count)
        for moment in by_dateutil(start + n * timedelta(minutes=30), zone, gap, overlap)
    }
    expected = sorted(read)
    assert [found.at for found in islice(timing.occurrences(), len(expected))] == expected


def stepping(timing: Timing, until: datetime) -> Iterator[datetime]:
    """A year as the dispatcher lives it: it knows one occurrence, and asks for the next one."""
    known: Occurrence | None = next(timing.occurrences(), None)
    while known is not None and known.at < until:
        yield known.at
        known = next(timing.after(known.at, known.place), None)


@pytest.mark.parametrize("zone", ZONES[:5])
@pytest.mark.parametrize("rule", RULES)
def test_a_year_lived_step_by_step_is_that_of_dateutil(zone: str, rule: str) -> None:
    start = datetime(2027, 2, 10, 2, 15)
    timing = Timing(start, ZoneInfo(zone), rule, overlap=OverlapRule.BOTH)
    end = (start + YEAR - DAY).replace(tzinfo=UTC)
    found = takewhile(lambda wall: wall < start + YEAR + DAY, rrulestr(rule, dtstart=start))
    expected = {
        moment
        for wall in found
        for moment in by_dateutil(wall, zone, GapRule.NEXT_VALID, OverlapRule.BOTH)
        if moment < end
    }
    assert list(stepping(timing, end)) == sorted(expected)


timings = st.builds(
    Timing,
    walls,
    st.sampled_from(ZONES).map(ZoneInfo),
    st.sampled_from(RULES),
    gap=st.sampled_from(GapRule),
    overlap=st.sampled_from(OverlapRule),
)


@given(timings, st.integers(0, 30))
def test_going_on_from_an_occurrence_finds_those_that_follow(timing: Timing, skipped: int) -> None:
    whole = list(islice(timing.occurrences(), skipped + 10))
    assert [one.at for one in whole] == sorted({one.at for one in whole})
    if len(whole) > skipped:
        here = whole[skipped]
        after = islice(timing.after(here.at, here.place), len(whole) - skipped - 1)
        assert [one.at for one in after] == [one.at for one in whole[skipped + 1 :]]


def test_excluded_wall_times_are_left_out_and_still_counted() -> None:
    start = datetime(2026, 5, 1, 9)
    timing = Timing(
        start, ZoneInfo("UTC"), "FREQ=DAILY;COUNT=4", frozenset({datetime(2026, 5, 2, 9)})
    )
    assert [found.at.day for found in timing.occurrences()] == [1, 3, 4]


def test_one_wall_time_is_one_occurrence_or_none_or_two() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    skipped, twice = datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)

    def at(wall: datetime, **rules: object) -> list[str]:
        timing = Timing(wall, madrid, **rules)  # type: ignore[arg-type]
        return [f"{found.at:%H:%M}" for found in timing.occurrences()]

    assert at(skipped) == ["01:00"]
    assert at(skipped, gap=GapRule.OFFSET_BEFORE) == ["01:30"]
    assert at(skipped, gap=GapRule.SKIP) == []
    assert at(twice) == ["00:30"]
    assert at(twice, overlap=OverlapRule.SECOND) == ["01:30"]
    assert at(twice, overlap=OverlapRule.BOTH) == ["00:30", "01:30"]


def test_a_moment_is_not_moved_by_any_clock() -> None:
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    timing = Timing(moment, ZoneInfo("Europe/Madrid"), gap=GapRule.SKIP)
    assert [found.at for found in timing.occurrences()] == [moment]
    assert not list(timing.after(moment))


def test_days_that_a_zone_left_out_come_to_its_next_valid_time() -> None:
    apia: Callable[[GapRule], tuple[datetime, ...]] = lambda gap: moments(  # noqa: E731
        datetime(2011, 12, 30, 12), ZoneInfo("Pacific/Apia"), gap, OverlapRule.FIRST
    )
    assert apia(GapRule.NEXT_VALID) == (datetime(2011, 12, 30, 10, tzinfo=UTC),)
    assert apia(GapRule.SKIP) == ()


def test_places_count_the_rules_wall_times() -> None:
    timing = Timing(datetime(2026, 1, 1, 8), ZoneInfo("UTC"), "FREQ=DAILY;COUNT=3")
    places = [found.place for found in timing.occurrences()]
    assert places == [Place(datetime(2026, 1, n, 8), n) for n in (1, 2, 3)]
