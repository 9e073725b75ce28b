"""When a message is tried again, and when a lost one is looked for: pure functions of their inputs.

`jitter` gives numbers of [0, 1). It only ever lengthens a wait, so that a time an outlet asked for
is kept to.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateways.protocol import Action, GatewayError

Jitter = Callable[[], float]

# What an outlet may ask for at most: a day is the longest that any documents.
LONGEST_RETRY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first` to `ceiling`, each up to `spread` of itself longer."""

    tries: int
    first: timedelta
    ceiling: timedelta
    spread: float = 0.2

    def wait(self, tried: int) -> timedelta:
        """The wait after the try of this number, counted from 1, without jitter."""
        # Past 2^32 every wait is the ceiling, and the product would overflow.
        return min(self.first * (1 << min(tried - 1, 32)), self.ceiling)


BACKOFFS = {
    Action.RETRY: Backoff(tries=10, first=timedelta(seconds=5), ceiling=timedelta(minutes=5)),
    Action.SLOW_DOWN: Backoff(tries=20, first=timedelta(seconds=30), ceiling=timedelta(hours=1)),
}
LOOKS = Backoff(tries=12, first=timedelta(seconds=10), ceiling=timedelta(hours=1))


def next_attempt(
    now: datetime, attempt: int, error: GatewayError, jitter: Jitter = random.random
) -> datetime | None:
    """When to send again after attempt number `attempt` (from 1) failed; None: never.

    No earlier than the error's `retry_after`, of which a day counts at most.
    """
    backoff = BACKOFFS.get(error.action)
    if backoff is None or attempt >= backoff.tries:
        return None
    asked = min(error.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    return now + max(backoff.wait(attempt), asked) * (1 + backoff.spread * jitter())


def next_look(now: datetime, looks: int, jitter: Jitter = random.random) -> datetime | None:
    """When to look again for a message that was looked for `looks` times; None: no more.

    The first wait lets a request that was cut off come to its end on the other side.
    """
    if looks >= LOOKS.tries:
        return None
    return now + LOOKS.wait(looks + 1) * (1 + LOOKS.spread * jitter())
