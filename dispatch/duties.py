"""What there is to do, and for which tenants: one question for the whole installation."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from models.database import Database


class Duty(StrEnum):
    """What a tenant may need done, in the order in which a turn does it.

    LOOK is for deliveries of unknown outcome.
    """

    FIRE = "fire"
    EXPIRE = "expire"
    HEAR = "hear"
    LOOK = "look"
    SEND = "send"
    SHOW = "show"
    COLLECT = "collect"
    RESCUE = "rescue"


BESIDE = frozenset({Duty.COLLECT, Duty.RESCUE})
"""What is done beside the turns; it wakes the worker when it is done."""


@dataclass(frozen=True, slots=True)
class Work:
    """The duties that are due, by tenant, and when the next one will be: None if none is in sight.

    What is not due yet may turn out to wait longer, for a rate.
    """

    due: Mapping[UUID, Set[Duty]]
    next_at: datetime | None

    def tenants(self, duty: Duty) -> list[UUID]:
        """Those for whom a duty is due."""
        return [tenant_id for tenant_id, duties in self.due.items() if duty in duties]


async def find_work(database: Database, present: datetime) -> Work:
    """Look for work. Tenants that have none cost nothing. Raises the database's errors."""
    due: defaultdict[UUID, set[Duty]] = defaultdict(set)
    next_at: datetime | None = None
    for row in await database.across_tenants("parley_work", present):
        if row["at"] <= present:
            due[row["tenant_id"]].add(Duty(row["duty"]))
        else:
            next_at = row["at"]
    return Work(due, next_at)
