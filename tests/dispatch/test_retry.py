"""The retry policy, as properties of a pure function."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.retry import (
    BACKOFFS,
    LONGEST_RETRY_AFTER,
    LOOKS,
    Backoff,
    next_attempt,
    next_look,
)
from gateways.protocol import Action, GatewayError

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

attempts = st.integers(min_value=1, max_value=2**31 - 1)
jitters = st.floats(min_value=0, max_value=1, exclude_max=True)
retried = st.sampled_from(sorted(BACKOFFS))
backoffs = st.builds(
    Backoff,
    tries=attempts,
    first=st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(hours=1)),
    ceiling=st.timedeltas(min_value=timedelta(hours=1), max_value=timedelta(days=1)),
)


@given(backoffs, attempts)
def test_waits_double_up_to_the_ceiling(backoff: Backoff, tried: int) -> None:
    this, following = backoff.wait(tried), backoff.wait(tried + 1)
    assert backoff.first <= this <= following <= backoff.ceiling
    assert following == min(this * 2, backoff.ceiling)


@given(retried, attempts, jitters)
def test_tries_end(action: Action, attempt: int, jitter: float) -> None:
    due_at = next_attempt(NOW, attempt, GatewayError("BUSY", action), lambda: jitter)
    assert (due_at is None) == (attempt >= BACKOFFS[action].tries)


@given(retried, st.integers(1, 9), jitters)
def test_jitter_only_lengthens_and_is_bounded(action: Action, attempt: int, jitter: float) -> None:
    backoff = BACKOFFS[action]
    due_at = next_attempt(NOW, attempt, GatewayError("BUSY", action), lambda: jitter)
    assert due_at is not None
    wait = backoff.wait(attempt)
    assert NOW + wait <= due_at <= NOW + wait * (1 + backoff.spread)


@given(retried, st.integers(1, 9), jitters, st.timedeltas(min_value=timedelta(0)))
def test_an_outlet_is_left_alone_as_long_as_it_asks_a_day_at_most(
    action: Action, attempt: int, jitter: float, asked: timedelta
) -> None:
    error = GatewayError("BUSY", action, retry_after=asked)
    due_at = next_attempt(NOW, attempt, error, lambda: jitter)
    assert due_at is not None
    assert due_at >= NOW + min(asked, LONGEST_RETRY_AFTER)
    assert due_at <= NOW + LONGEST_RETRY_AFTER * 1.2


@given(st.sampled_from([Action.FAIL, Action.UNKNOWN]), attempts)
def test_what_failed_for_good_or_may_have_been_sent_is_not_tried_again(
    action: Action, attempt: int
) -> None:
    error = GatewayError("GONE", action, retry_after=timedelta(seconds=1))
    assert next_attempt(NOW, attempt, error) is None


@given(st.integers(min_value=0, max_value=2**31 - 1), jitters)
def test_looks_come_later_and_later_and_end(looks: int, jitter: float) -> None:
    look_at = next_look(NOW, looks, lambda: jitter)
    if looks >= LOOKS.tries:
        assert look_at is None
    else:
        assert look_at is not None
        assert NOW + LOOKS.first <= look_at <= NOW + LOOKS.ceiling * (1 + LOOKS.spread)
