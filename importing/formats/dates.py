"""Dates as written: their order, learned by evidence, and their values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from importing.detection import DateEvidence, DateOrder, DayPart, Decision, Shape
from importing.formats.memo import Memo
from importing.records import ArchiveError, ErrorCode

_numbers = re.compile(r"\d+").findall
_clock = re.compile(r"\d.*\d")

_PLACES = {  # where year, month and day stand among the three numbers
    DateOrder.DAY_FIRST: (2, 1, 0),
    DateOrder.MONTH_FIRST: (2, 0, 1),
    DateOrder.YEAR_MONTH_DAY: (0, 1, 2),
    DateOrder.YEAR_DAY_MONTH: (0, 2, 1),
}
_YEAR_LAST = (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)
_YEAR_FIRST = (DateOrder.YEAR_MONTH_DAY, DateOrder.YEAR_DAY_MONTH)
_CENTURY_TURN = 69  # POSIX: 69–99 are 1969–1999, 00–68 are 2000–2068
_BUDDHIST_FROM = 2400  # Thai telephones count years from 543 BC
_SURE_AFTER = 40  # distinct dates
_PROOFS = 3  # invalid dates


def numbers(text: str) -> list[int]:
    """The runs of digits in a date or a time, in any script, as numbers."""
    return [int(digits) for digits in _numbers(text)]


def read_date(order: DateOrder, text: str) -> date:
    """The day that the text means in this order; `ValueError` if there is no such day."""
    parts = numbers(text)
    year, month, day = (parts[place] for place in _PLACES[order])
    return date(_full_year(year), month, day)


def _full_year(year: int) -> int:
    if year < 100:
        return year + (1900 if year >= _CENTURY_TURN else 2000)
    return year - 543 if year >= _BUDDHIST_FROM else year


def read_clock(markers: Mapping[str, DayPart], text: str) -> time:
    """The time of day that the text means; `ValueError` if there is no such time."""
    hour, minute, second = [*numbers(text), 0][:3]
    part = markers.get(marker_in(text)) if markers else None
    return time(hour if part is None else hour_of_day(hour, part), minute, second)


def marker_in(text: str) -> str:
    """The letters of the marker beside a time."""
    return letters(_clock.sub("", text))


def letters(marker: str) -> str:
    """A 12-hour marker as it is compared: `p.\u00a0m.` and `PM` are both `pm`."""
    return "".join(filter(_is_letter, marker.casefold()))


def _is_letter(character: str) -> bool:
    """Vowel signs of Indian scripts belong to the letters."""
    return character.isalpha() or unicodedata.category(character) in ("Mn", "Mc")


def hour_of_day(hour: int, part: DayPart) -> int:
    """The hour from 0 to 23; an hour over 12 stays as it is, whatever the marker says."""
    if hour > 12:
        return hour
    match part:
        case DayPart.AM:
            return hour % 12
        case DayPart.PM:
            return hour % 12 + 12
        case DayPart.NOON:
            return hour + 12 if hour < 7 else hour
        case DayPart.NIGHT:
            return hour % 12 if hour < 7 or hour == 12 else hour + 12


def date_reader(order: DateOrder) -> Callable[[str], date]:
    """`read_date` with a memory: a chat has few dates and many messages."""
    return Memo(partial(read_date, order)).__getitem__


def clock_reader(shape: Shape) -> Callable[[str], time]:
    """`read_clock` for clocks of this shape, as fast as can be.

    Times as ISO 8601 writes them are read by the standard library, which is faster than
    looking them up among the 86,400 of a day; others are remembered.
    """
    iso = shape.clock_separator == ":" and shape.hour_width == "{2}" and shape.ascii_digits
    if iso and not shape.markers and not shape.marks:
        return time.fromisoformat
    return Memo(partial(read_clock, dict(shape.markers))).__getitem__


class Written(NamedTuple):
    """A date as it stands in a header."""

    line: int
    text: str


@dataclass
class _Reading:
    """What the dates of a chat look like in one order."""

    order: DateOrder
    invalid: int = 0
    first_invalid: Written | None = None
    steps_back: int = 0
    first: date | None = None
    last: date | None = None
    previous: date | None = None

    def add(self, written: Written) -> bool:
        """Take the next date; False if it is none in this order."""
        try:
            day = read_date(self.order, written.text)
        except ValueError:
            return False
        if self.previous is not None and day < self.previous:
            self.steps_back += 1
        self.previous = day
        self.first = min(self.first or day, day)
        self.last = max(self.last or day, day)
        return True

    def blame(self, written: Written) -> None:
        """Count a date that this order makes invalid and another does not."""
        self.invalid += 1
        self.first_invalid = self.first_invalid or written

    @property
    def span(self) -> int:
        """Days from the earliest date to the latest."""
        return (self.last - self.first).days if self.first and self.last else 0


class _Pair:
    """Two orders that agree on where the year stands, read side by side."""

    def __init__(self, orders: tuple[DateOrder, DateOrder]) -> None:
        self.readings = tuple(_Reading(order) for order in orders)
        self.invalid = 0

    def add(self, written: Written) -> None:
        """Read a date in both orders."""
        valid = [reading.add(written) for reading in self.readings]
        if not any(valid):
            self.invalid += 1  # a date in neither order speaks for neither
            return
        for reading, good in zip(self.readings, valid, strict=True):
            if not good:
                reading.blame(written)

    def best(self) -> _Reading:
        """Fewest invalid dates, then fewest steps back, then the more usual order."""
        return min(self.readings, key=lambda reading: (reading.invalid, reading.steps_back))

    def rival(self) -> _Reading:
        """The other of the two."""
        best = self.best()
        return next(reading for reading in self.readings if reading is not best)

    @property
    def proven(self) -> bool:
        """Whether no date speaks against the best, and enough against its rival."""
        return self.best().invalid == 0 and self.rival().invalid >= _PROOFS


def learn_order(dates: Iterable[Written], year_place: int | None) -> DateEvidence:
    """In which order the dates are written.

    `year_place` is 0 or 2 where the year has four digits, None where two. The dates are
    read in both orders of day and month; the order that makes invalid dates is dropped; of
    two valid ones the one with fewer steps back in time is taken; if they tie it is day
    first (or, with the year in front, month first), and the evidence says "guessed".

    A year of two digits stands last, unless that would spread the dates over ten times as
    many days as reading it first, and over more than a year. Stops reading as soon as
    nothing can change any more.
    """
    pairs = [_Pair(orders) for orders in _candidates(year_place)]
    for count, written in enumerate(_changes(dates)):
        for pair in pairs:
            pair.add(written)
        if pairs[0].proven and (len(pairs) == 1 or count >= _SURE_AFTER):
            break
    return _judge(pairs[-1] if len(pairs) > 1 and _year_first(*pairs) else pairs[0])


def chosen_order(order: DateOrder, year_place: int | None) -> DateEvidence:
    """The evidence for an order that the caller asked for.

    Raises `BAD_DATE_ORDER` if the file writes the year in another place.
    """
    if year_place is not None and _PLACES[order][0] != year_place:
        place = "first" if year_place == 0 else "last"
        raise ArchiveError(
            ErrorCode.BAD_DATE_ORDER,
            f"The dates of this chat have the year {place}, so they cannot be read as {order}. "
            "Choose another order, or none to have it detected.",
        )
    return DateEvidence(order, Decision.CHOSEN)


def time_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as `Europe/Madrid`; raises `UNKNOWN_TIMEZONE`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ArchiveError(
            ErrorCode.UNKNOWN_TIMEZONE,
            f"There is no time zone {name[:60]!r}. Give an IANA name such as Europe/Madrid.",
        ) from error


def _candidates(year_place: int | None) -> list[tuple[DateOrder, DateOrder]]:
    if year_place is None:
        return [_YEAR_LAST, _YEAR_FIRST]
    return [_YEAR_FIRST if year_place == 0 else _YEAR_LAST]


def _changes(dates: Iterable[Written]) -> Iterator[Written]:
    """Each date that differs from the one before it."""
    previous = ""
    for written in dates:
        if written.text != previous:
            previous = written.text
            yield written


def _year_first(last: _Pair, first: _Pair) -> bool:
    if last.invalid > first.invalid + first.best().invalid + last.best().invalid:
        return True
    if first.invalid > last.invalid or first.best().invalid:
        return False
    return last.best().span > max(365, 10 * first.best().span)


def _judge(pair: _Pair) -> DateEvidence:
    best, rival = pair.best(), pair.rival()
    if rival.invalid > best.invalid and rival.first_invalid is not None:
        line, text = rival.first_invalid
        day = numbers(text)[_PLACES[best.order][2]]
        return DateEvidence(best.order, Decision.INVALID_DATES, line, day)
    tie = rival.steps_back == best.steps_back
    return DateEvidence(
        best.order,
        Decision.GUESSED if tie else Decision.STEPS_BACK,
        steps_back=best.steps_back,
        steps_back_otherwise=rival.steps_back,
    )
