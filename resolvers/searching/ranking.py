"""The best matches first: the newest 1,000, by how close together the words stand."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Double, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import cast

from models.database import Row
from models.tables import messages
from resolvers.context import Context
from resolvers.errors import Code, ParleyError
from resolvers.loaders.messages import COLUMNS
from resolvers.opaque import opaque, packed_in
from resolvers.scope import message_ids, visible_messages
from resolvers.searching.bounds import Bounds
from resolvers.searching.plan import Plan
from resolvers.searching.steps import Search

m = messages.c
RANKED = 1_000
# `ts_rank_cd` divides by 1 + the logarithm of the number of words, so that long texts do not win.
_BY_LENGTH = 1
_PACKED = struct.Struct(">cd16s16s16s")
RANKED_TAG = b"r"
RANKED_CORRECTED = b"R"
"""The tag of cursors among what was meant by a query that matches nothing."""


@dataclass(frozen=True, slots=True)
class RankCursor:
    """A place in the order by rank: behind this rank and id, among the matches within bounds."""

    rank: float
    id: UUID
    bounds: Bounds
    tag: bytes = RANKED_TAG

    @property
    def text(self) -> str:
        """As a client passes it back."""
        ids = (self.id.bytes, self.bounds.low.bytes, self.bounds.high.bytes)
        return opaque(_PACKED.pack(self.tag, self.rank, *ids))

    @classmethod
    def of(cls, text: str, tag: bytes = RANKED_TAG) -> "RankCursor":
        """The place in a cursor with this tag. Raises BAD_CURSOR for any other text."""
        try:
            found_tag, rank, *ids = _PACKED.unpack(packed_in(text))
            if found_tag != tag:
                raise ValueError(found_tag)
            found, low, high = (UUID(bytes=each) for each in ids)
            return cls(rank, found, Bounds(low, high), tag)
        except (ValueError, struct.error):
            message = "This cursor is not from this list; take one from its edges."
            raise ParleyError(Code.BAD_CURSOR, message) from None


@dataclass(frozen=True, slots=True)
class RankCursors:
    """The cursors of the rows that `ranked` gives."""

    bounds: Bounds
    tag: bytes

    def cursor(self, row: Row) -> str:
        """The place of a row."""
        return RankCursor(row.rank, row.id, self.bounds, self.tag).text


@dataclass(frozen=True, slots=True)
class RankedPool:
    """The matches to be ranked, the bounds that hold them, and whether the time was up."""

    ids: Sequence[UUID]
    bounds: Bounds
    partial: bool


async def ranked_pool(
    context: Context, plan: Plan, after: RankCursor | None, deadline: float
) -> RankedPool:
    """The newest matches; behind a cursor, those among which its page was ranked."""
    if after is not None:
        found = await Search(context, plan, (m.id,)).find(RANKED, after.bounds)
        return RankedPool([row.id for row in found.rows], after.bounds, partial=False)
    found = await Search(context, plan, (m.id,), deadline=deadline).find(RANKED, Bounds())
    ids = [row.id for row in found.rows]
    bounds = Bounds(UUID(int=ids[-1].int - 1), UUID(int=ids[0].int + 1)) if ids else Bounds()
    return RankedPool(ids, bounds, found.partial)


async def ranked(
    context: Context, plan: Plan, pool: RankedPool, count: int, after: RankCursor | None
) -> list[Row]:
    """So many messages of the pool, those with the highest `rank` first, behind the cursor."""
    if not pool.ids:
        return []
    viewer = context.viewer
    wanted = cast(literal(plan.wanted), TSQUERY)
    rank = cast(func.ts_rank_cd(m.search, wanted, _BY_LENGTH), Double)
    statement = select(*COLUMNS, rank.label("rank")).where(
        message_ids(list(pool.ids)), visible_messages(viewer.tenant_id, viewer.user_id)
    )
    if after is not None:
        statement = statement.where(tuple_(rank, m.id) < tuple_(after.rank, after.id))
    return await context.read.all(statement.order_by(rank.desc(), m.id.desc()).limit(count))
