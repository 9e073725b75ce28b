"""The words and emoji that texts have, counted: pure functions, in bounded memory.

A word is a run of letters, told apart without regard to case; addresses and the commonest words of
some languages are passed over. Of scripts that put no spaces between words nothing is counted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from analysis.emoji import EMOJI
from analysis.stop_words import STOP_WORDS

LONGEST_WORD = 40

_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Thai, Lao, Myanmar, Khmer, and all from the Chinese radicals to the last ideographs, but for
# Hangul, which has spaces.
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)


def words(text: str) -> Iterator[str]:
    """The words of a text that are worth counting, in lower case, as often as they stand there."""
    for found in _WORD.findall(_ADDRESS.sub(" ", text)):
        word = found.replace("’", "'").lower()
        if 1 < len(word) <= LONGEST_WORD and word not in STOP_WORDS and not _NO_SPACES.search(word):
            yield word


def emoji(text: str) -> list[str]:
    """The emoji of a text, as often as they stand there."""
    return EMOJI.findall(text)


class Tally:
    """Counts things, of which there may be endlessly many different ones.

    Beyond `limit` different ones the rarer half is forgotten: the counts of the most frequent
    are right, or a little too low where one of them was rare at first.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._counts: Counter[str] = Counter()

    def add(self, things: Iterable[str]) -> None:
        """Count these."""
        self._counts.update(things)
        if len(self._counts) > self._limit:
            self._counts = Counter(dict(self._counts.most_common(self._limit // 2)))

    def top(self, count: int) -> list[tuple[str, int]]:
        """The `count` most frequent; those that are equally so in the order of their letters."""
        return sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0]))[:count]


class TextTally:
    """The words and emoji of many texts."""

    def __init__(self, limit: int = 100_000) -> None:
        self.words = Tally(limit)
        self.emoji = Tally(limit)

    def add(self, texts: Iterable[str]) -> None:
        """Count what the texts have."""
        for text in texts:
            self.words.add(words(text))
            if not text.isascii():
                self.emoji.add(emoji(text))
