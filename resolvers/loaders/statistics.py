"""Statistics of conversations, as they were counted last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Table,
    cast,
    column,
    func,
    select,
    true,
)

from models.base import Timestamp
from models.database import Reader, Row
from models.tables import conversation_statistics, conversations, participant_statistics
from resolvers.loaders.batching import many_each, one_each
from resolvers.paging import Selection
from resolvers.scope import is_one_of, parents

k = conversation_statistics.c
c = conversations.c
p = participant_statistics.c
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Days:
    """Which days: those of a time zone, from `since` on and before `until`."""

    zone: str
    since: date | None = None
    until: date | None = None


async def statistics_by_conversation(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """What was counted of each conversation; None where nothing was yet."""
    statement = (
        select(
            *(k.conversation_id, k.as_of, k.message_count, k.text_count, k.characters),
            *(k.sender_count, k.first_at, k.last_at, k.response_seconds, k.words, k.emoji),
            (c.last_seq != k.seq).label("stale"),
        )
        .join_from(conversation_statistics, conversations, c.id == k.conversation_id)
        .where(is_one_of(k.conversation_id, list(ids)), k.as_of.is_not(None))
    )
    return one_each(await read.all(statement), ids, "conversation_id")


async def days_by_conversation(read: Reader, keys: Sequence[tuple[UUID, Days]]) -> list[list[Row]]:
    """The messages of each conversation by day: rows (day, count), at most the latest 366."""
    found: dict[tuple[UUID, Days], list[Row]] = {}
    for days in {days for _, days in keys}:
        ids = [key for key, wanted in keys if wanted == days]
        parent = parents(ids)
        page = by_day(conversation_statistics, k.conversation_id == parent.c.parent_id, days)
        page_of_each = page.correlate(parent).lateral("days")
        statement = select(parent.c.parent_id, page_of_each).join_from(parent, page_of_each, true())
        rows = many_each(await read.all(statement), ids, "parent_id")
        found.update({(key, days): each[::-1] for key, each in zip(ids, rows, strict=True)})
    return [found[key] for key in keys]


async def hours_by_conversation(read: Reader, keys: Sequence[tuple[UUID, str]]) -> list[list[Row]]:
    """The messages of each conversation by weekday and hour of a time zone."""
    found: dict[tuple[UUID, str], list[Row]] = {}
    for zone in {zone for _, zone in keys}:
        ids = [key for key, wanted in keys if wanted == zone]
        own = is_one_of(k.conversation_id, ids)
        statement = by_hour(conversation_statistics, own, zone)
        statement = statement.add_columns(k.conversation_id).group_by(k.conversation_id)
        rows = many_each(await read.all(statement), ids, "conversation_id")
        found.update({(key, zone): each for key, each in zip(ids, rows, strict=True)})
    return [found[key] for key in keys]


async def participants_by_conversation(
    read: Reader, keys: Sequence[tuple[UUID, int]]
) -> list[list[Row]]:
    """Of each conversation so many of its participants, those who sent most first."""
    found: dict[tuple[UUID, int], list[Row]] = {}
    for size in {size for _, size in keys}:
        ids = [key for key, wanted in keys if wanted == size]
        parent = parents(ids)
        page = (
            select(*participant_statistics.c)
            .where(p.conversation_id == parent.c.parent_id)
            .order_by(p.message_count.desc(), p.participant_id)
            .limit(size)
            .correlate(parent)
            .lateral("senders")
        )
        statement = select(parent.c.parent_id, page).join_from(parent, page, true())
        rows = many_each(await read.all(statement), ids, "parent_id")
        found.update({(key, size): each for key, each in zip(ids, rows, strict=True)})
    return [found[key] for key in keys]


def by_day(table: Table, own: ColumnElement[bool], days: Days) -> Selection:
    """The messages of one row of statistics by day, the latest day first."""
    hour, count, hourly = _hourly(table)
    day = cast(func.timezone(days.zone, hour), Date)
    statement = select(day.label("day"), cast(func.sum(count), BigInteger).label("count"))
    statement = statement.select_from(table).join(hourly, true()).where(own)
    if days.since is not None:
        statement = statement.where(day >= days.since)
    if days.until is not None:
        statement = statement.where(day < days.until)
    return statement.group_by(day).order_by(day.desc()).limit(MOST_DAYS)


def by_hour(table: Table, own: ColumnElement[bool], zone: str) -> Selection:
    """The messages of rows of statistics by weekday (1: Monday) and hour."""
    hour, count, hourly = _hourly(table)
    local = func.timezone(zone, hour)
    weekday, of_day = (cast(func.extract(part, local), Integer) for part in ("isodow", "hour"))
    total = cast(func.sum(count), BigInteger).label("count")
    return (
        select(weekday.label("weekday"), of_day.label("hour"), total)
        .select_from(table)
        .join(hourly, true())
        .where(own)
        .group_by(weekday, of_day)
        .order_by(weekday, of_day)
    )


def _hourly(table: Table) -> tuple[ColumnElement[Any], ColumnElement[Any], Any]:
    """The two arrays of a row as rows: their columns, and what to join."""
    rows = func.unnest(table.c.hours, table.c.hourly).table_valued(
        column("hour", Timestamp), column("count", Integer), name="hourly"
    )
    hourly = rows.render_derived().lateral()
    return hourly.c.hour, hourly.c.count, hourly
