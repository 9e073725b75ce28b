"""The query language: words, "phrases", -not, OR, prefix* and fields such as `from:ana`.

    lunch -monday from:"Ana Maria" has:image after:2024-05

Items stand side by side and must all hold; OR joins two neighbours. Positions of errors count code
points from 0. docs/search.md is the description for users.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from analysis.search.dates import period
from analysis.search.phrases import phrase_of
from analysis.search.query import (
    Clause,
    Condition,
    Kinds,
    Language,
    Phrase,
    Place,
    Query,
    Sender,
    Sent,
    Term,
    Trait,
    Words,
)
from models.languages import LANGUAGES
from models.messages import MessageKind

MAX_TERMS = 64
MAX_WORDS = 256
QUOTES = '"“”„«»'

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_ITEM = re.compile(
    rf"""
    (?P<minus>-?)
    (?: (?P<field>[A-Za-z]+) : (?=[^\s/]) )?
    (?: [{QUOTES}] (?P<quoted>[^{QUOTES}]*) (?P<closed>[{QUOTES}]?) (?P<starred>\*?)
      | (?P<bare>[^\s{QUOTES}]+) )
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+")
_MEDIA = frozenset(
    {
        MessageKind.IMAGE,
        MessageKind.VIDEO,
        MessageKind.AUDIO,
        MessageKind.DOCUMENT,
        MessageKind.STICKER,
        MessageKind.GIF,
        MessageKind.MEDIA,
    }
)
_HAS: dict[str, Term] = {
    "link": Trait.LINK,
    "reaction": Trait.REACTION,
    "media": Kinds(_MEDIA),
    "image": Kinds(frozenset({MessageKind.IMAGE})),
    "video": Kinds(frozenset({MessageKind.VIDEO})),
    "audio": Kinds(frozenset({MessageKind.AUDIO})),
    "document": Kinds(frozenset({MessageKind.DOCUMENT})),
    "location": Kinds(frozenset({MessageKind.LOCATION})),
}
_IS: dict[str, Term] = {"bookmarked": Trait.BOOKMARKED, "edited": Trait.EDITED}
_KINDS: dict[str, Term] = {kind.lower(): Kinds(frozenset({kind})) for kind in MessageKind}


class QueryError(ValueError):
    """A query that cannot be understood, and the code point at which it goes wrong."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class _Value:
    """What stands behind a field's colon, or a word or phrase without one."""

    text: str
    start: int
    quoted: bool
    starred: bool

    @property
    def phrase(self) -> Phrase:
        return phrase_of(self.text, prefix=self.starred)


@lru_cache(maxsize=256)
def parse(query: str) -> Query:
    """The query. Raises QueryError. One that was asked lately, as for its next page, is kept."""
    unstorable = _UNSTORABLE.search(query)
    if unstorable:
        raise QueryError(
            "A NUL or half a surrogate pair cannot be searched for.", unstorable.start()
        )
    clauses = _clauses(query)
    _check_size(clauses)
    if not any(_asks_for_something(clause) for clause in clauses):
        raise QueryError("Name something to look for: a word, a phrase or a field.", 0)
    return Query(tuple(clauses))


def _clauses(query: str) -> list[Clause]:
    """The items, those joined by OR together; items without a word in them are passed over."""
    clauses: list[Clause] = []
    waiting: int | None = None
    for found in _items(query):
        if found[0] == "OR":
            if not clauses or waiting is not None:
                raise QueryError("OR joins two items; there is none before it.", found.start())
            waiting = found.start()
            continue
        condition = _condition(found)
        if condition is None:
            continue
        if waiting is None:
            clauses.append((condition,))
        else:
            clauses[-1] = (*clauses[-1], condition)
            waiting = None
    if waiting is not None:
        raise QueryError("OR joins two items; there is none behind it.", waiting)
    return clauses


def _items(query: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(query):
        space = _SPACE.match(query, position)
        if space:
            position = space.end()
            continue
        found = _ITEM.match(query, position)
        assert found is not None, "every character but white space begins an item"
        if found["quoted"] is not None and not found["closed"]:
            raise QueryError("This quotation mark has no second one.", found.start("quoted") - 1)
        yield found
        position = found.end()


def _condition(found: re.Match[str]) -> Condition | None:
    value = _value(found)
    field = (found["field"] or "").lower()
    if value.text[-1:] == ":" and value.text[:-1].lower() in _FIELDS:
        raise QueryError(f"{value.text} needs a value right behind it.", value.start)
    if field in _FIELDS:
        term = _FIELDS[field](value)
    else:
        text = f"{found['field']} {value.text}" if field else value.text
        phrase = phrase_of(text, prefix=value.starred)
        if not phrase:
            return None
        term = Words(phrase)
    return Condition(term, found["minus"] == "-", found.start())


def _value(found: re.Match[str]) -> _Value:
    if found["quoted"] is not None:
        return _Value(found["quoted"], found.start("quoted"), True, found["starred"] == "*")
    bare = found["bare"]
    return _Value(bare, found.start("bare"), False, len(bare) > 1 and bare.endswith("*"))


def _sender(value: _Value) -> Term:
    if not value.quoted and value.text.lower() == "me":
        return Sender(None)
    return Sender(_name(value, "from:"))


def _place(value: _Value) -> Term:
    return Place(_name(value, "in:"))


def _name(value: _Value, field: str) -> Phrase:
    phrase = value.phrase
    if not phrase:
        raise QueryError(f"{field} needs a name.", value.start)
    return phrase


def _date(bound: Callable[[Sent], Sent]) -> Callable[[_Value], Term]:
    def read(value: _Value) -> Term:
        found = period(value.text)
        if found is None:
            raise QueryError(
                "Give a day, a month or a year: 2024-05-17, 2024-05 or 2024.", value.start
            )
        return bound(Sent(*found))

    return read


def _choice(field: str, values: dict[str, Term]) -> Callable[[_Value], Term]:
    def read(value: _Value) -> Term:
        term = values.get(value.text.lower())
        if term is None:
            raise QueryError(f"{field}: takes one of {', '.join(values)}.", value.start)
        return term

    return read


def _language(value: _Value) -> Term:
    code = value.text.lower()
    if code not in LANGUAGES:
        raise QueryError("lang: takes a code of ISO 639, such as de, en or zh.", value.start)
    return Language(code)


_FIELDS: dict[str, Callable[[_Value], Term]] = {
    "from": _sender,
    "in": _place,
    "before": _date(lambda found: Sent(None, found.since)),
    "after": _date(lambda found: Sent(found.until, None)),
    "on": _date(lambda found: found),
    "has": _choice("has", _HAS),
    "is": _choice("is", _IS),
    "kind": _choice("kind", _KINDS),
    "lang": _language,
}


def _check_size(clauses: list[Clause]) -> None:
    conditions = [condition for clause in clauses for condition in clause]
    if len(conditions) > MAX_TERMS:
        message = f"A query may have {MAX_TERMS} items; this one has {len(conditions)}."
        raise QueryError(message, conditions[MAX_TERMS].start)
    words = 0
    for condition in conditions:
        words += len(condition.term.phrase) if isinstance(condition.term, Words) else 0
        if words > MAX_WORDS:
            raise QueryError(f"A query may have {MAX_WORDS} words.", condition.start)


def _asks_for_something(clause: Clause) -> bool:
    return not any(condition.negated for condition in clause)
