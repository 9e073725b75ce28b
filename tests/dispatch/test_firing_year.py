"""A year of recurrences in five zones, fired one by one, against dateutil's own answers."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil import tz
from dateutil.rrule import rrulestr

from models.recurrence import Timing
from models.schedules import GapRule, Schedule
from tests.dispatch.house import House

# Clocks change in the night to a Sunday; these times are skipped, or shown twice.
CLOCKS = (
    ("Europe/Madrid", time(2, 15)),
    ("America/New_York", time(1, 15)),
    ("America/New_York", time(2, 15)),
    ("Australia/Lord_Howe", time(2, 15)),
    ("America/Santiago", time(0, 15)),
    ("Asia/Kolkata", time(2, 15)),
)
RULES = ("FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYMONTHDAY=-1")
YEAR = timedelta(days=365)


async def recurring(house: House, zone: str, rule: str, start: datetime) -> UUID:
    """A schedule whose wall times that the clocks skip are read as RFC 5545 does."""
    timing = Timing(start, ZoneInfo(zone), rule, gap=GapRule.OFFSET_BEFORE)
    first = next(timing.occurrences())
    schedule = Schedule(
        tenant_id=house.tenant,
        conversation_id=house.conversation,
        created_by_id=house.user,
        body=f"{zone} {rule}",
        send_at=first.at,
        time_zone=zone,
        wall_start=start,
        recurrence=rule,
        gap_rule=GapRule.OFFSET_BEFORE,
        next_at=first.at,
        next_wall=first.place.wall,
        next_number=first.place.number,
    )
    async with house.database.transaction(house.tenant) as session:
        session.add(schedule)
    return schedule.id


def by_dateutil(zone: str, rule: str, start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments of a year by dateutil: its rules, its zones, its reading of skipped times."""
    clocks = tz.gettz(zone)
    for wall in rrulestr(rule, dtstart=start).between(start, start + 2 * YEAR, inc=True):
        moment = tz.resolve_imaginary(wall.replace(tzinfo=clocks)).astimezone(UTC)
        if moment < end:
            yield moment


async def test_a_year_in_five_zones_is_what_dateutil_says(house: House) -> None:
    begin = date(house.clock().year + 1, 1, 1)
    end = datetime.combine(begin + YEAR, time(), UTC)
    expected = {}
    for (zone, hour), rule in product(CLOCKS, RULES):
        start = datetime.combine(begin, hour)
        schedule = await recurring(house, zone, rule, start)
        expected[schedule] = list(by_dateutil(zone, rule, start, end))
    for moment in sorted({moment for moments in expected.values() for moment in moments}):
        house.clock.present = moment
        await house.fire()
    # None comes early, and none late.
    fired = defaultdict(list)
    for row in await house.owner.fetch(
        "SELECT schedule_id, occurrence_at FROM deliveries WHERE created_at = occurrence_at"
        " ORDER BY occurrence_at"
    ):
        fired[row["schedule_id"]].append(row["occurrence_at"])
    assert fired == expected
    assert await house.owner.fetchval("SELECT count(*) FROM deliveries") == sum(
        len(moments) for moments in expected.values()
    )
