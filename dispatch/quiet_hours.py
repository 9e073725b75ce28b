"""The hours in which nothing should reach a recipient: a pure function."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.recurrence import moments
from models.schedules import GapRule, OverlapRule


def after_quiet_hours(moment: datetime, zone: ZoneInfo, begin: time, end: time) -> datetime:
    """`moment`, or the end of the quiet hours that it falls in, by the recipient's clocks.

    Hours that begin later than they end go over midnight; `end` is not quiet any more.
    """
    local = moment.astimezone(zone).replace(tzinfo=None)
    quiet = begin <= local.time() < end if begin < end else not end <= local.time() < begin
    if not quiet:
        return moment
    day = local.date() if local.time() < end else local.date() + timedelta(days=1)
    ends = moments(datetime.combine(day, end), zone, GapRule.NEXT_VALID, OverlapRule.FIRST)[0]
    # While clocks are put back, the end may have been shown once already.
    return max(moment, ends)
