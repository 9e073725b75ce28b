"""Phrases: how a query's words become steps, and where the steps stand in a text."""

from collections.abc import Mapping, Sequence

from analysis.search.query import Phrase, Step
from analysis.search.tokens import LONGEST_WORD, Run, Token, runs, tokens


def phrase_of(text: str, *, prefix: bool = False) -> Phrase:
    """The words of a text as steps; empty where it has none. `prefix`: the last may go on."""
    found = [run for run in runs(text) if len(run.text.encode()) <= LONGEST_WORD]
    steps: list[Step] = []
    before = position = 0
    for number, run in enumerate(found):
        first, last = number == 0, number == len(found) - 1
        for word, offset, open_end in _words_of(run, first, last, prefix):
            steps.append(Step(word, position + offset - before if steps else 1, open_end))
            before = position + offset
        position += len(run.text) + 1 if run.unspaced else 1
    return tuple(steps)


def _words_of(run: Run, first: bool, last: bool, prefix: bool) -> list[tuple[str, int, bool]]:
    """The words of a run to look for, each with its offset within the run, and if it may go on.

    A text may go on before the first run and behind the last one; in between, runs are whole. See
    `analysis.search.tokens` for how a text's runs are cut.
    """
    text = run.text
    if not run.unspaced:
        return [(text, 0, prefix and last)]
    if first and last and len(text) == 1:
        return [(text, 0, True)]
    words = [(text[n : n + 2], n + 1, False) for n in range(len(text) - 1)]
    if not first:
        words.insert(0, (text[0], 0, False))
    if not last:
        words.append((text[-1], len(text), False))
    return words


class Text:
    """A text's words by what they are, to look for phrases in."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self._places: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            self._places.setdefault(token.word, []).append(index)

    def has(self, phrase: Phrase) -> bool:
        """Whether the phrase stands anywhere in the text."""
        return any(True for _ in self._found(phrase))

    def tokens_of(self, phrase: Phrase) -> list[Token]:
        """The words that belong to the phrase, wherever it stands."""
        return [self.tokens[index] for indexes in self._found(phrase) for index in indexes]

    def _found(self, phrase: Phrase) -> Sequence[tuple[int, ...]]:
        """For each place of the phrase, the indexes of its words."""
        if not phrase:
            return []
        found: list[tuple[int, ...]] = [(index,) for index in self._matching(phrase[0])]
        for step in phrase[1:]:
            here = set(self._matching(step))
            found = [
                (*place, place[-1] + step.distance)
                for place in found
                if place[-1] + step.distance in here
            ]
        return found

    def _matching(self, step: Step) -> list[int]:
        if not step.prefix:
            return self._places.get(step.word, [])
        return [n for n, token in enumerate(self.tokens) if token.word.startswith(step.word)]


def as_tsquery(phrase: Phrase) -> str:
    """The phrase in the syntax of PostgreSQL's `tsquery`."""
    parts: list[str] = []
    for step in phrase:
        if parts:
            parts.append(f"<{step.distance}>")
        parts.append(quoted(step.word) + (":*" if step.prefix else ""))
    joined = " ".join(parts)
    return f"({joined})" if len(phrase) > 1 else joined


_QUOTING: Mapping[int, str] = str.maketrans({"'": "''", "\\": "\\\\"})


def quoted(word: str) -> str:
    """A word as a lexeme of a `tsquery`."""
    return f"'{word.translate(_QUOTING)}'"
