"""The phrases that WhatsApp writes in the telephone's language, from `phrases/*.toml`.

One file a language; all are read together, since nothing in a chat says its language and
one chat may mix two. The keys of a file, each of them optional:

`titles`        an export's file name, with `{name}` for the chat's title
`attached`      the label of an attached file: `<label: name>` or `name (label)`
`edited`        the mark of an edited message, without `<` and `>`
`deleted`       the whole text of a deleted message
`deleted_by`    how the text of a message starts that somebody else deleted
`notices`       the whole text of a system line that has an author
`notice_parts`  what only system lines say, where they may hold a colon
`[omitted]`     by kind: the words that stand for media left out
`[clock]`       `am`, `pm`, `noon`, `night`: the words of a 12-hour clock
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from importing.detection import DayPart
from importing.formats.dates import letters
from importing.formats.marks import plain_name
from importing.records import Kind


@dataclass(frozen=True)
class Phrasebook:
    """The phrases of all languages; each as `plain` makes it."""

    titles: tuple[re.Pattern[str], ...]
    """Patterns of a whole file name; the group is the chat's title."""
    attached: frozenset[str]
    edited: frozenset[str]
    deleted: frozenset[str]
    deleted_by: tuple[str, ...]
    notices: frozenset[str]
    notice_parts: tuple[str, ...]
    """As written, not as `plain` makes them."""
    omitted: Mapping[str, Kind]
    clocks: tuple[Mapping[str, DayPart], ...]
    """The markers of each language, by their letters."""
    alone: frozenset[str]
    """Every text, as written, that a message of its own consists of."""


def plain(phrase: str) -> str:
    """A phrase as phrases are compared: no marks, case, brackets, or full stop at the end."""
    return plain_name(phrase).strip("<> ").rstrip(".。").casefold()


@lru_cache(maxsize=1)
def phrasebook() -> Phrasebook:
    """All languages' phrases, read once."""
    languages = list(_languages())
    return Phrasebook(
        titles=tuple(_title(pattern) for pattern in _every(languages, "titles")),
        attached=_plain_set(languages, "attached"),
        edited=_plain_set(languages, "edited"),
        deleted=_plain_set(languages, "deleted"),
        deleted_by=tuple(_plain_set(languages, "deleted_by")),
        notices=_plain_set(languages, "notices"),
        notice_parts=tuple(_every(languages, "notice_parts")),
        omitted={plain(phrase): kind for kind, phrase in _omitted(languages)},
        clocks=tuple(_clock(language.get("clock", {})) for language in languages),
        alone=frozenset(_alone(languages)),
    )


def _languages() -> Iterator[dict[str, Any]]:
    folder = resources.files("importing.formats") / "phrases"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield tomllib.loads(file.read_text("utf-8"))


def _every(languages: Iterable[dict[str, Any]], key: str) -> Iterator[str]:
    for language in languages:
        yield from language.get(key, ())


def _plain_set(languages: Iterable[dict[str, Any]], key: str) -> frozenset[str]:
    return frozenset(map(plain, _every(languages, key)))


def _omitted(languages: Iterable[dict[str, Any]]) -> Iterator[tuple[Kind, str]]:
    for language in languages:
        for kind, phrases in language.get("omitted", {}).items():
            for phrase in phrases:
                yield Kind(kind.upper()), phrase


def _alone(languages: list[dict[str, Any]]) -> Iterator[str]:
    phrases = [phrase for _, phrase in _omitted(languages)]
    for key in ("deleted", "notices"):
        phrases.extend(_every(languages, key))
    for phrase in phrases:
        bare = phrase.rstrip(".。")
        for variant in (bare, bare[:1].swapcase() + bare[1:]):
            yield from (variant, f"{variant}.", f"{variant}。")


def _clock(words: Mapping[str, list[str]]) -> dict[str, DayPart]:
    return {letters(word): DayPart(part) for part, listed in words.items() for word in listed}


def _title(pattern: str) -> re.Pattern[str]:
    before, _, after = pattern.partition("{name}")
    return re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.IGNORECASE)
