"""Any talk, printed in any shape of header, reads back equal."""

import io
import string
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importing.formats.whatsapp import learn, read
from importing.records import Report

ORDERS = {"DMY": "dmy", "MDY": "mdy", "YMD": "ymd", "YDM": "ydm"}
START = date(2026, 1, 1)
MARKERS = [
    ("AM", "PM"),
    ("am", "pm"),
    ("a.\u00a0m.", "p.\u00a0m."),
    ("a. m.", "p. m."),
    ("上午", "下午"),
    ("오전", "오후"),
    ("ÖÖ", "ÖS"),
    ("ص", "م"),
    ("vorm.", "nachm."),
    ("पूर्वाह्न", "अपराह्न"),
]
OTHER_DIGITS = ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९"]


class Style(NamedTuple):
    """How one telephone writes headers."""

    order: str
    separators: tuple[str, str]
    padded: bool
    short_year: bool
    gap: str
    colon: str
    seconds: bool
    markers: tuple[str, str] | None
    marker_gap: str
    marker_first: bool
    opening: str
    closing: str
    author_end: str
    mark: str
    inner_mark: str
    digits: str
    line_end: str
    encoding: str

    def header(self, at: datetime) -> str:
        year = f"{at:%y}" if self.short_year else f"{at.year}"
        parts = {"d": self._number(at.day), "m": self._number(at.month), "y": year}
        first, second, third = (parts[letter] for letter in ORDERS[self.order])
        before, behind = (self.inner_mark + separator for separator in self.separators)
        hour = (at.hour % 12 or 12) if self.markers else at.hour
        clock = [self._number(hour), f"{at:%M}"] + [f"{at:%S}"] * self.seconds
        moment = self.colon.join(clock)
        if self.markers:
            pair = [moment, self.markers[at.hour >= 12]]
            moment = self.marker_gap.join(reversed(pair) if self.marker_first else pair)
        day = f"{first}{before}{second}{behind}{third}"
        text = f"{self.opening}{day}{self.gap}{moment}{self.closing}"
        return self.mark + text.translate(str.maketrans(string.digits, self.digits))

    def file(self, lines: Iterable[str]) -> bytes:
        """The lines, each of which may hold line ends of its own."""
        text = "".join(f"{line}\n" for line in lines)
        return text.replace("\n", self.line_end).encode(self.encoding)

    def _number(self, value: int) -> str:
        return f"{value:02}" if self.padded else str(value)


def _likely(style: Style) -> bool:
    """Leave out what no reader could tell: a year of two digits in front."""
    return not (style.short_year and style.order in ("YMD", "YDM"))


def _fitting(style: Style) -> Style:
    """What opens with a bracket closes with it."""
    return style._replace(closing=CLOSED_BY.get(style.opening, style.closing))


CLOSED_BY = {"[": "] ", "(": ") "}
STYLES = st.builds(
    Style,
    order=st.sampled_from(sorted(ORDERS)),
    separators=st.sampled_from(
        [("/", "/"), (".", "."), ("-", "-"), (". ", ". "), (".\u202f", ".\u202f"), ("년 ", "월 ")]
    ),
    padded=st.booleans(),
    short_year=st.booleans(),
    gap=st.sampled_from([", ", " ", "، ", " klo ", ",\u202f", " at ", ". "]),
    colon=st.sampled_from([":", ".", "h"]),
    seconds=st.booleans(),
    markers=st.sampled_from([None, None, *MARKERS]),
    marker_gap=st.sampled_from(["", " ", "\u202f", "\u00a0", "\u2009"]),
    marker_first=st.booleans(),
    opening=st.sampled_from(["", "", "[", "[", "("]),
    closing=st.sampled_from([" - ", " – ", " — ", ": ", "- "]),
    author_end=st.sampled_from([": ", ": ", ":", " : "]),
    mark=st.sampled_from(["", "", "\u200e", "\u200f", "\ufeff", "\u202a"]),
    inner_mark=st.sampled_from(["", "", "", "\u200f", "\u200e"]),
    digits=st.sampled_from([string.digits, string.digits, *OTHER_DIGITS]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"]),
).map(_fitting)

NAMES = st.sampled_from(
    [
        "Ana",
        "Bob Smith",
        "~ Carla",
        "+44 7700 900123",
        "Ana - work",
        "安娜",
        "מרים",
        "O'Neil",
        "👩 Mum",
    ]
)
WORDS = st.text(
    alphabet=st.characters(
        codec="utf-8",
        categories=["Lu", "Ll", "Lo", "Nd", "Po", "Sc", "So", "Zs"],
        exclude_characters='"「」『』“”«»\u00a0\u2009\u202f:\ufffd',
    ),
    min_size=1,
    max_size=40,
)


def _is_text(line: str) -> bool:
    """A line that stands for nothing else than itself, behind a name or on its own."""
    return bool(line.strip()) and not line[0].isdigit() and line[-1] not in ")>"


LINES = WORDS.map(str.strip).filter(_is_text).map(lambda line: f"x{line}")
BODIES = st.lists(LINES, min_size=1, max_size=4).map("\n".join) | st.sampled_from(
    ["note: bring water", "x\n\n\ny", "a - b: c", "ok 10:30", "x\n 10:30 - no: header"]
)
MOMENTS = st.integers(0, 120 * 24 * 60 * 60)


class Said(NamedTuple):
    after: int
    author: str
    body: str


TALKS = st.lists(st.builds(Said, MOMENTS, NAMES, BODIES), min_size=1, max_size=12)


def moments(talk: list[Said]) -> list[datetime]:
    """Rising moments over some months; the last lies on a day that can be no month."""
    start = datetime.combine(START, datetime.min.time(), UTC)
    rising = sorted(start + timedelta(seconds=said.after) for said in talk)
    return [*rising[:-1], datetime(2026, 6, 13, 0, 0, 1, tzinfo=UTC)]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STYLES.filter(_likely), TALKS)
def test_talk_reads_back_equal(style: Style, talk: list[Said]) -> None:
    times = moments(talk)
    lines = (
        f"{style.header(at)}{said.author}{style.author_end}{said.body}"
        for at, said in zip(times, talk, strict=True)
    )
    chat, report = io.BytesIO(style.file(lines)), Report()

    messages = list(read(chat, learn(chat), UTC, report=report))

    expected = [
        (at if style.seconds else at.replace(second=0), said.author, said.body)
        for at, said in zip(times, talk, strict=True)
    ]
    assert [(m.sent_at, m.author, m.body) for m in messages] == expected
    assert report.rejected_count == 0


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_behind_a_chat_end_in_messages(noise: bytes) -> None:
    """Whatever the bytes are, reading ends, keeps the first message and counts all lines."""
    chat = io.BytesIO(b"13/06/2026, 21:05 - Ana: hi\n" * 300 + noise)
    report = Report()
    messages = list(read(chat, learn(chat), UTC, report=report))
    assert (messages[0].author, messages[0].body) == ("Ana", "hi")
    assert len(messages) >= 300
    assert report.bytes_read == len(chat.getvalue())
