"""How many messages match, and where they are: counted over the newest 1,000.

PostgreSQL counts what its index finds: a thousand rows take Python longer than they take PostgreSQL
to find. Conditions that the index does not know are for the steps, whose rows are counted here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Date,
    Text,
    cast,
    func,
    literal,
    select,
    union_all,
)

from models.database import Row
from models.messages import MessageKind
from models.tables import messages
from resolvers.context import Context
from resolvers.paging import Selection
from resolvers.searching.bounds import EARLIEST, LATEST, Bounds
from resolvers.searching.hits import arguments, find
from resolvers.searching.pace import MONTHS, WALKED
from resolvers.searching.plan import Plan
from resolvers.searching.steps import Search

m = messages.c
COUNTED = 1_000
MOST_VALUES = 50
_COUNTED_OF_EACH = (m.id, m.conversation_id, m.sender_id, m.sent_at, m.kind)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facets:
    """The counted matches by what they have in common, the most frequent values first.

    `capped`: there are more than were counted. `partial`: the time was up, so there may be. Months
    are given by their first day, in UTC.
    """

    total: int
    capped: bool
    partial: bool
    conversations: list[tuple[UUID, int]]
    senders: list[tuple[UUID, int]]
    months: list[tuple[date, int]]
    kinds: list[tuple[MessageKind, int]]


async def facets(context: Context, plan: Plan, deadline: float) -> Facets:
    """Count the newest matches, as many as fit and as there is time for.

    `deadline` is a reading of `time.perf_counter`.
    """
    bounds = Bounds().within(EARLIEST, LATEST).within(plan.since, plan.until)
    if plan.is_empty or bounds.is_empty:
        return _facets_of([])
    if plan.indexed is None or plan.others or plan.only is not None:
        return await _by_steps(context, plan, deadline)
    return await _by_index(context, plan, bounds, deadline)


async def _by_index(context: Context, plan: Plan, bounds: Bounds, deadline: float) -> Facets:
    near = bounds.newest(MONTHS, context.services.clock()).since
    given = arguments(context, plan, bounds, COUNTED + 1, deadline)
    return _facets_of(await context.read.rows(_counts, **given, near=near, walked=WALKED))


def _counts() -> ClauseElement:
    """How many hits have which value, and how many rows are hits: what of, the value, how many."""
    found = find(falling=True).cte("found")
    f = found.c
    counted = select(found).where(f.is_hit).order_by(f.id.desc()).limit(COUNTED).cte("counted")
    hit = counted.c

    def of(what: str, value: ColumnElement[Any]) -> Selection:
        latest = func.max(hit.sent_at)
        grouped = select(value.label("value"), func.count().label("count"), latest.label("latest"))
        grouped = grouped.where(value.is_not(None)).group_by(value)
        most = grouped.order_by(func.count().desc(), latest.desc()).limit(MOST_VALUES).subquery()
        return select(literal(what).label("what"), cast(most.c.value, Text), most.c.count)

    return union_all(
        of("conversations", hit.conversation_id),
        of("senders", hit.sender_id),
        of("months", func.date_trunc("month", hit.sent_at, "UTC").cast(Date)),
        of("kinds", hit.kind),
        select(literal("is_hit"), cast(f.is_hit, Text), func.count()).group_by(f.is_hit),
    )


def _facets_of(rows: Sequence[Row]) -> Facets:
    """The facets that rows of `_counts` tell."""
    values: dict[str, list[tuple[str, int]]] = {}
    for what, value, count in rows:
        values.setdefault(what, []).append((value, count))
    hits = dict(values.get("is_hit", ()))
    total = hits.get("true", 0)
    return Facets(
        total=min(total, COUNTED),
        capped=total > COUNTED,
        partial="false" in hits,
        conversations=[(UUID(key), count) for key, count in values.get("conversations", ())],
        senders=[(UUID(key), count) for key, count in values.get("senders", ())],
        months=[(date.fromisoformat(day), count) for day, count in values.get("months", ())],
        kinds=[(MessageKind(kind), count) for kind, count in values.get("kinds", ())],
    )


async def _by_steps(context: Context, plan: Plan, deadline: float) -> Facets:
    """The same where the index does not know all that is asked for."""
    search = Search(context, plan, _COUNTED_OF_EACH, deadline=deadline)
    found = await search.find(COUNTED + 1, Bounds())
    rows = found.rows[:COUNTED]
    # Attributes take several times as long, which is felt with so many rows.
    senders = (row["sender_id"] for row in rows)
    sent_at = [row["sent_at"] for row in rows]
    return Facets(
        total=len(rows),
        capped=len(found.rows) > COUNTED,
        partial=found.partial,
        conversations=_most(row["conversation_id"] for row in rows),
        senders=_most(sender for sender in senders if sender is not None),
        # Times come in UTC.
        months=[
            (date(year, month, 1), count)
            for (year, month), count in _most((moment.year, moment.month) for moment in sent_at)
        ],
        kinds=[(MessageKind(kind), count) for kind, count in _most(row["kind"] for row in rows)],
    )


def _most(values: Iterable[T]) -> list[tuple[T, int]]:
    return Counter(values).most_common(MOST_VALUES)
