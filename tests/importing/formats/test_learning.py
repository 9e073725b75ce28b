"""The shape of a chat is its own, whatever its messages quote."""

import io
from datetime import UTC

import pytest

from importing.formats.stamps import count_stamps
from importing.formats.whatsapp import learn, read
from importing.records import Report


def described(text: str) -> str:
    return learn(io.BytesIO(text.encode())).describe()


@pytest.mark.parametrize(
    ("header", "description"),
    [
        ("[13.06.26, 09:05:07] ", "[d.mm.yy, hh:mm:ss] author: text"),
        ("06/13/2026, 9:05 PM - ", "mm/d/yyyy, h:mm am/pm - author: text"),
        ("[2026/6/13 下午9:05:07] ", "[yyyy/m/d am/pmh:mm:ss] author: text"),
        ("13.6.2026 klo 21.05 - ", "d.m.yyyy klo h.mm - author: text"),
        ("2026-06-13 21:05:07 ", "yyyy-mm-d h:mm:ss author: text"),
    ],
)
def test_shape_describes_itself(header: str, description: str) -> None:
    assert described(f"{header}Ana: hi\n") == description


def test_quoted_log_lines_do_not_outvote_the_first_line() -> None:
    log = "".join(f"2016-04-29 10:30:{second:02} error: disk\n" for second in range(9))
    text = f"13/06/2026, 21:05 - Ana: look\n{log}" * 20
    chat, report = io.BytesIO(text.encode()), Report()
    messages = list(read(chat, learn(chat), UTC, report=report))
    assert len(messages) == 20
    assert messages[0].body == f"look\n{log}".rstrip("\n")
    assert report.ambiguous_count == 180


def test_most_frequent_shape_counts_where_the_first_line_is_odd() -> None:
    text = "1/1/2020 10:00 Export: made by a tool\n" + "[13.06.26, 21:05:07] Ana: hi\n" * 30
    chat, report = io.BytesIO(text.encode()), Report()
    assert len(list(read(chat, learn(chat), UTC, report=report))) == 30
    assert report.rejected_count == 1


@pytest.mark.parametrize(
    "body_line",
    [
        "20.15.21.15 h",
        "13/06/2026 21:05 - Bob: no comma",
        "[13/06/2026, 21:05] Bob: brackets",
        "13/06/2026, 21:05:07 - Bob: seconds",
        "13/06/26, 21:05 - Bob: short year",
        "13.06.2026, 21:05 - Bob: dots",
        "13/06/2026, 21:05",
        " 13/06/2026, 21:05 - Bob: indented",
    ],
)
def test_lines_of_another_shape_go_on_with_the_message(body_line: str) -> None:
    text = f"09/06/2026, 21:05 - Ana: hi\n{body_line}\n14/06/2026, 21:05 - Ana: bye\n"
    chat = io.BytesIO(text.encode())
    bodies = [message.body for message in read(chat, learn(chat), UTC)]
    assert bodies == [f"hi\n{body_line}", "bye"]


def test_marker_not_met_in_the_sample_is_known_all_the_same() -> None:
    text = "6/13/26, 9:05 PM - Ana: hi\n6/14/26, 9:05 AM - Ana: morning\n"
    sample = "6/13/26, 9:05 PM - Ana: hi\n" * 3
    detection = learn(io.BytesIO(sample.encode()))
    hours = [m.sent_at.hour for m in read(io.BytesIO(text.encode()), detection, UTC)]
    assert hours == [21, 9]


def test_kind_of_space_may_change_within_a_file() -> None:
    text = "6/13/26, 9:05 PM - Ana: hi\n6/13/26, 9:06\u202fPM - Ana: updated\n"
    chat = io.BytesIO(text.encode())
    assert [m.sent_at.minute for m in read(chat, learn(chat), UTC)] == [5, 6]


def test_count_stamps() -> None:
    assert count_stamps("Dear diary\n13/06/2026, 21:05 - Ana: hi\n\u200e[1.2.26 1:02] x\n") == 2


def hours_of(text: str) -> list[int]:
    """The hours of a chat's messages, learned from the chat itself."""
    chat, report = io.BytesIO(text.encode()), Report()
    hours = [message.sent_at.hour for message in read(chat, learn(chat), UTC, report=report)]
    assert report.rejected_count == 0
    return hours


def days(*hours: str, count: int = 3, form: str = "{day}/6/2026, {hour} - Ana: hi\n") -> str:
    """The same hours on some days, the first of which can be no month."""
    return "".join(
        form.format(day=day, hour=hour) for day in range(13, 13 + count) for hour in hours
    )


FILLING = "x" * 200
"""Of a message, so that a sample has a thousand of them."""


@pytest.mark.parametrize("form", ["{day}/6/2026, {hour} - Ana: ", "[{day}/6/2026, {hour}] Ana: "])
def test_second_unknown_word_may_come_behind_the_sample(form: str) -> None:
    evenings = days("1:00 qir", "9:00 qir", count=1, form=form + FILLING + "\n") * 800
    later = days("8:00 zup", "11:30 zup", "12:10 qir", "9:00 qir", form=form + "hi\n")
    assert hours_of(evenings + later)[-12:] == [8, 11, 12, 21] * 3


def test_further_word_of_an_unknown_clock_may_come_behind_the_sample() -> None:
    usual = days("8:00 zup", "11:30 zup", "2:10 qir", "9:00 qir") * 2500
    later = days("8:00 zup", "12:10 wem", "2:00 qir")
    assert hours_of(usual + later)[-9:] == [8, 12, 14] * 3


def test_unknown_word_beside_known_ones_is_learned() -> None:
    text = days(
        "清早6:00", "上午8:00", "下午2:10", "晚上9:00", form="2026/6/{day} {hour} - Ana: hi\n"
    )
    assert hours_of(text) == [6, 8, 14, 21] * 3


def test_stray_word_beside_known_ones_makes_no_message() -> None:
    text = days("8:00 AM", "9:00 PM") + "13/6/2026, 9:05 train - Bob: I take it\n"
    assert hours_of(text) == [8, 21] * 3


def test_only_word_of_a_clock_is_told_from_a_text_by_noon() -> None:
    assert hours_of(days("12:10 qir", "1:00 qir", "9:00 qir")) == [12, 13, 21] * 3
    assert hours_of(days("1:00 klo", "9:00 klo", "12:10 klo")) == [1, 9, 12] * 3


def test_word_before_the_time_and_a_marker_behind_it() -> None:
    text = days("klo 12:10 ip.", "klo 1:00 ip.", form="{day}.6.2026 {hour} - Ana: hi\n")
    assert hours_of(text) == [12, 13] * 3
