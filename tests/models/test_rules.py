"""Which recurrence rules schedules take, and what they say of others."""

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import BadRule, Place, checked_rule, walls

START = datetime(2026, 11, 23, 9)
MADRID = ZoneInfo("Europe/Madrid")


def checked(rule: str) -> str:
    return checked_rule(rule, MADRID, START)


@pytest.mark.parametrize(
    ("given_rule", "kept"),
    [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("rrule:freq=weekly;byday=mo,fr", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("FREQ=DAILY;UNTIL=20270101", "FREQ=DAILY;UNTIL=20270101T235959"),
        ("FREQ=DAILY;UNTIL=20270701T080000Z", "FREQ=DAILY;UNTIL=20270701T100000"),
        ("FREQ=DAILY;UNTIL=99991231", "FREQ=DAILY;UNTIL=23991231T235959"),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=7,19", "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=7,19"),
    ],
)
def test_rules_are_kept_in_one_form(given_rule: str, kept: str) -> None:
    assert checked(given_rule) == kept
    assert checked(kept) == kept


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "no part of a rule"),
        ("every monday", "no part of a rule"),
        ("FREQ=SECONDLY", "FREQ is one of"),
        ("INTERVAL=2", "FREQ is one of"),
        ("FREQ=DAILY;FREQ=DAILY", "no part of a rule"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is nothing"),
        ("FREQ=DAILY;COUNT=-1", "COUNT=-1 is nothing"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "not both"),
        ("FREQ=DAILY;UNTIL=tomorrow", "is no time"),
        ("FREQ=DAILY;UNTIL=20200101", "never comes to pass"),
        ("FREQ=DAILY;BYSECOND=0,1", "BYSECOND=0,1 is nothing"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER=1 is nothing"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH=13 is nothing"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO is nothing"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes to pass"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=SU", "never comes to pass"),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=2", "Invalid rrule"),
        ("FREQ=DAILY;DTSTART=20300101T000000", "DTSTART"),
        ("FREQ=DAILY\nRDATE:20300101T000000", "nothing that|no part|FREQ is"),
        ("FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 300), "at most 500"),
    ],
)
def test_other_texts_are_refused_with_a_reason(rule: str, said: str) -> None:
    with pytest.raises(BadRule, match=said):
        checked(rule)


@given(st.text(st.sampled_from("FREQ=DAILYWKMOUNTH;,:+-0123456789BS\n "), max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    for rule in (text, f"FREQ=DAILY;{text}"):
        try:
            kept = checked(rule)
        except BadRule:
            continue
        assert next(walls(kept, Place(START))).wall >= START


def test_rule_ends_where_the_calendar_does() -> None:
    last = list(walls("FREQ=YEARLY;INTERVAL=100", Place(datetime(2026, 1, 1))))
    assert [place.wall.year for place in last] == [2026, 2126, 2226, 2326]


def test_count_goes_on_where_it_was() -> None:
    rule = checked("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5")
    whole = list(walls(rule, Place(START)))
    assert len(whole) == 5
    for place in whole:
        assert list(walls(rule, place)) == whole[place.number - 1 :]


def test_leap_days_are_the_calendars() -> None:
    rule = checked("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
    years = [place.wall.year for place in islice(walls(rule, Place(datetime(2090, 1, 1))), 3)]
    assert years == [2092, 2096, 2104]
