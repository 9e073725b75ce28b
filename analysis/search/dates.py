"""Dates as people write them in a query: a day, a month or a year, in UTC."""

import re
from datetime import UTC, datetime, timedelta

_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII)
_LATEST_YEAR = 9_998


def period(text: str) -> tuple[datetime, datetime] | None:
    """When the day, month or year begins and when the next one does; None for what is no date."""
    found = _DATE.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= _LATEST_YEAR:
        return None
    try:
        start = datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=UTC)
    except ValueError:
        return None
    if found[3] is not None:
        return start, start + timedelta(days=1)
    if found[2] is not None:
        return start, (start + timedelta(days=31)).replace(day=1)
    return start, start.replace(year=start.year + 1)
