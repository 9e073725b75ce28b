"""The words and emoji that texts have, counted: pure functions, in bounded memory.

A word is a run of letters, told apart without regard to case; addresses and the commonest words of
some languages are passed over. Of scripts that put no spaces between words nothing is counted.
Emoji are whole sequences, as Unicode Technical Standard #51 has them: with skin tone, with what
joins several to one, flags and keycaps.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

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
# Signs that are pictures by themselves, and signs that are pictures where U+FE0F says so.
_PICTURE = (
    "[\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1"
    "\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a"
    "\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2764\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50"
    "\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f3fa"
    "\U0001f400-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0\U0001f900-\U0001f9ff"
    "\U0001fa70-\U0001faff]"
)
_SIGN = (
    "[©®\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff〰〽㊗㊙]"
)
_ONE = f"(?:{_PICTURE}\ufe0f?|{_SIGN}\ufe0f)[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    f"|{_ONE}(?:\u200d{_ONE})*(?:[\U000e0020-\U000e007e]+\U000e007f)?"
)


def words(text: str) -> Iterator[str]:
    """The words of a text that are worth counting, in lower case, as often as they stand there."""
    for found in _WORD.findall(_ADDRESS.sub(" ", text)):
        word = found.replace("’", "'").lower()
        if 1 < len(word) <= LONGEST_WORD and word not in STOP_WORDS and not _NO_SPACES.search(word):
            yield word


def emoji(text: str) -> list[str]:
    """The emoji of a text, as often as they stand there."""
    return _EMOJI.findall(text)


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
