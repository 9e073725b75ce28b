"""Where the words of a search stand in a text, as ranges of code points."""

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_TERM = re.compile(r'(-?)"([^"]*)"|(-?)(\S+)')
_WITHIN_WORD = re.compile(r"(?<=\w)[-/._@:?=&+#]+(?=\w)")


@dataclass(frozen=True, slots=True)
class TextRange:
    """Code points from `start` up to, and without, `end`."""

    start: int
    end: int


def web_query(query: str) -> str:
    """The query as `websearch_to_tsquery` wants it: `INV-20231` is a phrase, not a negation."""

    def split(term: re.Match[str]) -> str:
        word = term[0]
        sign, bare = ("-", word[1:]) if word.startswith("-") else ("", word)
        return f'{sign}"{_WITHIN_WORD.sub(" ", bare)}"' if _WITHIN_WORD.search(bare) else word

    parts = re.split(r'("[^"]*"?)', query)
    return "".join(
        _WITHIN_WORD.sub(" ", part) if part.startswith('"') else re.sub(r"\S+", split, part)
        for part in parts
    )


def wanted_words(query: str) -> frozenset[str]:
    """The folded words that a match may contain: those that the query does not negate."""
    words: set[str] = set()
    for term in _TERM.finditer(query):
        if (term[1] or term[3]) == "-" or term[4] in {"or", "OR"}:
            continue
        words.update(word for word, _ in _words(term[2] or term[4] or ""))
    return frozenset(words)


def highlights(body: str, words: frozenset[str]) -> list[TextRange]:
    """The ranges of `body` whose words, folded, are among `words`."""
    return [found for word, found in _words(body) if word in words]


def _words(text: str) -> list[tuple[str, TextRange]]:
    """The words of a text, folded, with where they stand in the text as it was given."""
    folded: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        plain = _fold(character)
        folded.append(plain)
        origins.extend([index] * len(plain))
    found = []
    for word in _WORD.finditer("".join(folded).replace("_", " ")):
        end = origins[word.end() - 1] + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        found.append((word[0], TextRange(origins[word.start()], end)))
    return found


def _fold(character: str) -> str:
    """Without case and accents, as the `unaccent` dictionary does it; may be longer or empty."""
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
