"""When schedules are due: what clients say of it, and what it comes to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import strawberry

from models.recurrence import Occurrence as Found
from resolvers.timing import GivenTiming
from schema.enums import GapRule, MissedRule, OverlapRule

SEND_AT = (
    "Without an offset it is meant in `timeZone`, and moves with its clocks. Left out: at once."
)
RECURRENCE = (
    "An RRULE of RFC 5545 in local times, such as FREQ=WEEKLY;BYDAY=MO,TH. It may go on for ever."
)
GRACE = (
    "How late an occurrence may be sent, seconds; a single message has none by itself, a recurring"
    " one an hour. What is still queued after it expires."
)


@strawberry.type(description="A time at which a schedule is due.")
class Occurrence:
    at: datetime
    local_time: str = strawberry.field(description="What the zone's clocks show, with the offset.")


@strawberry.input
class TimingInput:
    send_at: datetime | None = strawberry.field(default=None, description=SEND_AT)
    time_zone: str = strawberry.field(default="UTC", description="An IANA name.")
    recurrence: str | None = strawberry.field(default=None, description=RECURRENCE)
    excluded: list[datetime] = strawberry.field(
        default_factory=list, description="Occurrences to be left out (EXDATE), as local times."
    )
    gap_rule: GapRule = GapRule.NEXT_VALID
    overlap_rule: OverlapRule = OverlapRule.FIRST
    missed_rule: MissedRule = MissedRule.SEND_LATE
    grace_seconds: int | None = strawberry.field(default=None, description=GRACE)
    respect_quiet_hours: bool = strawberry.field(
        default=True,
        description="Whether a message waits for the end of its contact's quiet hours.",
    )

    def timing(self) -> GivenTiming:
        """The timing as resolvers take it."""
        return GivenTiming(
            send_at=self.send_at,
            time_zone=self.time_zone,
            recurrence=self.recurrence,
            excluded=tuple(self.excluded),
            gap=self.gap_rule,
            overlap=self.overlap_rule,
            missed=self.missed_rule,
            grace_seconds=self.grace_seconds,
            respects_quiet_hours=self.respect_quiet_hours,
        )


@strawberry.input
class TimingChange:
    send_at: datetime | None = strawberry.field(
        default=None, description="Left out: the next occurrence stays, and rules go on from it."
    )
    time_zone: str | None = None
    recurrence: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{RECURRENCE} Null: it recurs no more."
    )
    excluded: list[datetime] | None = None
    gap_rule: GapRule | None = None
    overlap_rule: OverlapRule | None = None
    missed_rule: MissedRule | None = None
    grace_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description="Null: however late."
    )
    respect_quiet_hours: bool | None = None

    def timing(self) -> Callable[[GivenTiming], GivenTiming] | None:
        """What is changed of a timing; None: nothing."""
        given = {
            "send_at": self.send_at,
            "time_zone": self.time_zone,
            "excluded": None if self.excluded is None else tuple(self.excluded),
            "gap": self.gap_rule,
            "overlap": self.overlap_rule,
            "missed": self.missed_rule,
            "respects_quiet_hours": self.respect_quiet_hours,
        }
        changes: dict[str, Any] = {name: one for name, one in given.items() if one is not None}
        for name in ("recurrence", "grace_seconds"):
            if getattr(self, name) is not strawberry.UNSET:
                changes[name] = getattr(self, name)
        return (lambda known: replace(known, **changes)) if changes else None


def shown(found: list[Found], zone: str) -> list[Occurrence]:
    """The occurrences as clients see them."""
    clocks = ZoneInfo(zone)
    return [
        Occurrence(at=one.at, local_time=one.at.astimezone(clocks).isoformat()) for one in found
    ]
