"""The words beside the time: markers of a 12-hour clock, or part of the literal text.

They are markers if they are known as such, or if there are a few that take turns and no hour is
over 12. Which unknown word is which part of the day is told by the course of the days. A word
that never changes (`klo`, `Uhr`) is literal text, unless noon or midnight stands before one
o'clock: then the whole chat was written in one half of the day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

from importing.detection import DateOrder, DayPart
from importing.formats.dates import Written, hour_of_day, learn_order, letters, read_date
from importing.formats.phrasebook import phrasebook
from importing.formats.stamps import Stamp

ANY_MARKER = r"[^\W\d_][^\d:,\n\])]{0,15}?"
"""Any word that may stand beside a time, as a regular expression."""
_MOST_PARTS = 5
"""Words that an unknown clock has for the parts of the day; each more takes four times as long."""
_TIMES = 3
"""So often an unknown word stands beside known ones before it is taken for one of them."""
_ENOUGH = 50
"""Neighbouring headers of each two words, by which words are told apart."""


class Words(NamedTuple):
    """What the words at one place of the headers are: markers, or else a text."""

    literal: str
    """The most frequent of them, which is the text."""
    markers: Mapping[str, DayPart]
    """By their letters; none where the words are a text."""
    settled: bool
    """Whether no other word can be met in what has not been read yet."""


class _Clock(NamedTuple):
    day: date
    hour: int
    word: str


def settle(words: Sequence[str], stamps: Sequence[Stamp]) -> Words:
    """What these words are, one of each stamp."""
    written = Counter(words)
    seen: Counter[str] = Counter()
    for word, times in written.items():
        seen[letters(word)] += times
    literal = written.most_common(1)[0][0]
    clocks = [clock for clock in phrasebook().clocks if not seen.keys().isdisjoint(clock)]
    known = {word: part for clock in clocks for word, part in clock.items()}
    half_a_day = all(1 <= int(stamp.hour) <= 12 for stamp in stamps)
    if 2 * sum(seen[word] for word in known) > len(words):
        more = [word for word in seen if word not in known and seen[word] >= _TIMES]
        if not more or not half_a_day or len(more) > _MOST_PARTS:
            return Words(literal, known, settled=True)
        return Words(literal, _learn(known, sorted(more), words, stamps), settled=False)
    if half_a_day and _take_turns(seen, words, stamps):
        return Words(literal, _learn({}, sorted(seen), words, stamps), settled=False)
    if half_a_day and literal and _one_half(seen, words, stamps):
        # Most people write in the waking half.
        return Words(literal, {letters(literal): DayPart.PM}, settled=False)
    return Words(literal, {}, settled=not (half_a_day and literal))


def _take_turns(seen: Mapping[str, int], words: Sequence[str], stamps: Sequence[Stamp]) -> bool:
    """Whether unknown words look like the parts of a day."""
    if not 2 <= len(seen) <= _MOST_PARTS or "" in seen:
        return False
    # The days of the week would change from one date to the next only.
    pairs = {(stamp.date_text, letters(word)) for stamp, word in zip(stamps, words, strict=True)}
    return len(seen) == 2 or len({day for day, _ in pairs}) < len(pairs)


def _one_half(seen: Mapping[str, int], words: Sequence[str], stamps: Sequence[Stamp]) -> bool:
    """Whether time runs back less if 12 o'clock comes before 1 o'clock of the same day."""
    if len(seen) != 1:
        return False
    moves = _moves(words, stamps)
    as_marker = _steps_back(moves, dict.fromkeys(seen, DayPart.PM))
    as_text = sum((later.day, later.hour) < (earlier.day, earlier.hour) for earlier, later in moves)
    return as_marker < as_text


def _learn(
    known: Mapping[str, DayPart],
    unknown: Sequence[str],
    words: Sequence[str],
    stamps: Sequence[Stamp],
) -> dict[str, DayPart]:
    """Which unknown word is which part of the day: those with which time runs back least."""
    # Two words are the halves of the day; of more, some may be about noon or midnight.
    kinds = tuple(DayPart) if len(known) + len(unknown) > 2 else (DayPart.AM, DayPart.PM)
    guesses = [
        {**known, **dict(zip(unknown, parts, strict=True))}
        for parts in product(kinds, repeat=len(unknown))
    ]
    moves = [
        move for move in _moves(words, stamps) if all(clock.word in guesses[0] for clock in move)
    ]
    return min(
        (guess for guess in guesses if len(set(guess.values())) > 1),
        key=lambda guess: _steps_back(moves, guess),
    )


def _moves(words: Sequence[str], stamps: Sequence[Stamp]) -> list[tuple[_Clock, _Clock]]:
    """Neighbouring headers: enough of each two words."""
    dates = (Written(stamp.line, stamp.date_text) for stamp in stamps)
    order = learn_order(dates, stamps[0].year_place).order
    clocks = (
        _Clock(_day(order, stamp), int(stamp.hour), letters(word))
        for stamp, word in zip(stamps, words, strict=True)
    )
    moves: list[tuple[_Clock, _Clock]] = []
    taken: Counter[tuple[str, str]] = Counter()
    for earlier, later in pairwise(clocks):
        pair = earlier.word, later.word
        taken[pair] += 1
        if taken[pair] <= _ENOUGH:
            moves.append((earlier, later))
    return moves


def _steps_back(moves: Iterable[tuple[_Clock, _Clock]], parts: Mapping[str, DayPart]) -> int:
    """How often time runs backwards if the words mean these parts of the day."""
    return sum(_moment(later, parts) < _moment(earlier, parts) for earlier, later in moves)


def _moment(clock: _Clock, parts: Mapping[str, DayPart]) -> tuple[date, int]:
    return clock.day, hour_of_day(clock.hour, parts[clock.word])


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
def known_at_end() -> re.Pattern[str]:
    """A text that ends with a known marker."""
    markers = marker_pattern(_known_markers())
    return re.compile(rf"(?P<literal>.*?[\W月日일]|)(?P<word>{markers})(?P<space> ?)", re.DOTALL)


@lru_cache(maxsize=1)
def known_at_start() -> re.Pattern[str]:
    """A text that may start with a known marker, and what closes the header behind it."""
    markers = marker_pattern(_known_markers())
    return re.compile(rf"(?P<space> ?)(?:(?P<word>{markers})(?=\W))?(?P<closing>: |, | )")
