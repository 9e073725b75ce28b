"""Carrying a plan out, step by step, from the newest match to the oldest or the other way.

A step compares the newest few messages: what is said often is found there, for less than the index
would cost, and where it is said often enough the next step goes on so. Else it asks the index about
month after month until there are enough. It is one call of a function of the migrations,
`parley_search_newest` or `parley_search_oldest`, which reads past row-level security within the
connection's tenant, and tells of what the viewer may see where it belongs. The texts of messages
are joined to what it tells, as any other query reads them. Mostly one step is all.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, text

from models.base import Timestamp
from models.database import Row
from models.ids import time_of
from models.tables import conversations, messages
from resolvers.context import Context
from resolvers.paging import Selection
from resolvers.scope import (
    TENANT_ID,
    USER_ID,
    given_message_ids,
    is_one_of,
    times_of,
    visible_conversations,
)
from resolvers.searching.bounds import EARLIEST, LATEST, Bounds
from resolvers.searching.hits import TOLD, arguments, find, senders_of, with_messages
from resolvers.searching.pace import WALKED, WALKED_BLINDLY, Pace
from resolvers.searching.plan import Plan, in_words

c, m = conversations.c, messages.c
SINCE, UNTIL = (bindparam(name, type_=Timestamp) for name in ("since", "until"))
CANDIDATES = 2_000
"""Asked for at once where each must be looked at."""
FIRST_PARTITION = text(
    "SELECT min(relname) FROM pg_class"
    " WHERE relname ~ '^messages_y\\d{4}m\\d\\d$' AND relkind = 'r'"
)


@dataclass
class Found:
    """Rows, in order. `left` is what was not searched; None when all was.

    `partial`: the time was up before there were enough.
    """

    rows: list[Row] = field(default_factory=list)
    left: Bounds | None = None
    partial: bool = False


@dataclass(frozen=True)
class Search:
    """One search: what for, which columns of messages, which way, and until when at most.

    `deadline` is a reading of `time.perf_counter`; the first step is always made.
    """

    context: Context
    plan: Plan
    columns: Sequence[ColumnElement[Any]]
    falling: bool = True
    deadline: float = float("inf")

    async def find(self, enough: int, bounds: Bounds) -> Found:
        """The first so many matches within the bounds, and what is left behind the last one."""
        bounds = bounds.within(EARLIEST, LATEST).within(self.plan.since, self.plan.until)
        if bounds.is_empty or self.plan.is_empty:
            return Found()
        if not self.falling and bounds.since == EARLIEST:
            bounds = bounds.within(await self._first_month(), None)
        found = Found(left=None if bounds.is_empty else bounds)
        if self.plan.only is not None:
            return await self._among(enough, bounds)
        pace = Pace(WALKED_BLINDLY if self.plan.indexed is None else WALKED)
        while found.left is not None and len(found.rows) < enough:
            if pace.steps and time.perf_counter() >= self.deadline:
                found.partial = True
                break
            await self._step(found, found.left, enough, pace)
        return found

    @property
    def _is_told(self) -> bool:
        """Whether the steps tell all that is wanted of a message."""
        return {column.key for column in self.columns} <= TOLD

    async def _step(self, found: Found, left: Bounds, enough: int, pace: Pace) -> None:
        wanted = enough - len(found.rows)
        needed = CANDIDATES if self.plan.others else wanted
        started = time.perf_counter()
        rows, reached = await self._hits(left, needed, pace)
        if self.plan.others:
            rows = (await self._rows([hit.id for hit in rows]))[:wanted]
            reached = rows[-1].id if len(rows) == wanted else reached
        pace.steps += 1
        if self.plan.indexed is None:
            pace.go_on_by_time(time.perf_counter() - started)
        found.rows.extend(rows)
        rest = left.below(left, reached) if self.falling else left.above(left, reached)
        found.left = None if rest.is_empty else rest

    def _near(self, left: Bounds, months: int) -> datetime:
        """The time as far as the next step walks. Fewer months are fewer partitions to open."""
        if self.falling:
            return left.newest(months, self.context.services.clock()).since
        return left.oldest(months).until

    async def _hits(self, left: Bounds, needed: int, pace: Pace) -> tuple[list[Row], UUID | None]:
        """What may match, and how far the step came; None: through all that was left.

        Where more is asked of candidates than the index knows, they are as TOLD.
        """
        context, plan = self.context, self.plan
        given = arguments(context, plan, left, needed, self.deadline)
        given |= {"near": self._near(left, pace.months), "walked": pace.rows}
        if plan.others or self._is_told:
            rows = await context.read.rows(find, self.falling, **given)
        else:
            shape = (self.falling, tuple(self.columns))
            rows = await context.read.rows(with_messages, *shape, **given)
            context.loaders.participant_named.prime_later(partial(senders_of, rows))
        if rows and not rows[-1].is_hit:
            hits = list(takewhile(_is_hit, rows))
            return hits, rows[len(hits)].id
        return rows, rows[-1].id if len(rows) == needed else None

    async def _rows(self, ids: list[UUID]) -> list[Row]:
        """The messages with these ids that the viewer may see and that fulfil the rest."""
        if not ids:
            return []
        viewer, read = self.context.viewer, self.context.read
        values = {
            "ids": ids,
            "times": times_of(ids),
            "since": time_of(min(ids)),
            "until": time_of(max(ids)),
            "reader_tenant_id": viewer.tenant_id,
            "reader_user_id": viewer.user_id,
        }
        if not self.plan.others:
            return await read.rows(_visible, tuple(self.columns), self.falling, **values)
        # There is no end to conditions: their statements are not worth keeping.
        statement = _visible(self.columns, self.falling).where(*self.plan.others)
        return await read.all(statement.params(values))

    async def _first_month(self) -> datetime:
        """The start of the first month that has a partition."""
        name: str | None = await self.context.read.value(FIRST_PARTITION)
        found = re.fullmatch(r"messages_y(\d{4})m(\d\d)", name or "")
        return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC) if found else EARLIEST

    async def _among(self, enough: int, bounds: Bounds) -> Found:
        """The matches among the messages that the plan names."""
        plan = self.plan
        conditions = [*plan.others]
        if plan.wanted is not None:
            conditions.append(in_words(plan.wanted))
        if plan.places is not None:
            conditions.append(is_one_of(m.conversation_id, list(plan.places)))
        if plan.senders is not None:
            conditions.append(is_one_of(m.sender_id, list(plan.senders)))
        ids = sorted(
            (each for each in plan.only or () if bounds.low < each < bounds.high),
            reverse=self.falling,
        )
        rows = await replace(self, plan=replace(plan, others=tuple(conditions)))._rows(ids)
        if len(rows) <= enough:
            return Found(rows=rows)
        last = rows[enough - 1].id
        left = replace(bounds, high=last) if self.falling else replace(bounds, low=last)
        return Found(rows=rows[:enough], left=left)


def _is_hit(row: Row) -> bool:
    is_hit: bool = row["is_hit"]
    return is_hit


def _visible(columns: Sequence[ColumnElement[Any]], falling: bool) -> Selection:
    """The messages with given ids that the viewer may see, in order."""
    seen = select(c.id).where(c.id == m.conversation_id, visible_conversations(TENANT_ID, USER_ID))
    return (
        select(*columns)
        .where(
            given_message_ids(),
            # Months are passed over by a range of times, not by a list of them.
            m.sent_at.between(SINCE, UNTIL),
            m.deleted_at.is_(None),
            # OFFSET keeps PostgreSQL from beginning with all conversations.
            seen.offset(0).exists(),
        )
        .order_by(m.id.desc() if falling else m.id.asc())
    )
