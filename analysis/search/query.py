"""What a search asks for: clauses that must all hold, each with alternatives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from models.messages import MessageKind


@dataclass(frozen=True, slots=True)
class Step:
    """A word at a distance, in words, behind the one before it; `prefix`: or one that begins so."""

    word: str
    distance: int = 1
    prefix: bool = False


Phrase: TypeAlias = tuple[Step, ...]
"""Words that follow one another; a single word, too."""


@dataclass(frozen=True, slots=True)
class Words:
    """The body has these words, one after the other."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender's name has these words; None: the viewer is the sender."""

    name: Phrase | None


@dataclass(frozen=True, slots=True)
class Place:
    """The title of the conversation has these words."""

    title: Phrase


@dataclass(frozen=True, slots=True)
class Sent:
    """Sent at `since` or later, and before `until`."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Kinds:
    """Of one of these kinds."""

    kinds: frozenset[MessageKind]


@dataclass(frozen=True, slots=True)
class Language:
    """Written in this language; an ISO 639 code."""

    code: str


class Trait(StrEnum):
    """What else a message may be or have."""

    LINK = "link"
    REACTION = "reaction"
    BOOKMARKED = "bookmarked"
    EDITED = "edited"


Term: TypeAlias = Words | Sender | Place | Sent | Kinds | Language | Trait


@dataclass(frozen=True, slots=True)
class Condition:
    """A term that holds, or does not. `start` is where it stands in the query, in code points."""

    term: Term
    negated: bool
    start: int


Clause: TypeAlias = tuple[Condition, ...]
"""Conditions of which one must hold."""


@dataclass(frozen=True, slots=True)
class Query:
    """Clauses that must all hold."""

    clauses: tuple[Clause, ...]

    def names(self, term: type[Term]) -> bool:
        """Whether a term of this type is in the query."""
        return any(isinstance(each.term, term) for clause in self.clauses for each in clause)

    @property
    def is_personal(self) -> bool:
        """Whether what it finds depends on who asks."""
        personal = (Sender(None), Trait.BOOKMARKED)
        return any(each.term in personal for clause in self.clauses for each in clause)

    def wanted_phrases(self) -> list[Phrase]:
        """The phrases of the body that a match may contain."""
        return [
            condition.term.phrase
            for clause in self.clauses
            for condition in clause
            if isinstance(condition.term, Words) and not condition.negated
        ]
