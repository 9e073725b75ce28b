"""The order of day and month by evidence, years, 12-hour clocks, zones."""

import io
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from importing.detection import DateEvidence, DateOrder, DayPart, Decision
from importing.formats.dates import (
    Written,
    hour_of_day,
    learn_order,
    read_clock,
    read_date,
    time_zone,
)
from importing.formats.whatsapp import learn, read
from importing.records import ArchiveError, ErrorCode, Reason, Report


def order_of(*dates: str, year_place: int | None = 2) -> DateEvidence:
    written = (Written(line, text) for line, text in enumerate(dates, start=1))
    return learn_order(written, year_place)


def test_invalid_dates_drop_an_order() -> None:
    evidence = order_of("1/2/2026", "3/4/2026", "13/6/2026", "14/6/2026")
    assert evidence == DateEvidence(DateOrder.DAY_FIRST, Decision.INVALID_DATES, line=3, day=13)
    assert evidence.describe() == "day 13 at line 3"


def test_month_first_by_invalid_dates() -> None:
    assert order_of("1/2/26", "6/13/26", year_place=None).order is DateOrder.MONTH_FIRST


def test_fewer_steps_back_in_time() -> None:
    evidence = order_of("1/10/2026", "1/11/2026", "2/1/2026", "2/2/2026", "3/1/2026")
    assert evidence.order is DateOrder.MONTH_FIRST
    assert evidence.describe() == "fewer steps back in time: 0 against 2"


def test_tie_is_day_first_and_says_so() -> None:
    evidence = order_of("1/2/2026", "2/3/2026")
    assert evidence.order is DateOrder.DAY_FIRST
    assert evidence.guessed
    assert evidence.describe().startswith("guessed")


def test_tie_with_the_year_first_is_month_first() -> None:
    evidence = order_of("2026-01-02", "2026-02-03", year_place=0)
    assert (evidence.order, evidence.guessed) == (DateOrder.YEAR_MONTH_DAY, True)


@pytest.mark.parametrize("impossible", ["31/02/2026", "00/00/2026", "31/13/2026"])
def test_a_date_of_no_order_speaks_for_none(impossible: str) -> None:
    dates = [f"{day}/6/2026" for day in range(11, 20)]
    evidence = order_of(dates[0], impossible, *dates[1:])
    assert (evidence.order, evidence.decision) == (DateOrder.DAY_FIRST, Decision.INVALID_DATES)


def test_one_stray_date_does_not_overrule_the_rest() -> None:
    dates = [f"{day}/6/2026" for day in range(11, 29)]
    assert order_of("6/29/2026", *dates).order is DateOrder.DAY_FIRST


def test_two_digit_year_stands_last_unless_that_spreads_the_dates() -> None:
    first = order_of("26/06/28", "26/06/29", "26/07/01", year_place=None)
    last = order_of("13.06.20", "20.06.22", "20.06.26", year_place=None)
    day = order_of("13.06.26", year_place=None)
    assert first.order is DateOrder.YEAR_MONTH_DAY
    assert last.order is DateOrder.DAY_FIRST
    assert (day.order, day.decision) == (DateOrder.DAY_FIRST, Decision.INVALID_DATES)


def test_few_dates_over_a_year_do_not_make_it_stand_first() -> None:
    """Read with the year in front not one of them is a date."""
    evidence = order_of("5/23/15", "5/24/15", "6/13/16", year_place=None)

    assert evidence.order is DateOrder.MONTH_FIRST


def test_stops_reading_once_it_is_proven() -> None:
    def dates():  # type: ignore[no-untyped-def]
        yield from (Written(line, f"{line + 12}/6/2026") for line in range(1, 4))
        raise AssertionError("read on")

    assert learn_order(dates(), 2).order is DateOrder.DAY_FIRST


def test_tells_the_line_of_the_proof_whatever_lines_stand_before_it() -> None:
    long = "14:00 - Ana: hi\nfrom\nhere\n"
    days = ["12"] * 5000 + ["11", "13", "14", "15"]
    text = "no header\n" + "".join(f"{day}/06/2026, {long}" for day in days)

    evidence = learn(io.BytesIO(text.encode())).evidence

    assert (evidence.line, evidence.day) == (1 + 5001 * 3 + 1, 13)


def test_clock_that_runs_back_keeps_the_order_of_the_file() -> None:
    text = "14/06/2026, 09:00 - Ana: later\n13/06/2026, 08:00 - Ana: earlier\n"
    chat = io.BytesIO(text.encode())
    messages = list(read(chat, learn(chat), UTC))
    assert [(m.body, m.sent_at.day) for m in messages] == [("later", 14), ("earlier", 13)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13/06/26", date(2026, 6, 13)),
        ("13/06/68", date(2068, 6, 13)),
        ("13/06/69", date(1969, 6, 13)),
        ("١٣/٦/٢٠٢٦", date(2026, 6, 13)),
        ("13/6/2569", date(2026, 6, 13)),
    ],
)
def test_years(text: str, expected: date) -> None:
    assert read_date(DateOrder.DAY_FIRST, text) == expected


@pytest.mark.parametrize("text", ["31/02/2026", "0/1/2026", "1/13/2026"])
def test_dates_that_do_not_exist(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        read_date(DateOrder.DAY_FIRST, text)


@pytest.mark.parametrize(
    ("hour", "part", "expected"),
    [
        (12, DayPart.AM, 0),
        (1, DayPart.AM, 1),
        (11, DayPart.AM, 11),
        (12, DayPart.PM, 12),
        (1, DayPart.PM, 13),
        (11, DayPart.PM, 23),
        (0, DayPart.PM, 12),
        (0, DayPart.AM, 0),
        (13, DayPart.PM, 13),
        (11, DayPart.NOON, 11),
        (12, DayPart.NOON, 12),
        (1, DayPart.NOON, 13),
        (11, DayPart.NIGHT, 23),
        (12, DayPart.NIGHT, 0),
        (3, DayPart.NIGHT, 3),
    ],
)
def test_twelve_hours(hour: int, part: DayPart, expected: int) -> None:
    assert hour_of_day(hour, part) == expected


def test_clock_reads_marker_before_or_behind() -> None:
    markers = {"pm": DayPart.PM, "下午": DayPart.PM}
    assert read_clock(markers, "9:05:07\u202fp.\u00a0m.") == time(21, 5, 7)
    assert read_clock(markers, "下午9:05") == time(21, 5)


def test_german_parts_of_the_day() -> None:
    lines = [
        ("13.06.26, 7:05 morgens", 7),
        ("13.06.26, 11:05 vorm.", 11),
        ("13.06.26, 12:05 mittags", 12),
        ("13.06.26, 1:05 nachm.", 13),
        ("13.06.26, 9:05 abends", 21),
        ("13.06.26, 11:05 nachts", 23),
        ("14.06.26, 12:05 nachts", 0),
    ]
    chat = io.BytesIO("".join(f"{header} - Ana: hi\n" for header, _ in lines).encode())
    hours = [message.sent_at.hour for message in read(chat, learn(chat), UTC)]
    assert hours == [hour for _, hour in lines]


def test_unknown_markers_are_learned_from_the_course_of_the_days() -> None:
    lines = [
        f"{day}/6/2026, {hour} - Ana: hi\n"
        for day in (13, 14, 15)
        for hour in ("8:00 zup", "11:30 zup", "12:10 qir", "9:00 qir")
    ]
    chat = io.BytesIO("".join(lines).encode())
    messages = list(read(chat, learn(chat), UTC))
    assert [m.sent_at.hour for m in messages] == [8, 11, 12, 21] * 3


def test_a_clock_may_have_many_unknown_words_for_the_parts_of_the_day() -> None:
    day_of = ("12:20 lof", "4:00 lof", "8:00 zup", "11:30 zup", "12:10 wem", "2:00 wem")
    hours = (*day_of, "5:00 qir", "9:00 qir", "11:45 lof")
    lines = [f"[{day}/6/2026, {hour}] Ana: hi\n" for day in (13, 14, 15) for hour in hours]
    chat = io.BytesIO("".join(lines).encode())
    messages = list(read(chat, learn(chat), UTC))
    assert [m.sent_at.hour for m in messages] == [0, 4, 8, 11, 12, 14, 17, 21, 23] * 3


def test_dates_that_do_not_exist_are_rejected_lines() -> None:
    text = (
        "13/06/2026, 21:05 - Ana: one\n"
        "31/02/2026, 21:05 - Ana: no such day\nand its second line\n"
        "14/06/2026, 25:61 - Ana: no such time\n"
        "14/06/2026, 21:05 - Ana: two\n"
    )
    chat, report = io.BytesIO(text.encode()), Report()
    messages = list(read(chat, learn(chat), UTC, report=report))
    assert [(m.line, m.body) for m in messages] == [(1, "one"), (5, "two")]
    assert [(r.line, r.reason) for r in report.rejected] == [
        (2, Reason.INVALID_DATE),
        (4, Reason.INVALID_TIME),
    ]


def test_wall_times_where_the_clock_changes() -> None:
    """In a gap time counts on, in an overlap the earlier moment is meant."""
    text = "29/03/2026, 02:30 - Ana: gap\n25/10/2026, 02:30 - Ana: overlap\n"
    chat = io.BytesIO(text.encode())
    messages = list(read(chat, learn(chat), ZoneInfo("Europe/Madrid")))
    assert [m.sent_at.astimezone(UTC) for m in messages] == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    ]


def test_chosen_order_overrides_the_evidence() -> None:
    chat = io.BytesIO(b"13/06/2026, 21:05 - Ana: one\n1/2/2026, 21:05 - Ana: two\n")
    detection = learn(chat, date_order=DateOrder.MONTH_FIRST)
    report = Report()
    messages = list(read(chat, detection, UTC, report=report))
    assert detection.evidence.describe() == "as chosen"
    assert [m.sent_at.date() for m in messages] == [date(2026, 1, 2)]
    assert report.rejected_count == 1


def test_chosen_order_must_fit_the_year() -> None:
    chat = io.BytesIO(b"13/06/2026, 21:05 - Ana: one\n")
    with pytest.raises(ArchiveError) as caught:
        learn(chat, date_order=DateOrder.YEAR_MONTH_DAY)
    assert caught.value.code is ErrorCode.BAD_DATE_ORDER


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\0b"]
)
def test_unknown_time_zone(name: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        time_zone(name)
    assert caught.value.code is ErrorCode.UNKNOWN_TIMEZONE


def test_time_zone() -> None:
    assert time_zone("Europe/Madrid") == ZoneInfo("Europe/Madrid")
