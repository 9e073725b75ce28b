"""Schedules by id, and the order of their list."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from models.database import Reader, Row
from models.tables import schedules
from resolvers.loaders.batching import one_each
from resolvers.paging import Keyset
from resolvers.scope import is_one_of

s = schedules.c
COLUMNS = (
    *(s.id, s.created_at, s.created_by_id, s.status, s.revision, s.priority, s.device_id),
    s.last_seq,
    *(s.audience, s.conversation_id, s.recipient_group_id),
    *(s.body, s.template_id, s.variables, s.content),
    *(s.send_at, s.time_zone, s.wall_start, s.recurrence, s.excluded, s.gap_rule, s.overlap_rule),
    *(s.missed_rule, s.grace_seconds, s.respects_quiet_hours),
    *(s.next_at, s.next_wall, s.next_number, s.occurrences, s.skipped),
    *(s.faults, s.aside_until, s.aside_code),
)
BY_CREATION = Keyset(b"s", s.created_at, s.id, descending=True)


async def schedules_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The tenant's schedules with these ids."""
    statement = select(*COLUMNS).where(is_one_of(s.id, list(ids)), s.tenant_id == read.tenant_id)
    return one_each(await read.all(statement), ids, "id")
