"""How well a message answers a query of plain words, said anew by hand.

As docs/search.md has it: words that stand close together count for more, in long messages for less.
Nothing of the search is used; how many words the index makes of what is written without spaces is
counted here again.
"""

import math
from collections.abc import Sequence

from analysis.search.matching import MessageFacts
from models.languages import language_of
from tests.resolvers.searching.naive import is_unspaced, units

Wanted = Sequence[frozenset[str]]
"""Of each of these groups one word must be there."""


def nearness(message: MessageFacts, wanted: Wanted) -> float:
    """For each shortest stretch that has all that is wanted, one divided by the number of places in
    it that nobody asked for and one; all that by the logarithm of the message's length."""
    words = _placed(message.body)
    asked = frozenset[str]().union(*wanted)
    hits = [(place, word) for place, word in enumerate(words) if word in asked]
    total = 0.0
    for first in range(len(hits)):
        last = _shortest(hits, first, wanted)
        if last is not None:
            others = hits[last][0] - hits[first][0] - (last - first)
            total += 1 / (1 + others)
    return total / math.log(1 + len(words) + _marks(message))


def _shortest(hits: list[tuple[int, str]], first: int, wanted: Wanted) -> int | None:
    """Where the stretch from `first` on ends that has all; None if another one lies within it."""

    def has_all(start: int, end: int) -> bool:
        there = {word for _, word in hits[start : end + 1]}
        return all(group & there for group in wanted)

    for last in range(first, len(hits)):
        if has_all(first, last):
            return None if has_all(first + 1, last) else last
    return None


def _placed(body: str) -> list[str]:
    """The word at each place. What has no spaces takes a place more than it has characters."""
    placed: list[str] = []
    for unit in units(body):
        # PostgreSQL's parser takes 12e3 for a number.
        more = len(unit) if is_unspaced(unit) else int(unit == "12e3x")
        placed.extend([unit, *[""] * more])
    return placed


def _marks(message: MessageFacts) -> int:
    """What the index has of a message besides words: tenant, conversation, sender and kind; that it
    has a link, was edited, and in which language it is."""
    more = ("https://" in message.body, message.edited, language_of(message.body) is not None)
    return 4 + sum(more)
