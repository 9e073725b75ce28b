"""Schedules by id, and how far their deliveries have come."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from models.database import Reader, Row
from models.tables import deliveries, schedules
from resolvers.loaders.batching import many_each, one_each
from resolvers.paging import Keyset
from resolvers.scope import is_one_of

s = schedules.c
COLUMNS = (
    s.id,
    s.conversation_id,
    s.created_by_id,
    s.status,
    s.body,
    s.send_at,
    s.time_zone,
    s.next_at,
    s.created_at,
)
BY_CREATION = Keyset(b"s", s.created_at, s.id, descending=True)


async def schedules_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The tenant's schedules with these ids."""
    statement = select(*COLUMNS).where(is_one_of(s.id, list(ids)), s.tenant_id == read.tenant_id)
    return one_each(await read.all(statement), ids, "id")


async def delivery_counts(read: Reader, schedule_ids: Sequence[UUID]) -> list[list[Row]]:
    """For each schedule its deliveries counted by status: rows (schedule_id, status, count)."""
    d = deliveries.c
    statement = (
        select(d.schedule_id, d.status, func.count().label("count"))
        .where(is_one_of(d.schedule_id, list(schedule_ids)))
        .group_by(d.schedule_id, d.status)
        .order_by(d.status)
    )
    return many_each(await read.all(statement), schedule_ids, "schedule_id")
