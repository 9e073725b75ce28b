"""Deliveries by schedule: pages of them, and how far they have come."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, func, literal, select

from models.database import Reader, Row
from models.deliveries import DeliveryStatus
from models.tables import deliveries, delivery_messages
from resolvers.loaders.batching import PageKey, many_each, one_each, page_each, value_each
from resolvers.paging import Keyset, Page, Selection
from resolvers.scope import is_one_of

d = deliveries.c
COLUMNS = (
    *(d.id, d.created_at, d.updated_at, d.schedule_id, d.conversation_id, d.contact_id),
    *(d.device_id, d.occurrence_at, d.recipient, d.priority, d.status, d.body, d.due_at),
    *(d.expires_at, d.attempted_at, d.attempt, d.external_id, d.error_code),
)
BY_RECIPIENT = Keyset(b"r", d.occurrence_at, d.id, then=d.recipient)


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What deliveries must be like; each given condition holds.

    `since` and `until` are about `updated_at`: the latter is not among what is meant.
    """

    statuses: tuple[DeliveryStatus, ...] | None = None
    error_code: str | None = None
    occurrence_at: datetime | None = None
    device_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on `deliveries`."""
        found: list[ColumnElement[bool]] = []
        if self.statuses is not None:
            values = [status.value for status in self.statuses]
            found.append(d.status == any_(literal(values, ARRAY(Text()))))
        if self.error_code is not None:
            found.append(d.error_code == self.error_code)
        if self.occurrence_at is not None:
            found.append(d.occurrence_at == self.occurrence_at)
        if self.device_id is not None:
            found.append(d.device_id == self.device_id)
        if self.since is not None:
            found.append(d.updated_at >= self.since)
        if self.until is not None:
            found.append(d.updated_at < self.until)
        return found


async def delivery_pages(read: Reader, keys: Sequence[PageKey]) -> list[Page]:
    """For each schedule a page of its deliveries, by occurrence and recipient."""

    def children(parent: ColumnElement[UUID], wanted: Any) -> Selection:
        return select(*COLUMNS).where(d.schedule_id == parent, *wanted.conditions())

    return await page_each(read, BY_RECIPIENT, children, keys)


async def deliveries_by_message(read: Reader, message_ids: Sequence[UUID]) -> list[Row | None]:
    """The deliveries that messages show."""
    shown = delivery_messages.c
    statement = (
        select(shown.message_id, d.id, d.status, d.error_code, d.updated_at)
        .join_from(delivery_messages, deliveries, d.id == shown.delivery_id)
        .where(is_one_of(shown.message_id, list(message_ids)))
    )
    return one_each(await read.all(statement), message_ids, "message_id")


async def delivery_counts(read: Reader, schedule_ids: Sequence[UUID]) -> list[list[Row]]:
    """For each schedule its deliveries counted by status: rows (schedule_id, status, count)."""
    statement = (
        select(d.schedule_id, d.status, func.count().label("count"))
        .where(is_one_of(d.schedule_id, list(schedule_ids)))
        .group_by(d.schedule_id, d.status)
        .order_by(d.status)
    )
    return many_each(await read.all(statement), schedule_ids, "schedule_id")


async def filtered_counts(read: Reader, keys: Sequence[tuple[UUID, DeliveryFilter]]) -> list[int]:
    """For each schedule how many of its deliveries a filter lets through."""
    asked: defaultdict[DeliveryFilter, list[UUID]] = defaultdict(list)
    for schedule_id, wanted in keys:
        asked[wanted].append(schedule_id)
    found: dict[tuple[UUID, DeliveryFilter], int] = {}
    for wanted, ids in asked.items():
        rows = await read.all(
            select(d.schedule_id, func.count())
            .where(is_one_of(d.schedule_id, ids), *wanted.conditions())
            .group_by(d.schedule_id)
        )
        counts = value_each(rows, ids, 0)
        found.update(zip(((key, wanted) for key in ids), counts, strict=True))
    return [found[key] for key in keys]
