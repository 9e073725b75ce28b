"""Recurrence rules: the part of RFC 5545 (3.3.10) that schedules take, and their wall times."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

MAX_LENGTH = 500
CLOSEST = timedelta(minutes=1)
# The Gregorian calendar repeats itself every 400 years, weekdays too. Rules are worked out as late
# as datetime allows, so that one that never matches is found out after centuries, not millennia.
LATER = 19 * 400
LAST_WALL = datetime.fromisoformat(f"{9999 - LATER}-12-31T23:59:59")
# How many occurrences are looked at for two that are too close.
_LOOKED_AT = 500

_FREQUENCIES = ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_WALL = "%Y%m%dT%H%M%S"
# What each list may hold, and whether it may count from the end too.
_NUMBERS: dict[str, tuple[range, bool]] = {
    "BYMONTH": (range(1, 13), False),
    "BYMONTHDAY": (range(1, 32), True),
    "BYYEARDAY": (range(1, 367), True),
    "BYWEEKNO": (range(1, 54), True),
    "BYHOUR": (range(24), False),
    "BYMINUTE": (range(60), False),
    "BYSETPOS": (range(1, 367), True),
}
_SINGLE = {"INTERVAL": range(1, 10_001), "COUNT": range(1, 1_000_001)}


class BadRule(ValueError):  # noqa: N818 - it reads as what was found
    """The text is no rule that schedules take; the message says what is wanted."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A wall time of a rule, and which one of its wall times it is, counted from 1."""

    wall: datetime
    number: int = 1


def checked_rule(text: str, zone: ZoneInfo, start: datetime) -> str:
    """The rule in the form that is kept, `UNTIL` as a wall time. Raises BadRule.

    `RRULE:` before it is left out. A rule must not repeat more often than once a minute, and have
    an occurrence at the wall time `start` or after it. This takes some milliseconds, and half a
    second for rules made to be slow: not for an event loop.
    """
    if len(text) > MAX_LENGTH:
        raise BadRule(f"a rule has at most {MAX_LENGTH} characters")
    parts = _parts(text.strip().upper().removeprefix("RRULE:"))
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadRule(f"FREQ is one of {', '.join(_FREQUENCIES)}")
    if "UNTIL" in parts and "COUNT" in parts:
        raise BadRule("give UNTIL or COUNT, not both")
    for name, value in parts.items():
        _check(name, value, parts["FREQ"])
    if "UNTIL" in parts:
        parts["UNTIL"] = _until(parts["UNTIL"], zone).strftime(_WALL)
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    _check_density(rule, start)
    return rule


def walls(rule: str, place: Place) -> Iterator[Place]:
    """The rule's wall times from `place` on, which is its start or one of them.

    Going on from one of its own wall times gives the same as beginning anew: it stands where the
    interval counts, and has every part that the rule took from its start.
    """
    count = re.search(r"COUNT=(\d+)", rule)
    if count:
        left = int(count[1]) - place.number + 1
        if left < 1:
            return
        rule = rule.replace(count[0], f"COUNT={left}")
    until = re.search(r"UNTIL=(\d{4})", rule)
    if until:
        rule = rule.replace(until[0], f"UNTIL={int(until[1]) + LATER}")
    found = rrulestr(rule, dtstart=_years_on(place.wall, LATER))
    for number, wall in enumerate(found, place.number):
        yield Place(_years_on(wall, -LATER), number)


def _years_on(wall: datetime, years: int) -> datetime:
    return wall.replace(year=wall.year + years)


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in parts:
            raise BadRule(f"{part[:32]!r} is no part of a rule; write FREQ=WEEKLY;BYDAY=MO,FR")
        parts[name] = value
    return parts


def _check(name: str, value: str, frequency: str) -> None:
    if name in ("FREQ", "UNTIL"):
        return
    if name == "WKST" and re.fullmatch(_DAY, value):
        return
    if name == "BYDAY":
        ordinal = "(?:[+-]?[1-9][0-9]?)?" if frequency in ("MONTHLY", "YEARLY") else ""
        if re.fullmatch(f"{ordinal}{_DAY}(?:,{ordinal}{_DAY})*", value):
            return
    elif name in _SINGLE:
        if value.isdecimal() and int(value) in _SINGLE[name]:
            return
    elif name in _NUMBERS:
        allowed, from_end = _NUMBERS[name]
        numbers = value.split(",")
        if all(re.fullmatch(r"[+-]?[0-9]{1,3}", number) for number in numbers) and all(
            (abs(int(number)) if from_end else int(number)) in allowed for number in numbers
        ):
            return
    raise BadRule(f"{name[:32]}={value[:32]} is nothing that FREQ={frequency} can have")


def _until(value: str, zone: ZoneInfo) -> datetime:
    """The last wall time that may be meant: a date is meant to its end."""
    if not re.fullmatch(r"\d{8}(T\d{6}Z?)?", value):
        raise BadRule(f"UNTIL={value[:32]} is no time; write 20301231 or 20301231T090000")
    try:
        if value.endswith("Z"):
            found = datetime.fromisoformat(value).astimezone(zone).replace(tzinfo=None)
        elif "T" in value:
            found = datetime.fromisoformat(value)
        else:
            found = datetime.combine(date.fromisoformat(value), time(23, 59, 59))
    except (ValueError, OverflowError):
        raise BadRule(f"UNTIL={value} is not in the calendar") from None
    return min(found, LAST_WALL)


def _check_density(rule: str, start: datetime) -> None:
    try:
        first = [place.wall for place in islice(walls(rule, Place(start)), _LOOKED_AT)]
    except ValueError as error:
        raise BadRule(f"{error}") from None
    if not first:
        raise BadRule("the rule never comes to pass")
    if any(later - earlier < CLOSEST for earlier, later in pairwise(first)):
        raise BadRule("a schedule recurs once a minute at most")
