"""Each error of the WhatsApp Cloud API asks for something."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.outbound import LONGEST_PAUSE, Answer, retry_after
from gateways.protocol import Action
from gateways.whatsapp_errors import RULES, failure, pair_wait

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

# The table of Meta's documentation, by what to do.
DOCUMENTED = [
    (Action.RETRY, {1, 2, 131000, 131016, 131049, 131056, 131057, 135000}),
    (Action.SLOW_DOWN, {4, 80007, 130429, 133016, 131048, 131064, 368, 131031, 130497}),
    (
        Action.FAIL,
        {131047, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069},
    ),
    (Action.FAIL, {131026, 131050, 131021, 131030, 130472, 131062}),
    (Action.FAIL, {100, 131005, 131008, 131009, 131051, 131052, 131053}),
    (Action.HOLD, {0, 3, 10, 190, *range(200, 300), 131037, 131042, 131044, 131045, 131063}),
]


@pytest.mark.parametrize(("action", "codes"), DOCUMENTED)
def test_documented_codes_have_their_action(action: Action, codes: set[int]) -> None:
    assert {RULES[code].action for code in codes} == {action}


def test_no_other_codes_are_listed() -> None:
    assert set(RULES) == set[int]().union(*(codes for _, codes in DOCUMENTED))


def test_pair_rate_waits_four_times_as_long_each_time() -> None:
    assert [pair_wait(attempt).total_seconds() for attempt in (1, 2, 3)] == [4, 16, 64]
    assert pair_wait(1_000_000) < timedelta(days=1)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "code"]), inner),
    ).map(orjson.dumps),
    st.integers(100, 999),
    st.integers(1, 20),
)
def test_any_answer_means_something(body: bytes, status: int, attempt: int) -> None:
    error = failure(Answer(status, body, None), attempt)

    assert error.code.startswith("WHATSAPP_")


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        (None, None),
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        ("9" * 5000, LONGEST_PAUSE),
        ("Thu, 01 Jan 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Thu, 01 Jan 2026 11:00:00 GMT", timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 -0000", LONGEST_PAUSE),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, pause: timedelta | None) -> None:
    assert retry_after(header, NOON) == pause


@given(st.text())
def test_any_retry_after_is_a_day_at_most(header: str) -> None:
    pause = retry_after(header, NOON)

    assert pause is None or timedelta(0) <= pause <= LONGEST_PAUSE
