"""What an archive turns into: the records, the evidence and the errors of an import.

Everything here is plain data.  ``importing.formats`` makes it, the loader and the
preview read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import NamedTuple

from importing.exported import Exported


class Kind(StrEnum):
    """What a message is made of."""

    TEXT = "TEXT"
    NOTICE = "NOTICE"
    """A line that the system wrote: somebody joined, a call was missed, …"""
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    STICKER = "STICKER"
    GIF = "GIF"
    CONTACT = "CONTACT"
    LOCATION = "LOCATION"
    POLL = "POLL"
    MEDIA = "MEDIA"
    """Media that were left out of the export, of a type nobody wrote down."""
    DELETED = "DELETED"


class Place(NamedTuple):
    """Where a shared location lies, in degrees (WGS 84)."""

    latitude: float
    longitude: float


class PollOption(NamedTuple):
    text: str
    votes: int


class Poll(NamedTuple):
    title: str
    options: tuple[PollOption, ...]


class ArchiveMessage(NamedTuple):
    """One message of an archive.

    A named tuple and not a dataclass: an import makes a million of them, and a frozen
    dataclass takes three times as long to make.
    """

    line: int
    """The line of the message's header in the file, from 1."""
    sent_at: datetime
    """Aware, in the time zone that was asked for; to the second, or as fine as written."""
    author: str | None
    """None for a system line that names nobody."""
    body: str
    """The text without invisible marks, its lines joined by ``\\n``.  For media it is the
    caption; for a poll the title and the options; empty for a deleted message."""
    kind: Kind = Kind.TEXT
    attachment: str | None = None
    """The file's name in the archive, or as the text has it; None when it was left out."""
    edited: bool = False
    details: Place | Poll | None = None
    """The place of a LOCATION, the options of a POLL."""
    exported: Exported | None = None
    """What else an export of our own says; None for any other archive."""

    @property
    def deleted(self) -> bool:
        return self.kind is Kind.DELETED


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
    """The line that proves it, for ``INVALID_DATES``."""
    day: int | None = None
    """The day on that line, which can be no month (or not of that month)."""
    steps_back: int = 0
    """How often time runs backwards, from one date to the next, in this order."""
    steps_back_otherwise: int = 0
    """The same in the rival order."""

    @property
    def guessed(self) -> bool:
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
    """Before the date: ``[`` or nothing."""
    separators: tuple[str, str]
    """Between the three numbers of the date."""
    widths: tuple[str, str, str]
    """How many digits each of them has, as a regular expression's count: ``{2}``."""
    gap: str
    """Between the date and the clock (or the clock's marker)."""
    hour_width: str
    clock_separator: str
    seconds: bool
    closing: str
    """Between the clock and the author: ``] ``, `` - ``, ``: ``, …"""
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
    """Between the author and the text: ``: ``, ``:`` or `` : ``."""

    @property
    def year_place(self) -> int | None:
        """Which number of the date is the year: 0 or 2; None where it has two digits."""
        return next((place for place in (0, 2) if self.widths[place] == "{4}"), None)

    @property
    def bracketed(self) -> bool:
        """Written by an iPhone, which leaves media out in another way than Android."""
        return self.opening.startswith("[")

    def describe(self, order: DateOrder) -> str:
        """The shape as a person would write it: ``[dd.mm.yy, hh:mm:ss] author: text``."""
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
    """The least number of digits in a count such as ``{2}`` or ``{1,2}``."""
    return int(width[1])


@dataclass(frozen=True)
class Detection:
    """What was learned about a chat before reading it."""

    shape: Shape
    evidence: DateEvidence
    encoding: str
    """The codec's name: ``utf-8`` or ``utf-16``."""
    colon_names: Mapping[str, str] = field(default_factory=dict)
    """Authors whose names hold a colon: the part before it → the whole name."""
    placeholders: frozenset[str] = frozenset()
    """Phrases of an unknown language that stand for media left out."""

    def describe(self) -> str:
        """The shape and the order of its dates, in one line."""
        return self.shape.describe(self.evidence.order)


class Reason(StrEnum):
    """Why lines of a chat did not become a message."""

    BEFORE_FIRST_MESSAGE = "BEFORE_FIRST_MESSAGE"
    INVALID_DATE = "INVALID_DATE"
    INVALID_TIME = "INVALID_TIME"
    BODY_TOO_LONG = "BODY_TOO_LONG"
    NO_MESSAGE = "NO_MESSAGE"
    """A line of an export of our own that is none of its messages."""
    ENCRYPTED = "ENCRYPTED"
    """Only its readers can read it, so no export has its text."""


class Remark(NamedTuple):
    """A line worth a look."""

    line: int
    text: str
    """The start of the line, at most ``EXCERPT`` characters."""
    reason: Reason | None = None
    """Why it was rejected; None for a line that is merely ambiguous."""


EXCERPT = 120
MAX_REMARKS = 100


@dataclass
class Report:
    """What reading a chat came to; it grows block by block while the chat is read."""

    bytes_read: int = 0
    lines: int = 0
    messages: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    authors: Counter[str] = field(default_factory=Counter)
    """Messages by author, system lines left out; none for who has only reacted."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    """When the first and the last message of the file were sent, in the file's order."""
    unreadable: int = 0
    """Characters that could not be decoded and stand as U+FFFD."""
    nul_bytes: int = 0
    """NUL characters that were dropped."""
    replies_ahead: int = 0
    """Replies to messages that the file may have later."""
    rejected_count: int = 0
    rejected: list[Remark] = field(default_factory=list)
    """The first ``MAX_REMARKS`` headers whose message was rejected."""
    ambiguous_count: int = 0
    ambiguous: list[Remark] = field(default_factory=list)
    """The first ``MAX_REMARKS`` lines that start like a header of another shape and were
    taken as text."""

    def reject(self, line: int, text: str, reason: Reason) -> None:
        self.rejected_count += 1
        if len(self.rejected) < MAX_REMARKS:
            self.rejected.append(Remark(line, text[:EXCERPT], reason))

    def doubt(self, line: int, text: str) -> None:
        self.ambiguous_count += 1
        if len(self.ambiguous) < MAX_REMARKS:
            self.ambiguous.append(Remark(line, text[:EXCERPT]))


class ErrorCode(StrEnum):
    """The stable codes of what can be wrong with an archive as a whole."""

    EMPTY_FILE = "EMPTY_FILE"
    NOT_A_CHAT = "NOT_A_CHAT"
    BAD_ENCODING = "BAD_ENCODING"
    BROKEN_ZIP = "BROKEN_ZIP"
    ENCRYPTED_ZIP = "ENCRYPTED_ZIP"
    UNSUPPORTED_ZIP = "UNSUPPORTED_ZIP"
    ZIP_BOMB = "ZIP_BOMB"
    UNSAFE_NAME = "UNSAFE_NAME"
    DUPLICATE_NAME = "DUPLICATE_NAME"
    NO_CHAT_IN_ARCHIVE = "NO_CHAT_IN_ARCHIVE"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_AUTHORS = "TOO_MANY_AUTHORS"
    NO_SUCH_MEMBER = "NO_SUCH_MEMBER"
    BAD_DATE_ORDER = "BAD_DATE_ORDER"
    UNKNOWN_TIMEZONE = "UNKNOWN_TIMEZONE"
    NO_CONVERSATION = "NO_CONVERSATION"
    ANOTHER_CHAT = "ANOTHER_CHAT"


class ArchiveError(Exception):
    """An archive cannot be imported; the message says why and what to do."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
