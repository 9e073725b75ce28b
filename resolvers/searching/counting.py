"""How many messages match, and where they are: counted over the newest 1,000."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from models.messages import MessageKind
from models.tables import messages
from resolvers.context import Context
from resolvers.searching.bounds import Bounds
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
    """Count the newest matches, as many as fit and as there is time for."""
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
