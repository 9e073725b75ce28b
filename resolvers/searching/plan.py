"""A query as PostgreSQL takes it: what the index answers, where to look, and what remains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import cast

from analysis.search.phrases import as_tsquery, quoted
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
    Trait,
    Words,
)
from models.messages import MessageKind
from models.tables import bookmarks, messages, participants, reactions
from resolvers.context import Context
from resolvers.errors import BadQueryError
from resolvers.loaders.messages import MessageFilter
from resolvers.scope import is_one_of

m = messages.c
MOST_NAMED = 10_000
"""People or conversations that a name in a query may mean."""
INDEXED = 10
"""So many of them are looked up in the index; more are compared with each candidate."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look for. `wanted` is a `tsquery`, None where no word narrows the search.

    `places` and `senders`: only in these conversations, only by these participants; None: in all.
    `only`: among these messages; None: among all. Times: from `since` to `until`. `others` are what
    candidates must fulfil besides.
    """

    wanted: str | None = None
    places: tuple[UUID, ...] | None = None
    senders: tuple[UUID, ...] | None = None
    only: tuple[UUID, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    others: tuple[ColumnElement[bool], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing can match."""
        nowhere = () in {self.places, self.senders, self.only}
        never = self.since is not None and self.until is not None and self.since >= self.until
        return nowhere or never

    @property
    def indexed(self) -> str | None:
        """`wanted`, and the places and senders if they are few: what the index is asked for."""
        parts = [self.wanted] if self.wanted else []
        for ids, mark in ((self.places, "c"), (self.senders, "s")):
            if ids and len(ids) <= INDEXED:
                parts.append(_any_of(_marks(mark, ids)))
        return " & ".join(parts) or None

    def within(self, since: datetime | None, until: datetime | None) -> "Plan":
        """The same, sent at `since` or later and before `until` as well."""
        return replace(
            self,
            since=max(filter(None, (self.since, since)), default=None),
            until=min(filter(None, (self.until, until)), default=None),
        )

    def among(self, places: Sequence[UUID]) -> "Plan":
        """The same, in these conversations only."""
        return replace(self, places=_both(self.places, places))

    def by(self, senders: Sequence[UUID]) -> "Plan":
        """The same, by these participants only."""
        return replace(self, senders=_both(self.senders, senders))

    def of_kinds(self, kinds: Iterable[MessageKind]) -> "Plan":
        """The same, of these kinds only."""
        return self.matching(_any_of([quoted(f".{kind.lower()}") for kind in sorted(kinds)]))

    def also(self, *conditions: ColumnElement[bool]) -> "Plan":
        """The same, with more conditions on `messages`."""
        return replace(self, others=(*self.others, *conditions))

    def matching(self, wanted: str) -> "Plan":
        """The same, with one more condition for the index, a `tsquery`."""
        return replace(self, wanted=f"{self.wanted} & {wanted}" if self.wanted else wanted)


async def with_query(context: Context, plan: Plan, query: Query) -> Plan:
    """The plan, for what a query finds. Names in it are looked up: BAD_QUERY for too many."""
    for clause in query.clauses:
        plan = await _with_clause(context, plan, clause)
    return plan


async def with_filter(context: Context, plan: Plan, wanted: MessageFilter) -> Plan:
    """The plan, for messages that pass the filter as well."""
    plan = plan.within(wanted.since, wanted.until)
    if wanted.sender_id is not None:
        plan = plan.by([wanted.sender_id])
    if wanted.kinds:
        plan = plan.of_kinds(wanted.kinds)
    if wanted.bookmarked_by is not None:
        plan = await only_bookmarked(context, plan)
    if wanted.query is not None:
        plan = await with_query(context, plan, wanted.query)
    return plan


async def _with_clause(context: Context, plan: Plan, clause: Clause) -> Plan:
    if len(clause) == 1 and not clause[0].negated:
        match clause[0].term:
            case Sender():
                return plan.by(await _named(context, clause[0]))
            case Place():
                return plan.among(await _named(context, clause[0]))
            case Sent(since, until):
                return plan.within(since, until)
            case Trait.BOOKMARKED:
                return await only_bookmarked(context, plan)
    lexemes = [await _lexemes(context, condition) for condition in clause]
    if None not in lexemes:
        return plan.matching(_any_of([each for each in lexemes if each is not None]))
    return plan.also(or_(*[await _condition(context, condition) for condition in clause]))


async def only_bookmarked(context: Context, plan: Plan) -> Plan:
    """The plan for what the viewer marked: those messages themselves, unless they are too many."""
    b = bookmarks.c
    own = select(b.message_id).where(b.user_id == context.viewer.user_id)
    rows = await context.read.all(own.limit(MOST_NAMED + 1))
    if len(rows) > MOST_NAMED:
        return plan.also(bookmarked_by(context.viewer.user_id))
    return replace(plan, only=_both(plan.only, [row.message_id for row in rows]))


async def _lexemes(context: Context, condition: Condition) -> str | None:
    """The condition as a `tsquery`; None where the index does not know."""
    match condition.term:
        case Words(phrase):
            found = as_tsquery(phrase)
        case Kinds(kinds):
            found = _any_of([quoted(f".{kind.lower()}") for kind in sorted(kinds)])
        case Language(code):
            found = quoted(f".l-{code}")
        case Trait.LINK | Trait.EDITED as trait:
            found = quoted(f".{trait}")
        case Sender() | Place() as term:
            ids = await _named(context, condition)
            if not 0 < len(ids) <= INDEXED:
                return None
            found = _any_of(_marks("s" if isinstance(term, Sender) else "c", ids))
        case _:
            return None
    return f"!{found}" if condition.negated else found


async def _condition(context: Context, condition: Condition) -> ColumnElement[bool]:
    """The condition as one on `messages`, for those that are candidates otherwise."""
    term = condition.term
    if isinstance(term, Sender | Place):
        column = m.sender_id if isinstance(term, Sender) else m.conversation_id
        found = is_one_of(column, await _named(context, condition))
        holds: ColumnElement[bool] = func.coalesce(found, false())
    elif isinstance(term, Sent):
        holds = (m.sent_at >= term.since if term.since else literal(True)) & (
            m.sent_at < term.until if term.until else literal(True)
        )
    elif term is Trait.REACTION:
        holds = select(reactions.c.message_id).where(reactions.c.message_id == m.id).exists()
    elif term is Trait.BOOKMARKED:
        holds = bookmarked_by(context.viewer.user_id)
    else:
        positive = Condition(term, False, condition.start)
        holds = in_words(await _lexemes(context, positive) or "")
    return not_(holds) if condition.negated else holds


def bookmarked_by(user_id: UUID) -> ColumnElement[bool]:
    """Whether the user marked the message."""
    marked = select(bookmarks.c.id).where(
        bookmarks.c.message_id == m.id, bookmarks.c.user_id == user_id
    )
    return marked.exists()


def in_words(wanted: str) -> ColumnElement[bool]:
    """Whether a message matches a `tsquery`, asked of the message and not of the index."""
    return func.ts_match_vq(m.search, cast(literal(wanted), TSQUERY))


async def _named(context: Context, condition: Condition) -> list[UUID]:
    """The participants or conversations that a name means. Raises BAD_QUERY: too many."""
    term = condition.term
    if isinstance(term, Sender):
        found = await _senders(context, term.name)
    else:
        assert isinstance(term, Place)
        found = await _lookup(context, "parley_search_conversations", term.title)
    if len(found) > MOST_NAMED:
        raise BadQueryError(f"More than {MOST_NAMED:,} have this name.", condition.start)
    return found


async def _senders(context: Context, name: Phrase | None) -> list[UUID]:
    if name is not None:
        return await _lookup(context, "parley_search_participants", name)
    own = select(participants.c.id).where(participants.c.user_id == context.viewer.user_id)
    return [row.id for row in await context.read.all(own.limit(MOST_NAMED + 1))]


async def _lookup(context: Context, function: str, name: Phrase) -> list[UUID]:
    wanted = cast(literal(as_tsquery(name)), TSQUERY)
    found = getattr(func, function)(wanted, literal(MOST_NAMED + 1)).table_valued("found")
    return [row.found for row in await context.read.all(select(found.c.found))]


def _marks(mark: str, ids: Sequence[UUID]) -> list[str]:
    """The lexemes by which the index knows conversations (`c`) or senders (`s`)."""
    return [quoted(f".{mark}{each.hex[-12:]}") for each in ids]


def _any_of(lexemes: Sequence[str]) -> str:
    return f"({' | '.join(lexemes)})" if len(lexemes) > 1 else lexemes[0]


def _both(known: tuple[UUID, ...] | None, more: Sequence[UUID]) -> tuple[UUID, ...]:
    return tuple(sorted(set(more) if known is None else set(known) & set(more)))
