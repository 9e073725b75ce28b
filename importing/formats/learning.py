"""A chat's own header is learned from its lines: from many stamps, one shape.

Every line that starts with a date and a time votes for a shape: the literal text between
its numbers. The words beside the time are literal text, or the markers of a 12-hour clock:
`importing.formats.markers` tells.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from importing.detection import DayPart, Shape
from importing.formats.dates import letters
from importing.formats.markers import Words, known_at_end, known_at_start, settle
from importing.formats.stamps import Stamp

_FIRST_LINE_COUNTS = 10
"""How many times rarer than another the first line's shape may be and still be taken: a
chat starts with a header, but its messages may quote whole log files."""

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


class Learned(NamedTuple):
    """The shape of a chat's headers, as far as its sample shows it."""

    shape: Shape
    open: Shape | None
    """The same with a marker where what was not read yet may have another word than the sample;
    None if there is no such place."""


def learn_shape(stamps: Iterable[Stamp]) -> Learned | None:
    """The shape of the headers among the stamps; None if nothing looks like one."""
    votes: defaultdict[_Key, _Votes] = defaultdict(_Votes)
    for stamp in stamps:
        _vote(votes, stamp)
    if not votes:
        return None
    most = max(len(group.stamps) for group in votes.values())
    first = min(votes, key=lambda key: votes[key].stamps[0].line)
    if votes[first].stamps[0].line == 1 and len(votes[first].stamps) * _FIRST_LINE_COUNTS >= most:
        return _learned(first, votes[first])
    best = max(votes, key=lambda key: len(votes[key].stamps))
    return _learned(best, votes[best])


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


@lru_cache(maxsize=256)
def _read_gap(gap: str) -> tuple[str, str, str]:
    """The text between date and time: what comes before the last word, the word, a space."""
    marker = known_at_end().fullmatch(gap)
    found = marker or _LAST_WORD.fullmatch(gap)
    if found is None:
        return gap, "", ""
    return found["literal"], found["word"], found["space"]


def _read_tail(stamp: Stamp) -> tuple[str, str, str] | None:
    """The text after the time: a space, the word, and what closes the header."""
    if stamp.opening:
        found = _TAILS[stamp.opening].match(stamp.tail)
    else:
        found = _DASH.match(stamp.tail) or known_at_start().match(stamp.tail)
    if found is None:
        return None
    word = found["word"] or ""
    if word:
        return found["space"], word, found["closing"]
    return "", "", found["space"] + found["closing"]


def _learned(key: _Key, group: _Votes) -> Learned:
    before, after = settle(group.before, group.stamps), settle(group.after, group.stamps)
    if before.markers and after.markers:
        # One clock has one marker. A known one counts, else the one behind the time.
        if before.settled and not after.settled:
            after = after._replace(markers={})
        else:
            before = before._replace(markers={})
    shape = _shape(key, group, before, after)
    sure = after if after.markers else before
    if sure.markers:
        return Learned(shape, None if sure.settled else shape)
    if not after.settled:
        return Learned(shape, _shape(key, group, before, _as_marker(after)))
    if not before.settled:
        return Learned(shape, _shape(key, group, _as_marker(before), after))
    return Learned(shape, None)


def _as_marker(words: Words) -> Words:
    return words._replace(markers={letters(words.literal): DayPart.PM})


def _shape(key: _Key, group: _Votes, before: Words, after: Words) -> Shape:
    numbers = zip(*(stamp.date for stamp in group.stamps), strict=True)
    first, second, third = (_width(digits) for digits in numbers)
    gap = key.gap if before.markers else key.gap + before.literal + key.space_before
    closing = key.closing if after.markers else key.space_after + after.literal + key.closing
    return Shape(
        opening=key.opening,
        separators=key.separators,
        widths=(first, second, third),
        gap=gap,
        hour_width=_width(stamp.hour for stamp in group.stamps),
        clock_separator=key.clock_separator,
        seconds=key.seconds,
        closing=closing,
        markers=tuple(sorted((after.markers or before.markers).items())),
        marker_first=bool(before.markers),
        marker_gap=key.space_after if after.markers else key.space_before,
        marks=any(stamp.marks for stamp in group.stamps),
        ascii_digits=all(stamp.hour.isascii() for stamp in group.stamps),
    )


def _width(numbers: Iterable[str]) -> str:
    """How many digits a number has: always two if a zero was seen to fill it up."""
    seen = set(numbers)
    if {len(number) for number in seen} == {2} and any(int(number) < 10 for number in seen):
        return "{2}"
    return "{4}" if any(len(number) == 4 for number in seen) else "{1,2}"
