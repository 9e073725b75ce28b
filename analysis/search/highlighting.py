"""Where the words of a search stand in a text, as ranges of code points."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.search.phrases import Text
from analysis.search.query import Phrase


@dataclass(frozen=True, slots=True)
class TextRange:
    """Code points from `start` up to, and without, `end`."""

    start: int
    end: int


def highlights(body: str, phrases: Iterable[Phrase]) -> list[TextRange]:
    """The words that belong to one of the phrases, in order; what touches is one range."""
    text = Text(body)
    marked = {(token.start, token.end) for phrase in phrases for token in text.tokens_of(phrase)}
    found: list[TextRange] = []
    for start, end in sorted(marked):
        if found and start <= found[-1].end:
            found[-1] = TextRange(found[-1].start, max(end, found[-1].end))
        else:
            found.append(TextRange(start, end))
    return found
