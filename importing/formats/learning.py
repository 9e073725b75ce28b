"""A chat's own header is learned from its lines: from many stamps, one shape.

Every line that starts with a date and a time votes for a shape: the literal text between
its numbers.  Words beside the time are the markers of a 12-hour clock if they are known as
such, or if there are a few that take turns and no hour is over 12; a word that never changes
(``klo``, ``Uhr``) is part of the literal text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

from importing.formats.dates import Written, hour_of_day, learn_order, letters, read_date
from importing.formats.phrasebook import phrasebook
from importing.formats.stamps import Stamp
from importing.records import DateOrder, DayPart, Shape

_FIRST_LINE_COUNTS = 10
"""How many times rarer than another the first line's shape may be and still be taken: a
chat starts with a header, but its messages may quote whole log files."""

_MOST_PARTS = 5
"""Words that an unknown clock has for the parts of the day; each more takes four times as long."""
_ENOUGH = 500
"""Stamps by which they are told apart."""

_TAILS = {
    "[": re.compile(r"(?P<space> ?)(?P<word>[^\d\]\n]{0,16}?)(?P<closing>\] ?)"),
    "(": re.compile(r"(?P<space> ?)(?P<word>[^\d)\n]{0,16}?)(?P<closing>\) ?)"),
}
_DASH = re.compile(r"(?P<space> ?)(?P<word>(?:[^\W\d_][^\d:,\n]{0,15}?)?)(?P<closing> ?[-–—] )")
_LAST_WORD = re.compile(r"(?P<literal>.*?)(?P<word>[^\W\d_]*)(?P<space> ?)", re.DOTALL)


class _Key(NamedTuple):
    """What the headers of one shape have in common."""

    opening: str
    separators: tuple[str, str]
    year_place: int | None
    gap: str
    """Before the word in front of the time."""
    word_before: bool
    space_before: str
    clock_separator: str
    seconds: bool
    space_after: str
    word_after: bool
    closing: str


@dataclass
class _Votes:
    """The stamps of one shape."""

    stamps: list[Stamp] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def learn_shape(stamps: Iterable[Stamp]) -> Shape | None:
    """The shape of the headers among the stamps; None if nothing looks like one."""
    votes: defaultdict[_Key, _Votes] = defaultdict(_Votes)
    for stamp in stamps:
        _vote(votes, stamp)
    if not votes:
        return None
    most = max(len(group.stamps) for group in votes.values())
    first = min(votes, key=lambda key: votes[key].stamps[0].line)
    if votes[first].stamps[0].line == 1 and len(votes[first].stamps) * _FIRST_LINE_COUNTS >= most:
        return _shape(first, votes[first])
    best = max(votes, key=lambda key: len(votes[key].stamps))
    return _shape(best, votes[best])


def _vote(votes: Mapping[_Key, _Votes], stamp: Stamp) -> None:
    tail = _read_tail(stamp)
    if tail is None:
        return
    space_after, after, closing = tail
    gap, before, space_before = _read_gap(stamp.gap)
    key = _Key(
        stamp.opening,
        stamp.separators,
        stamp.year_place,
        gap,
        bool(before),
        space_before,
        stamp.clock_separator,
        stamp.seconds,
        space_after,
        bool(after),
        closing,
    )
    group = votes[key]
    group.stamps.append(stamp)
    group.before.append(before)
    group.after.append(after)


def _read_gap(gap: str) -> tuple[str, str, str]:
    """The text between date and time: what comes before the last word, the word, a space."""
    marker = _known_at_end().fullmatch(gap)
    found = marker or _LAST_WORD.fullmatch(gap)
    if found is None:
        return gap, "", ""
    return found["literal"], found["word"], found["space"]


def _read_tail(stamp: Stamp) -> tuple[str, str, str] | None:
    """The text after the time: a space, the word, and what closes the header."""
    if stamp.opening:
        found = _TAILS[stamp.opening].match(stamp.tail)
    else:
        found = _DASH.match(stamp.tail) or _known_at_start().match(stamp.tail)
    if found is None:
        return None
    word = found["word"] or ""
    if word:
        return found["space"], word, found["closing"]
    return "", "", found["space"] + found["closing"]


def _shape(key: _Key, group: _Votes) -> Shape:
    before = _settle(group.before, group.stamps)
    after = _settle(group.after, group.stamps)
    gap, closing, marker_gap = key.gap, key.closing, ""
    markers: Mapping[str, DayPart] = {}
    if isinstance(before, str):
        gap += before + key.space_before
    else:
        markers, marker_gap = before, key.space_before
    if isinstance(after, str):
        closing = key.space_after + after + closing
    else:
        markers, marker_gap = after, key.space_after
    numbers = zip(*(stamp.date for stamp in group.stamps), strict=True)
    first, second, third = (_width(digits) for digits in numbers)
    return Shape(
        opening=key.opening,
        separators=key.separators,
        widths=(first, second, third),
        gap=gap,
        hour_width=_width(stamp.hour for stamp in group.stamps),
        clock_separator=key.clock_separator,
        seconds=key.seconds,
        closing=closing,
        markers=tuple(sorted(markers.items())),
        marker_first=not isinstance(before, str),
        marker_gap=marker_gap,
        marks=any(stamp.marks for stamp in group.stamps),
        ascii_digits=all(stamp.hour.isascii() for stamp in group.stamps),
    )


def _width(numbers: Iterable[str]) -> str:
    """How many digits a number has: always two if a zero was seen to fill it up."""
    seen = set(numbers)
    if {len(number) for number in seen} == {2} and any(int(number) < 10 for number in seen):
        return "{2}"
    return "{4}" if any(len(number) == 4 for number in seen) else "{1,2}"


def _settle(words: list[str], stamps: list[Stamp]) -> str | Mapping[str, DayPart]:
    """What the words beside the time are: a constant text, or the markers of a clock."""
    seen = Counter(map(letters, words))
    clocks = [clock for clock in phrasebook().clocks if not seen.keys().isdisjoint(clock)]
    known = {word: part for clock in clocks for word, part in clock.items()}
    if 2 * sum(seen[word] for word in known) > len(words):
        return known
    if _take_turns(seen, words, stamps):
        return _learn_markers(sorted(seen), words, stamps)
    return Counter(words).most_common(1)[0][0]


def _take_turns(seen: Mapping[str, int], words: list[str], stamps: list[Stamp]) -> bool:
    """Whether unknown words look like the parts of a day: there are some, and hours up to 12."""
    if not 2 <= len(seen) <= _MOST_PARTS or "" in seen:
        return False
    if any(int(stamp.hour) > 12 for stamp in stamps):
        return False
    # The days of the week would change from one date to the next only.
    pairs = {(stamp.date_text, letters(word)) for stamp, word in zip(stamps, words, strict=True)}
    return len(seen) == 2 or len({day for day, _ in pairs}) < len(pairs)


def _learn_markers(seen: list[str], words: list[str], stamps: list[Stamp]) -> Mapping[str, DayPart]:
    """Which unknown word is which part of the day: those with which time runs back least."""
    dates = (Written(stamp.line, stamp.date_text) for stamp in stamps)
    order = learn_order(dates, stamps[0].year_place).order
    clocks = [
        (_day(order, stamp), int(stamp.hour), letters(word))
        for stamp, word in zip(stamps[:_ENOUGH], words, strict=False)
    ]

    def steps_back(parts: Mapping[str, DayPart]) -> int:
        moments = [(day, hour_of_day(hour, parts[word])) for day, hour, word in clocks]
        return sum(later < earlier for earlier, later in pairwise(moments))

    # Two words are the halves of the day; of more, some may be about noon or midnight.
    kinds = tuple(DayPart) if len(seen) > 2 else (DayPart.AM, DayPart.PM)
    guesses = product(kinds, repeat=len(seen))
    return min(
        (dict(zip(seen, parts, strict=True)) for parts in guesses if len(set(parts)) > 1),
        key=steps_back,
    )


def _day(order: DateOrder, stamp: Stamp) -> date:
    try:
        return read_date(order, stamp.date_text)
    except ValueError:
        return date.min


@lru_cache(maxsize=1)
def _known_markers() -> dict[str, DayPart]:
    return {word: part for clock in phrasebook().clocks for word, part in clock.items()}


def marker_pattern(words: Iterable[str]) -> str:
    """A regular expression for markers given by their letters: case, dots, spaces are free."""
    between = r"[^\w\n]{0,2}"
    longest_first = sorted(words, key=len, reverse=True)
    spelled = (between.join(map(re.escape, word)) for word in longest_first)
    return "(?i:" + "|".join(spelled) + r")\.?"


@lru_cache(maxsize=1)
def _known_at_end() -> re.Pattern[str]:
    markers = marker_pattern(_known_markers())
    return re.compile(rf"(?P<literal>.*?[\W月日일]|)(?P<word>{markers})(?P<space> ?)", re.DOTALL)


@lru_cache(maxsize=1)
def _known_at_start() -> re.Pattern[str]:
    markers = marker_pattern(_known_markers())
    return re.compile(rf"(?P<space> ?)(?:(?P<word>{markers})(?=\W))?(?P<closing>: |, | )")
