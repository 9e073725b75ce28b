"""Where in time a search stands. Ids hold their message's time, so an id is a place in time."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.ids import time_of

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No message is older: the database makes no partition for it."""
FIRST = UUID(int=0)
LAST = UUID(int=(1 << 128) - 1)
LATEST = datetime(9999, 12, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is left to search: the messages whose ids lie between `low` and `high`, without both."""

    low: UUID = FIRST
    high: UUID = LAST

    @property
    def since(self) -> datetime:
        """No message left is older."""
        return max(EARLIEST, time_of(UUID(int=self.low.int + 1)))

    @property
    def until(self) -> datetime:
        """No message left is newer."""
        newest = UUID(int=self.high.int - 1)
        return time_of(newest) if newest < floor(LATEST) else LATEST

    @property
    def is_empty(self) -> bool:
        """Whether no message can be left."""
        return self.high.int - self.low.int <= 1

    def within(self, since: datetime | None, until: datetime | None) -> "Bounds":
        """The part that was sent at `since` or later and before `until`."""
        bounds = self
        if since is not None:
            bounds = replace(bounds, low=max(bounds.low, before(since)))
        if until is not None:
            bounds = replace(bounds, high=min(bounds.high, floor(until)))
        return bounds

    def newest(self, months: int, now: datetime) -> "Bounds":
        """The part within so many calendar months, of which this or the newest is the last."""
        start = months_before(min(self.until, now), months - 1)
        return replace(self, low=max(self.low, before(start)))

    def oldest(self, months: int) -> "Bounds":
        """The part within so many calendar months, of which the oldest is the first."""
        end = months_before(self.since, -months)
        return replace(self, high=min(self.high, floor(end)))

    def above(self, part: "Bounds", reached: UUID | None) -> "Bounds":
        """What is left after the part was searched upwards as far as `reached`; None: all of it."""
        return replace(self, low=UUID(int=part.high.int - 1) if reached is None else reached)

    def below(self, part: "Bounds", reached: UUID | None) -> "Bounds":
        """The same, searched downwards."""
        return replace(self, high=UUID(int=part.low.int + 1) if reached is None else reached)


def place_id(moment: datetime, identity: UUID) -> UUID:
    """The id that stands where a position in reading order does.

    A position may be made up: a time, with an id that lies before or behind all those of the time.
    """
    if identity.int >> 80 == _milliseconds(moment):
        return identity
    return floor(moment) if identity.int == 0 else floor(moment + timedelta(microseconds=1))


def floor(moment: datetime) -> UUID:
    """The id before which lie those of all messages sent before `moment`."""
    return UUID(int=min(max(0, _milliseconds(moment)), (1 << 48) - 1) << 80)


def before(moment: datetime) -> UUID:
    """The id behind which lie those of all messages sent at `moment` or later."""
    return UUID(int=max(0, floor(moment).int - 1))


def months_before(moment: datetime, months: int) -> datetime:
    """The start of the month that lies so many months before that of `moment`."""
    count = moment.year * 12 + moment.month - 1 - months
    if count < EARLIEST.year * 12:
        return EARLIEST
    if count >= LATEST.year * 12:
        return LATEST
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)


def _milliseconds(moment: datetime) -> int:
    """Since 1970, rounded up: messages are sent at whole milliseconds."""
    return -((_EPOCH - moment) // _MILLISECOND)
