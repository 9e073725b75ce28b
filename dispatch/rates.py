"""Token buckets as one time each: when the next message conforms. Pure functions of `now`.

This is the generic cell rate algorithm (ITU-T I.371): a bucket of `burst` tokens that fills at one
token per `interval`. A bucket that was never used, or whose time is long over, is full.

Unlike there, who takes a token up to an interval late keeps the turn: otherwise each moment that
workers come late would be lost, and a rate would never be reached.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most one message per `interval` on average, `burst` of them at once."""

    interval: timedelta
    burst: int = 1

    @classmethod
    def of(cls, count: int, period: timedelta, burst: int | None = None) -> "Rate":
        """`count` messages per `period`, with a burst of a hundredth of them unless told.

        So no period sees more than one in a hundred above `count`, or one at all.
        """
        return cls(period / count, max(1, count // 100) if burst is None else burst)

    @property
    def credit(self) -> timedelta:
        """How long before its turn a message may go."""
        return self.interval * (self.burst - 1)


def available(rate: Rate, ready_at: datetime | None, now: datetime) -> int:
    """How many messages conform now."""
    late = now - _turn(rate, ready_at, now)
    return max(0, rate.burst + late // rate.interval)


def charged(rate: Rate, ready_at: datetime | None, now: datetime, count: int) -> datetime:
    """When the next message conforms after `count` more were sent now."""
    return _turn(rate, ready_at, now) + rate.interval * count - rate.credit


def _turn(rate: Rate, ready_at: datetime | None, now: datetime) -> datetime:
    """When the next message is due by the rate alone; now, where nobody has asked for long."""
    if ready_at is None:
        return now
    turn = ready_at + rate.credit
    return now if now - turn > rate.interval else turn
