"""What is fired of what was missed: the rules, and that they lose and repeat nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.occurrences import AT_ONCE, PUNCTUAL, due_run
from dispatch.quiet_hours import after_quiet_hours
from models.recurrence import Occurrence, Timing
from models.schedules import MissedRule

START = datetime(2026, 11, 23, 9)
HOURLY = Timing(START, ZoneInfo("UTC"), "FREQ=HOURLY")
HOUR = timedelta(hours=1)


def lived(
    timing: Timing, presents: list[datetime], missed: MissedRule, grace: timedelta | None
) -> Iterator[tuple[datetime, datetime | None, int]]:
    """(present, fired, skipped) of a worker that looks at these presents, until nothing is due."""
    due: Occurrence | None = next(timing.occurrences())
    for present in presents:
        while due is not None and due.at <= present:
            run = due_run(timing, due, present, missed, grace)
            yield present, run.fire.at if run.fire else None, run.skipped
            due = run.following


@given(
    gaps=st.lists(st.integers(0, 3_000), min_size=1, max_size=8),
    missed=st.sampled_from(MissedRule),
    grace=st.none() | st.integers(0, 600).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_every_occurrence_is_fired_once_or_skipped_by_the_rule(
    gaps: list[int], missed: MissedRule, grace: timedelta | None
) -> None:
    presents, present = [], START.replace(tzinfo=UTC)
    for gap in gaps:
        present += timedelta(minutes=gap)
        presents.append(present)
    turns = list(lived(HOURLY, presents, missed, grace))
    fired = [at for _, at, _ in turns if at is not None]
    assert fired == sorted(set(fired))
    passed = (present - START.replace(tzinfo=UTC)) // HOUR + 1
    assert len(fired) + sum(skipped for *_, skipped in turns) == passed
    for looked, at, _ in turns:
        if at is not None and missed is MissedRule.SKIP:
            assert looked - at <= PUNCTUAL
        elif at is not None and grace is not None:
            assert looked - at <= grace
        if at is not None and missed is MissedRule.ONCE:
            assert looked - at < HOUR
    if missed is MissedRule.SEND_LATE and grace is None:
        assert len(fired) == passed


def test_a_single_message_is_sent_however_late() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    timing = Timing(moment, ZoneInfo("UTC"))
    due = next(timing.occurrences())
    run = due_run(timing, due, moment + timedelta(days=400), MissedRule.SEND_LATE)
    assert (run.fire, run.skipped, run.following) == (due, 0, None)
    missed = due_run(timing, due, moment + timedelta(days=400), MissedRule.SKIP)
    assert (missed.fire, missed.skipped, missed.following) == (None, 1, None)


def test_a_long_past_is_left_behind_piece_by_piece() -> None:
    due = next(HOURLY.occurrences())
    late = due.at + HOUR * (AT_ONCE + 10)
    run = due_run(HOURLY, due, late, MissedRule.ONCE)
    assert (run.fire, run.skipped) == (None, AT_ONCE)
    assert run.following is not None
    rest = due_run(HOURLY, run.following, late, MissedRule.ONCE)
    assert rest.fire is not None
    assert (rest.fire.at, rest.skipped) == (late, 10)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T12:00", "2026-11-23T12:00"),
        ("2026-11-23T21:59", "2026-11-23T21:59"),
        ("2026-11-23T22:00", "2026-11-24T08:30"),
        ("2026-11-24T03:00", "2026-11-24T08:30"),
        ("2026-11-24T08:30", "2026-11-24T08:30"),
    ],
)
def test_quiet_hours_go_over_midnight(moment: str, expected: str) -> None:
    madrid = ZoneInfo("Europe/Madrid")
    when = datetime.fromisoformat(moment).replace(tzinfo=madrid)
    found = after_quiet_hours(when, madrid, time(22), time(8, 30))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=madrid)


clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    clocks,
    clocks,
)
def test_quiet_hours_end_within_a_day_and_are_over_then(
    moment: datetime, zone: str, begin: time, end: time
) -> None:
    here = ZoneInfo(zone)
    if begin == end:
        end = begin.replace(minute=(begin.minute + 1) % 60)
    due = after_quiet_hours(moment, here, begin, end)
    assert moment <= due < moment + timedelta(hours=26)
    shown = due.astimezone(here).time()
    quiet = begin <= shown < end if begin < end else not end <= shown < begin
    gap = here.utcoffset(due) != here.utcoffset(due - timedelta(hours=2))
    assert not quiet or gap
