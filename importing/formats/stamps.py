"""Anything at the start of a line that could be a date and a time."""

from __future__ import annotations

import re
from typing import NamedTuple

from importing.formats.marks import INVISIBLE, find_mark, plain_spaces, strip_marks

LONGEST_STAMP = 160
"""Characters of a line that are looked at."""

_BETWEEN_NUMBERS = r"(?:[^\w\n]{1,3}|[年月년월]\ ?)"
_STAMP = re.compile(
    rf"""
    (?P<opening> [\[(]? )
    (?P<first> \d{{1,4}} ) (?P<first_separator> {_BETWEEN_NUMBERS} )
    (?P<second> \d{{1,2}} ) (?P<second_separator> {_BETWEEN_NUMBERS} )
    (?P<third> \d{{1,4}} )
    (?P<gap> [^\d\n]{{1,20}} )
    (?P<hour> \d{{1,2}} ) (?P<clock_separator> [:.٫：h] )
    (?P<minute> \d{{2}} ) (?: (?P=clock_separator) (?P<second_of_minute> \d{{2}} ) )? (?!\d)
    (?P<tail> .* )
    """,
    re.VERBOSE | re.DOTALL,
)

may_hold_stamp = re.compile(rf"\n(?:{INVISIBLE}|[\[( ])*+\d{{1,4}}(?:[^\w\n]|[年월년])").search
"""Whether a line behind the first might start with a stamp: quick, and never wrong if not."""


class Stamp(NamedTuple):
    """The pieces of one line's date and time, with plain spaces and without marks."""

    line: int
    opening: str
    date: tuple[str, str, str]
    separators: tuple[str, str]
    gap: str
    hour: str
    clock_separator: str
    seconds: bool
    tail: str
    """What follows the time, up to `LONGEST_STAMP`."""
    marks: bool
    """There are invisible marks between the first digit and the last."""

    @property
    def date_text(self) -> str:
        """The date's numbers as written, with slashes between them."""
        first, second, third = self.date
        return f"{first}/{second}/{third}"

    @property
    def year_place(self) -> int | None:
        """Where a number of four digits stands; None if there is none."""
        if len(self.date[0]) == 4:
            return 0
        return 2 if len(self.date[2]) == 4 else None


def read_stamp(line: int, text: str) -> Stamp | None:
    """The stamp that the text of a line starts with, if any."""
    raw = text[:LONGEST_STAMP]
    if not any(map(str.isdigit, raw[:12])):
        return None
    found = _STAMP.match(plain_spaces(strip_marks(raw)))
    if found is None:
        return None
    opening, first, between, second, between_too, third, gap, hour, colon, _, seconds, tail = (
        found.groups()
    )
    date = first, second, third
    if 3 in map(len, date):
        return None
    return Stamp(
        line,
        opening,
        date,
        (between, between_too),
        gap,
        hour,
        colon,
        seconds is not None,
        tail,
        _marks_inside(raw, found.end() - len(tail)),
    )


def _marks_inside(raw: str, length: int) -> bool:
    """Whether marks stand among the first `length` visible characters, not before them."""
    if raw.isascii():
        return False
    inside = raw.lstrip("\ufeff\u200e\u200f\u202a\u202b")
    return find_mark(inside[:length]) is not None


def count_stamps(text: str) -> int:
    """How many lines of the text start with a date and a time."""
    return sum(read_stamp(0, line) is not None for line in text.split("\n"))
