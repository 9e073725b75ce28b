"""What an iPhone writes for media that were left out, in a language that nobody has collected.

It is a word or two behind U+200E, the same whoever sent the file: `image omitted`. Notices
are marked in the same way, but they are sentences, or they name somebody, so that one of them
comes from one author. A missed call in such a language is taken for media, too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from importing.formats.marks import LEFT_TO_RIGHT, strip_marks
from importing.formats.phrasebook import phrasebook, plain

LONGEST = 40
"""Characters."""
MOST_WORDS = 4
AUTHORS = 2
"""So many must have sent it,"""
TIMES = 3
"""and so often, for all of them."""

_no_label = re.compile(r"[\d.!?:;,\"“”„«»<>()。！？：…]").search


def learn_placeholders(texts: Iterable[str], author_end: str) -> frozenset[str]:
    """The phrases, as `plain` makes them, among what follows the headers of a chat."""
    authors: defaultdict[str, set[str]] = defaultdict(set)
    times: Counter[str] = Counter()
    for text in texts:
        author, _, body = text.rstrip("\n").partition(author_end)
        phrase = _phrase(body)
        if phrase:
            authors[phrase].add(strip_marks(author))
            times[phrase] += 1
    return frozenset(
        phrase for phrase, by in authors.items() if len(by) >= AUTHORS and times[phrase] >= TIMES
    )


def _phrase(body: str) -> str | None:
    """What the telephone wrote, if it may stand for media in a language unknown."""
    if not body.startswith(LEFT_TO_RIGHT) or "\n" in body:
        return None
    text = strip_marks(body)
    if len(text) > LONGEST or len(text.split()) > MOST_WORDS or _no_label(text):
        return None
    phrases, phrase = phrasebook(), plain(text)
    known = phrase in phrases.notices or phrase in phrases.deleted or phrase in phrases.omitted
    return None if known else phrase
