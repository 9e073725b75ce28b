"""Does this message match? The same query without a database, for messages as they happen."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from analysis.search.phrases import Text
from analysis.search.query import (
    Condition,
    Kinds,
    Language,
    Place,
    Query,
    Sender,
    Sent,
    Term,
    Trait,
    Words,
)
from models.languages import language_of
from models.messages import MessageKind

_LINK = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww]\.")


@dataclass(frozen=True)
class MessageFacts:
    """What a query may ask of one message. `sender_name` is empty for a notice of the system."""

    body: str
    kind: MessageKind
    sent_at: datetime
    sender_name: str = ""
    from_viewer: bool = False
    conversation_title: str = ""
    edited: bool = False
    reacted: bool = False
    bookmarked: bool = False

    @cached_property
    def words(self) -> Text:
        """The words of the body."""
        return Text(self.body)


def matches(query: Query, message: MessageFacts) -> bool:
    """Whether all clauses hold."""
    return all(any(_holds(condition, message) for condition in clause) for clause in query.clauses)


def _holds(condition: Condition, message: MessageFacts) -> bool:
    return _is_true(condition.term, message) != condition.negated


def _is_true(term: Term, message: MessageFacts) -> bool:
    match term:
        case Words(phrase):
            holds = message.words.has(phrase)
        case Sender(name):
            holds = message.from_viewer if name is None else Text(message.sender_name).has(name)
        case Place(title):
            holds = Text(message.conversation_title).has(title)
        case Sent():
            holds = _is_within(message.sent_at, term)
        case Kinds(kinds):
            holds = message.kind in kinds
        case Language(code):
            holds = language_of(message.body) == code
        case Trait():
            holds = _has_trait(term, message)
    return holds


def _is_within(moment: datetime, sent: Sent) -> bool:
    after_start = sent.since is None or moment >= sent.since
    return after_start and (sent.until is None or moment < sent.until)


def _has_trait(trait: Trait, message: MessageFacts) -> bool:
    match trait:
        case Trait.LINK:
            return _LINK.search(message.body) is not None
        case Trait.REACTION:
            return message.reacted
        case Trait.BOOKMARKED:
            return message.bookmarked
        case Trait.EDITED:
            return message.edited
