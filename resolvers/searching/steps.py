"""Carrying a plan out, step by step, from the newest match to the oldest or the other way.

The first step reads the newest few messages and compares: what is said often is found there, for
less than the index would cost, and where it is said often enough the next step goes on so. Else the
index is asked about the newest month, and about more months at once as long as the answers come
quickly, or about all at once where hardly anything was found: never before some thousand messages
were looked at, for the index would name all of what is said often. Each step is one call of a
function of the migrations, `parley_search_walk_…` or `parley_search_probe_…`, which read past
row-level security within the connection's tenant, and tell of what the viewer may see where it
belongs. The texts of messages are joined to what they tell, as any other query reads them.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, text

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
from resolvers.searching.hits import SINCE, TOLD, UNTIL, arguments, probe, walk, with_messages
from resolvers.searching.pace import EVERYTHING, WALKED, WALKED_APART, Pace
from resolvers.searching.plan import Plan, in_words

c, m = conversations.c, messages.c
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
        pace = Pace(WALKED_APART, apart=True) if self.plan.is_narrow else Pace(WALKED)
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
        part = self._part(left, pace)
        wanted = enough - len(found.rows)
        started = time.perf_counter()
        rows, reached = await self._hits(part, CANDIDATES if self.plan.others else wanted, pace)
        if self.plan.others:
            rows = (await self._rows([hit.id for hit in rows]))[:wanted]
            reached = rows[-1].id if len(rows) == wanted else reached
        found.rows.extend(rows)
        seconds = time.perf_counter() - started
        needed = wanted - len(rows)
        pace.steps += 1
        if pace.walking and reached is None:
            pace.months = EVERYTHING
        elif pace.walking and self.plan.indexed is not None:
            pace.go_on_by_density(len(rows), needed)
        else:
            pace.go_on_by_time(seconds, len(rows), needed)
        rest = left.below(part, reached) if self.falling else left.above(part, reached)
        found.left = None if rest.is_empty else rest

    def _part(self, left: Bounds, pace: Pace) -> Bounds:
        """The part of what is left that the next step searches."""
        if pace.walking and self.plan.is_narrow:
            return left
        if self.falling:
            return left.newest(pace.months, self.context.services.clock())
        return left.oldest(pace.months)

    async def _hits(self, part: Bounds, needed: int, pace: Pace) -> tuple[list[Row], UUID | None]:
        """What may match, and how far the step came; None: through the whole part.

        Where more is asked of candidates than the index knows, they are as TOLD.
        """
        context, plan, walking = self.context, self.plan, pace.walking
        given = arguments(context, plan, plan.wanted if walking else plan.indexed, part, needed)
        if walking:
            given["walked"] = pace.rows
        if plan.others or self._is_told:
            rows = await context.read.rows(walk if walking else probe, self.falling, **given)
        else:
            shape = (walking, self.falling, tuple(self.columns))
            rows = await context.read.rows(with_messages, *shape, **given)
        if rows and not rows[-1].is_hit:
            return rows[:-1], rows[-1].id
        return rows, rows[-1].id if rows and len(rows) == needed else None

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
