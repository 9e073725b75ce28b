"""The words of a text as the index knows them, and where they stand in it.

`parley_words` of the migrations makes the same words in SQL; a test compares the two on random
texts. Words are folded: compatibility forms, case and accents are gone. Scripts that are written
without spaces are cut into pairs: `東京塔` is `東`, `東京`, `京塔`, `塔`, so that any part of a run
is found, by its pairs or by its only character. An emoji is a word of its own.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

INDEXED_CHARACTERS = 131_072
INDEXED_FOLDED = 65_536
"""Of a text that has pairs or emoji, folded. What stands further back is not found."""
LONGEST_WORD = 2_046
"""Bytes; PostgreSQL leaves longer words out."""

# Accents, vowel points, joiners, marks of direction, variation selectors and skin tones.
DROPPED = (
    r"\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    r"\u06ea-\u06ed\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef"
)
SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7"
    r"\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u2010-\u205f\u20a0-\u20cf\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufffc\ufffd"
)
# Thai, Lao, Burmese, Khmer, and all of Chinese, Japanese and Korean.
UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf"
    r"\u3005-\u3007\u3021-\u302f\u3031-\u303f\u3041-\u30fa\u30fc-\u9fff\ua960-\ua97f"
    r"\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
SYMBOLS = r"\u2190-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"

_DROPPED = re.compile(f"[{DROPPED}]+")
# PostgreSQL's parser takes digits, an e and digits for a number, and goes on behind it.
_TOKEN = re.compile(
    f"([{UNSPACED}]+)|[{SYMBOLS}]|[0-9]+e[0-9]+|[^{SEPARATORS}{UNSPACED}{SYMBOLS}]+"
)
_HAS_PAIRS = re.compile(f"[{UNSPACED}{SYMBOLS}]")
_ASCII_TOKEN = re.compile("[0-9]+e[0-9]+|[a-z0-9]+")
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "ς": "σ", "ß": "ss", "æ": "ae"}
)
_JAMO = re.compile(r"[\u1160-\u11ff\ud7b0-\ud7ff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word, its position among the text's words, and its code points in the text."""

    word: str
    position: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """Folded characters that belong together. `unspaced`: of a script that has no spaces."""

    text: str
    unspaced: bool
    start: int


def tokens(text: str) -> list[Token]:
    """The words of a text in their order; those of one run in the order of their positions."""
    text = text[:INDEXED_CHARACTERS]
    folded, starts, ends = _folded(text)
    found: list[Token] = []
    position = 0
    for run in _runs(folded, ascii_only=text.isascii()):
        for word, first, last in _cut(run):
            if len(word.encode(errors="surrogatepass")) <= LONGEST_WORD:
                position += 1
                found.append(Token(word, position, starts[first], ends[last - 1]))
    return found


def runs(text: str) -> list[Run]:
    """The runs of a text, folded, as a query wants them."""
    folded, _, _ = _folded(text)
    return list(_runs(folded, ascii_only=text.isascii()))


def _runs(folded: str, *, ascii_only: bool) -> Iterator[Run]:
    if ascii_only:
        for token in _ASCII_TOKEN.finditer(folded):
            yield Run(token[0], False, token.start())
        return
    for token in _TOKEN.finditer(folded):
        yield Run(token[0], token[1] is not None, token.start())


def _cut(run: Run) -> Iterator[tuple[str, int, int]]:
    """The words of a run, each with where it begins and ends in the folded text."""
    start, length = run.start, len(run.text)
    if not run.unspaced:
        yield run.text, start, start + length
        return
    yield run.text[0], start, start + 1
    for index in range(length - 1):
        yield run.text[index : index + 2], start + index, start + index + 2
    yield run.text[-1], start + length - 1, start + length


def _folded(text: str) -> tuple[str, list[int] | range, list[int] | range]:
    """The folded text; for each of its characters where what it is made of starts and ends."""
    if text.isascii():
        return text.lower(), range(len(text)), range(1, len(text) + 1)
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        plain = _fold(text[start:end])
        parts.append(plain)
        starts.extend([start] * len(plain))
        ends.extend([end] * len(plain))
    folded = "".join(parts)
    return (folded[:INDEXED_FOLDED] if _HAS_PAIRS.search(folded) else folded), starts, ends


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Each character with the marks that follow it, which compose with it or are dropped."""
    start = 0
    for index in range(1, len(text)):
        if not _joins(text[index]):
            yield start, index
            start = index
    if text:
        yield start, len(text)


@lru_cache(4_096)
def _joins(character: str) -> bool:
    if character.isascii():
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    is_mark = unicodedata.category(first)[0] == "M"
    return is_mark or bool(_JAMO.match(first) or _DROPPED.match(first))


@lru_cache(16_384)
def _fold(cluster: str) -> str:
    """Without case, accents and compatibility forms; may be longer, or empty."""
    lowered = "".join(c.lower() for c in unicodedata.normalize("NFKD", cluster))
    return unicodedata.normalize("NFC", _DROPPED.sub("", lowered).translate(_PLAIN))
