"""Which occurrence of a schedule is to be fired, and which are too late: pure functions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from models.recurrence import Occurrence, Timing
from models.schedules import MissedRule

# What is later than this was missed: workers that run need a fraction of a second.
PUNCTUAL = timedelta(minutes=1)
# How many missed occurrences are left out at a time; the rest has its turn later.
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Run:
    """What becomes of a schedule that is due.

    `fire` is the occurrence to be fired now, if one is; `skipped` were left out before it.
    `following` is the next one, be it due already or not; None: the schedule has come to its end.
    """

    fire: Occurrence | None
    skipped: int
    following: Occurrence | None


def due_run(
    timing: Timing,
    due: Occurrence,
    now: datetime,
    missed: MissedRule,
    grace: timedelta | None = None,
) -> Run:
    """What becomes of a schedule whose next occurrence `due` is not later than `now`.

    `grace` is how late an occurrence may be fired; None: whenever. One that is skipped by
    MissedRule.ONCE has a newer one that is due as well.
    """
    latest = PUNCTUAL if missed is MissedRule.SKIP else grace
    coming = chain([due], timing.after(due.at, due.place))
    current = next(coming)
    for skipped, following in enumerate(islice(chain(coming, [None]), AT_ONCE)):
        due_again = following is not None and following.at <= now
        in_time = latest is None or now - current.at <= latest
        if in_time and not (missed is MissedRule.ONCE and due_again):
            return Run(current, skipped, following)
        if following is None or not due_again:
            return Run(None, skipped + 1, following)
        current = following
    return Run(None, AT_ONCE, current)
