"""The rate limiter on a simulated clock: never more than the rate, and never less than it could."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.rates import HOUR, MINUTE, Rate, available, charged

START = datetime(2026, 1, 1, tzinfo=UTC)
RATES = st.builds(
    Rate.of,
    st.integers(1, 5_000),
    st.sampled_from([MINUTE, HOUR]),
    st.none() | st.integers(1, 50),
)
# What happens: so many milliseconds pass, then so many messages want to go.
STEPS = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 200)), max_size=60)


def sent(rate: Rate, steps: list[tuple[int, int]]) -> list[datetime]:
    """The times at which messages went, greedily."""
    now, ready_at, times = START, None, []
    for milliseconds, wanted in steps:
        now += timedelta(milliseconds=milliseconds)
        count = min(wanted, available(rate, ready_at, now))
        if count:
            ready_at = charged(rate, ready_at, now, count)
            times += [now] * count
    return times


@given(RATES, STEPS)
def test_no_stretch_of_time_sees_more_than_the_rate_and_the_burst(
    rate: Rate, steps: list[tuple[int, int]]
) -> None:
    times = sent(rate, steps)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            # One more than the bucket holds: one that was taken late.
            most = rate.burst + 1 + (times[last] - start) / rate.interval
            assert last - first + 1 <= most + 1e-6


@given(RATES, STEPS, st.integers(0, 200))
def test_no_token_is_lost_or_made_by_taking_them_in_pieces(
    rate: Rate, steps: list[tuple[int, int]], split: int
) -> None:
    now, ready_at = START, None
    for milliseconds, wanted in steps:
        now += timedelta(milliseconds=milliseconds)
        count = min(wanted, available(rate, ready_at, now))
        if count:
            part = min(split, count)
            by_pieces = charged(rate, ready_at, now, part) if part else ready_at
            by_pieces = charged(rate, by_pieces, now, count - part) if count > part else by_pieces
            ready_at = charged(rate, ready_at, now, count)
            assert by_pieces == ready_at


@given(RATES, STEPS)
def test_what_is_ready_conforms_and_what_is_not_does_not(
    rate: Rate, steps: list[tuple[int, int]]
) -> None:
    now, ready_at = START, None
    for milliseconds, wanted in steps:
        now += timedelta(milliseconds=milliseconds)
        count = min(wanted, available(rate, ready_at, now))
        if count:
            ready_at = charged(rate, ready_at, now, count)
            assert available(rate, ready_at, ready_at) >= 1
            if ready_at > now:
                assert available(rate, ready_at, ready_at - timedelta(microseconds=1)) == 0


@settings(deadline=None)
@given(st.integers(1, 5_000), st.integers(1, 1_000))
def test_greedy_minute_is_exact_to_a_hundredth(count: int, step: int) -> None:
    """Whoever asks at least once an interval gets the whole rate, and at most 1 % above it."""
    rate = Rate.of(count, MINUTE)
    pause = min(rate.interval, timedelta(milliseconds=step))
    now, ready_at, total = START, None, 0
    while now < START + MINUTE:
        room = available(rate, ready_at, now)
        if room:
            ready_at, total = charged(rate, ready_at, now, room), total + room
        now += pause
    assert abs(total - count) <= max(1, count / 100)


def test_an_unused_bucket_is_full_and_no_fuller() -> None:
    rate = Rate.of(60, MINUTE, burst=5)
    assert available(rate, None, START) == 5
    ready_at = charged(rate, None, START, 5)
    assert available(rate, ready_at, START) == 0
    assert available(rate, ready_at, START + timedelta(days=1)) == 5
