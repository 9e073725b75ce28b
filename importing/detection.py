"""What is learned about a chat before it is read: its headers and its dates, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum


class DateOrder(StrEnum):
    """In which order a header writes day, month and year."""

    DAY_FIRST = "DMY"
    MONTH_FIRST = "MDY"
    YEAR_MONTH_DAY = "YMD"
    YEAR_DAY_MONTH = "YDM"


class Decision(StrEnum):
    """What settled the order of day, month and year."""

    CHOSEN = "CHOSEN"
    """The caller said so."""
    INVALID_DATES = "INVALID_DATES"
    """The other order would have made days that do not exist."""
    STEPS_BACK = "STEPS_BACK"
    """In the other order time would have run backwards more often."""
    GUESSED = "GUESSED"
    """Nothing spoke for either; the more usual one was taken."""


@dataclass(frozen=True)
class DateEvidence:
    """Why the dates of a chat are read in this order."""

    order: DateOrder
    decision: Decision
    line: int | None = None
    """The line that proves it, for `INVALID_DATES`."""
    day: int | None = None
    """The day on that line, which can be no month (or not of that month)."""
    steps_back: int = 0
    """How often time runs backwards, from one date to the next, in this order."""
    steps_back_otherwise: int = 0
    """The same in the rival order."""

    @property
    def guessed(self) -> bool:
        """Whether nothing in the file speaks for this order."""
        return self.decision is Decision.GUESSED

    def describe(self) -> str:
        """The evidence in words, for a person who has to trust it."""
        match self.decision:
            case Decision.CHOSEN:
                return "as chosen"
            case Decision.INVALID_DATES:
                return f"day {self.day} at line {self.line}"
            case Decision.STEPS_BACK:
                return (
                    f"fewer steps back in time: {self.steps_back} "
                    f"against {self.steps_back_otherwise}"
                )
            case Decision.GUESSED:
                return "guessed: every date is valid in another order too"


class DayPart(Enum):
    """Which half of the day, or which part of it, a 12-hour clock means."""

    AM = "am"
    PM = "pm"
    NOON = "noon"
    """Around midday: 11 is before it, 1 after it."""
    NIGHT = "night"
    """Around midnight: 11 is before it, 12 and 1 after it."""


@dataclass(frozen=True)
class Shape:
    """The header that starts each message of one file, as learned from the file.

    In the literal parts every kind of space is written as U+0020.
    """

    opening: str
    """Before the date: `[` or nothing."""
    separators: tuple[str, str]
    """Between the three numbers of the date."""
    widths: tuple[str, str, str]
    """How many digits each of them has, as a regular expression's count: `{2}`."""
    gap: str
    """Between the date and the clock (or the clock's marker)."""
    hour_width: str
    clock_separator: str
    seconds: bool
    closing: str
    """Between the clock and the author: `] `, ` - `, `: `, …"""
    markers: tuple[tuple[str, DayPart], ...] = ()
    """The words of a 12-hour clock (letters only, in lower case); none for 24 hours."""
    marker_first: bool = False
    """The marker stands before the time and not after it."""
    marker_gap: str = ""
    """Between the marker and the time."""
    marks: bool = False
    """Invisible direction marks stand inside the header."""
    ascii_digits: bool = True
    author_end: str = ": "
    """Between the author and the text: `: `, `:` or ` : `."""

    @property
    def year_place(self) -> int | None:
        """Which number of the date is the year: 0 or 2; None where it has two digits."""
        return next((place for place in (0, 2) if self.widths[place] == "{4}"), None)

    @property
    def bracketed(self) -> bool:
        """Written by an iPhone, which leaves media out in another way than Android."""
        return self.opening.startswith("[")

    def describe(self, order: DateOrder) -> str:
        """The shape as a person would write it: `[dd.mm.yy, hh:mm:ss] author: text`."""
        first, second, third = (
            letter * max(_digits(width), 2 if letter == "y" else 1)
            for letter, width in zip(order.lower(), self.widths, strict=True)
        )
        date = first + self.separators[0] + second + self.separators[1] + third
        clock = self.clock_separator.join(["h" * _digits(self.hour_width), "mm"])
        clock += f"{self.clock_separator}ss" if self.seconds else ""
        if self.markers:
            pair = [clock, "am/pm"]
            clock = self.marker_gap.join(reversed(pair) if self.marker_first else pair)
        return f"{self.opening}{date}{self.gap}{clock}{self.closing}author{self.author_end}text"


def _digits(width: str) -> int:
    """The least number of digits in a count such as `{2}` or `{1,2}`."""
    return int(width[1])


@dataclass(frozen=True)
class Detection:
    """What was learned about a chat before reading it."""

    shape: Shape
    evidence: DateEvidence
    encoding: str
    """The codec's name: `utf-8` or `utf-16`."""
    colon_names: Mapping[str, str] = field(default_factory=dict)
    """Authors whose names hold a colon: the part before it → the whole name."""
    placeholders: frozenset[str] = frozenset()
    """Phrases of an unknown language that stand for media left out."""

    def describe(self) -> str:
        """The shape and the order of its dates, in one line."""
        return self.shape.describe(self.evidence.order)
