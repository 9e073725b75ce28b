"""The learned shape as a regular expression that cuts a chat at its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from importing.detection import Shape
from importing.formats.markers import ANY_MARKER, marker_pattern
from importing.formats.marks import INVISIBLE, SPACE


@lru_cache(maxsize=64)
def header_pattern(shape: Shape, any_marker: bool = False) -> re.Pattern[str]:
    """A pattern of a header with the `\\n` before it; its groups are the date as written
    and the clock as written (the marker of a 12-hour clock included).

    `any_marker`: any word may stand in the place of the marker.
    """
    marker = ANY_MARKER if any_marker else marker_pattern(word for word, _ in shape.markers)
    between = f"{INVISIBLE}*" if shape.marks else ""
    digit = "[0-9]" if shape.ascii_digits else r"\d"
    first, second, third = (digit + width for width in shape.widths)
    date = [first, *_literal(shape.separators[0]), second, *_literal(shape.separators[1]), third]
    pieces = [
        *_literal(shape.opening),
        f"({between.join(date)})",
        *_literal(shape.gap),
        f"({between.join(_clock(shape, digit, marker))})",
        *_literal(shape.closing),
    ]
    return re.compile(f"\n{INVISIBLE}*" + between.join(pieces))


def _clock(shape: Shape, digit: str, marker: str) -> list[str]:
    """The pieces of the time, with the marker before or behind it."""
    colon = _literal(shape.clock_separator)
    clock = [digit + shape.hour_width, *colon, digit + "{2}"]
    if shape.seconds:
        clock += [*colon, digit + "{2}"]
    if not shape.markers:
        return clock
    gap = _literal(shape.marker_gap)
    return [marker, *gap, *clock] if shape.marker_first else [*clock, *gap, marker]


def _literal(text: str) -> list[str]:
    """A pattern of each character; any kind of space stands for any other."""
    return [SPACE if character == " " else re.escape(character) for character in text]


def headers(pattern: re.Pattern[str], blocks: Iterator[str]) -> Iterator[tuple[int, str, str]]:
    """Line, date and clock as written, of each header in the blocks."""
    line = 1
    for block in blocks:
        parts = iter(pattern.split(block))
        line += next(parts).count("\n")
        for date, clock, rest in zip(parts, parts, parts, strict=True):
            yield line, date, clock
            line += 1 + rest.count("\n")


def changing_dates(pattern: re.Pattern[str], blocks: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Line and date as written, of each header that has another date than the one before."""
    line, previous = 1, ""
    for block in blocks:
        before, *pieces = pattern.split(block)
        line += before.count("\n")
        texts, counted = pieces[2::3], 0
        for place, date in enumerate(pieces[::3]):
            if date != previous:
                line += _lines(texts[counted:place])
                counted, previous = place, date
                yield line, date
        line += _lines(texts[counted:])


def _lines(texts: Sequence[str]) -> int:
    """How many lines the messages with these texts take."""
    return len(texts) + "".join(texts).count("\n")
