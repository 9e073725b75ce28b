"""What was meant by words that no message has: similar ones that some messages have.

Which words there are is known from when the statistics were counted (`resolvers.statistics.terms`).
They include those of conversations that the viewer may not see: only words that stand in what was
found are told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract
from sqlalchemy import ColumnElement, FromClause, Integer, Text, bindparam, func, select, union_all

from analysis.search.query import Clause, Condition, Phrase, Query, Words
from analysis.search.tokens import runs
from models.database import Row
from models.tables import search_terms
from resolvers.context import Context
from resolvers.paging import Selection
from resolvers.scope import TENANT_ID
from resolvers.statistics.terms import LONGEST, SHORTEST

t = search_terms.c
MOST_WORDS = 4
"""Words of a query that are looked up; the others are taken as they are."""
MOST_MEANT = 3
COMPARED = 1_000
"""Words with the same beginning, and with the same end, that one is compared with."""
LONG = 8
"""Words of so many characters may have two mistakes, shorter ones have one."""
_SHORTEST, _LONGEST = (bindparam(name, type_=Integer()) for name in ("shortest", "longest"))
_LAST_CHARACTER = chr(0x10FFFF)

Meant = Mapping[str, tuple[str, ...]]
"""By word, what may have been meant, the most similar first."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of a query, folded, and the words that were searched for in its place."""

    word: str
    meant: tuple[str, ...]


async def meant_by(context: Context, query: Query) -> Meant:
    """The similar words for those words of a query that no message has."""
    words = {
        step.word: None
        for phrase in query.wanted_phrases()
        for step in phrase
        if not step.prefix and SHORTEST <= len(step.word) <= LONGEST
    }
    found = {word: await _similar(context, word) for word in islice(words, MOST_WORDS)}
    return {word: similar for word, similar in found.items() if similar}


def corrected(query: Query, meant: Meant) -> Query:
    """The query for the words that were meant: for each phrase of them, or another of them."""
    return Query(tuple(_corrected_clause(clause, meant) for clause in query.clauses))


def corrections(meant: Meant, rows: Sequence[Row]) -> tuple[Correction, ...]:
    """What was meant, as far as it stands in one of the messages."""
    # Those that can be meant are no pairs of characters, but whole runs.
    said = {run.text for row in rows for run in runs(row.body)}
    found = (
        (word, tuple(one for one in similar if one in said)) for word, similar in meant.items()
    )
    return tuple(Correction(word, similar) for word, similar in found if similar)


async def _similar(context: Context, word: str) -> tuple[str, ...]:
    """The words most similar to one; none if it is itself a word of the tenant's."""
    # A word with a mistake in its one half has the other half right.
    part = max(1, (len(word) - 1) // 2)
    mistakes = _mistakes(word)
    rows = await context.read.rows(
        _candidates,
        reader_tenant_id=context.viewer.tenant_id,
        word=word,
        beginning=word[:part],
        ending=word[::-1][:part],
        shortest=len(word) - mistakes,
        longest=len(word) + mistakes,
    )
    counts = {row.term: row.count for row in rows}
    close = extract(word, list(counts), scorer=OSA.distance, score_cutoff=mistakes, limit=None)
    ranked = sorted(close, key=lambda one: (one[1], -counts[one[0]], one[0]))
    return tuple(term for term, _, _ in ranked[:MOST_MEANT])


def _candidates() -> Selection:
    """The tenant's most frequent words with the same beginning, and those with the same end.

    None for one of its own words: that it is one is looked up first, which takes far less.
    """
    own = t.term == bindparam("word", type_=Text())
    is_known = select(t.term).where(t.tenant_id == TENANT_ID, own).exists()

    def side(place: ColumnElement[str], name: str) -> FromClause:
        start = bindparam(name, type_=Text())
        return (
            select(t.term, t.count)
            .where(
                ~is_known,
                t.tenant_id == TENANT_ID,
                place >= start,
                place < start + _LAST_CHARACTER,
                func.length(t.term).between(_SHORTEST, _LONGEST),
            )
            .order_by(t.count.desc())
            .limit(COMPARED)
            .subquery()
        )

    sides = side(t.term, "beginning"), side(t.backwards, "ending")
    both = union_all(*(each.select() for each in sides)).subquery()
    return select(both.c.term, both.c.count)


def _mistakes(word: str) -> int:
    return 2 if len(word) >= LONG else 1


def _corrected_clause(clause: Clause, meant: Meant) -> Clause:
    return tuple(other for condition in clause for other in _alternatives(condition, meant))


def _alternatives(condition: Condition, meant: Meant) -> Iterator[Condition]:
    term = condition.term
    if not isinstance(term, Words) or condition.negated:
        yield condition
        return
    for phrase in islice(_phrases(term.phrase, meant), MOST_MEANT):
        yield replace(condition, term=Words(phrase))


def _phrases(phrase: Phrase, meant: Meant) -> Iterator[Phrase]:
    choices = [
        [step] if step.prefix else [replace(step, word=one) for one in _meant(step.word, meant)]
        for step in phrase
    ]
    return product(*choices)


def _meant(word: str, meant: Meant) -> tuple[str, ...]:
    return meant.get(word, (word,))
