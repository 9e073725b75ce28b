"""Statistics as they are asked for."""

from datetime import date
from functools import cache
from zoneinfo import available_timezones

import orjson
from sqlalchemy import exists, or_, select

from models.database import Row
from models.tables import conversation_statistics, conversations, tenant_statistics
from models.tenants import Role
from resolvers.context import Context
from resolvers.errors import Code, ParleyError
from resolvers.loaders.statistics import Days, by_day, by_hour
from resolvers.paging import MAX_PAGE

t = tenant_statistics.c


async def tenant_statistics_of(context: Context) -> Row | None:
    """What was counted of the viewer's tenant; None where nothing was yet."""
    viewer = context.viewer
    viewer.require(Role.ADMIN)
    counted, c = conversation_statistics.c, conversations.c
    since = or_(
        exists().where(counted.tenant_id == t.tenant_id, counted.counted_at > t.as_of),
        exists().where(c.tenant_id == t.tenant_id, c.last_activity_at > t.as_of),
    )
    return await context.read.first(
        select(
            *(t.tenant_id, t.as_of, t.conversation_count, t.message_count, t.text_count),
            *(t.characters, t.sender_count, t.first_at, t.last_at, t.words, t.emoji, t.senders),
            *(t.response_seconds, t.names),
            since.label("stale"),
        ).where(t.tenant_id == viewer.tenant_id, t.as_of.is_not(None))
    )


async def tenant_days(context: Context, days: Days) -> list[Row]:
    """The tenant's messages by day: rows (day, count), at most the latest 366."""
    statement = by_day(tenant_statistics, t.tenant_id == context.viewer.tenant_id, days)
    return (await context.read.all(statement))[::-1]


async def tenant_hours(context: Context, zone: str) -> list[Row]:
    """The tenant's messages by weekday and hour."""
    own = t.tenant_id == context.viewer.tenant_id
    return await context.read.all(by_hour(tenant_statistics, own, known_zone(zone)))


def days_in(zone: str, since: date | None, until: date | None) -> Days:
    """Which days are asked for. Raises UNKNOWN_TIME_ZONE."""
    return Days(known_zone(zone), since, until)


def known_zone(name: str) -> str:
    """The name of an IANA time zone. Raises UNKNOWN_TIME_ZONE for any other text."""
    if name not in _zones():
        raise ParleyError(Code.UNKNOWN_TIME_ZONE, f"{name[:64]!r} is no IANA time zone.")
    return name


def top_of(pairs: str | None, size: int) -> list[tuple[str, int]]:
    """The first of the pairs that a column of statistics holds. Raises BAD_PAGE."""
    return [(text, count) for text, count in orjson.loads(pairs or "[]")[: size_within(size)]]


def size_within(size: int) -> int:
    """A length that was asked for. Raises BAD_PAGE."""
    if not 0 <= size <= MAX_PAGE:
        raise ParleyError(Code.BAD_PAGE, f"first must be from 0 to {MAX_PAGE}, not {size}.")
    return size


@cache
def _zones() -> frozenset[str]:
    # That is no name but a link of some machines, and PostgreSQL does not know it.
    return frozenset(available_timezones() - {"localtime"})
