"""Where the words of a search stand in a text, as ranges of code points."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.emoji import EMOJI
from analysis.search.phrases import Text
from analysis.search.query import Phrase


@dataclass(frozen=True, slots=True)
class TextRange:
    """Code points from `start` up to, and without, `end`."""

    start: int
    end: int


def highlights(body: str, phrases: Iterable[Phrase]) -> list[TextRange]:
    """The words that belong to one of the phrases, in order; what touches is one range.

    A family is several emoji to the index; here it is marked as the one that people see.
    """
    text = Text(body)
    marked = {(token.start, token.end) for phrase in phrases for token in text.tokens_of(phrase)}
    found: list[TextRange] = []
    for start, end in _whole_emoji(body, sorted(marked)):
        if found and start <= found[-1].end:
            found[-1] = TextRange(found[-1].start, max(end, found[-1].end))
        else:
            found.append(TextRange(start, end))
    return found


def _whole_emoji(body: str, marked: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges, in order, each widened to the ends of the emoji that it is a part of."""
    if body.isascii():
        return marked
    around: dict[int, tuple[int, int]] = {}
    for found in EMOJI.finditer(body):
        around.update(dict.fromkeys(range(*found.span()), found.span()))
    return [
        (around.get(start, (start, end))[0], around.get(end - 1, (start, end))[1])
        for start, end in marked
    ]
