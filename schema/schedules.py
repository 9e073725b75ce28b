"""Schedules and how far they have come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from models.database import Row
from realtime.events import LiveEvent
from resolvers import conversations as resolve_conversations
from resolvers.feeds import cursor_at
from resolvers.loaders import PageKey
from resolvers.loaders.deliveries import BY_RECIPIENT, DeliveryFilter
from resolvers.paging import page_request
from resolvers.timing import next_occurrences
from schema.connections import After, Connection, First, connection
from schema.contacts import RecipientGroup
from schema.conversations import Conversation, User
from schema.deliveries import Delivery, DeliveryCount, DeliveryFilterInput
from schema.enums import (
    AsideCode,
    Audience,
    DeliveryStatus,
    EventKind,
    GapRule,
    MissedRule,
    OverlapRule,
    Priority,
    ScheduleStatus,
)
from schema.fields import SAME_FOR_ALL, Info, Node, column, loaded
from schema.ids import IdType, encode_id
from schema.timing import Occurrence, shown


@strawberry.type(description="A schedule could not be fired when it was due, and is tried again.")
class ScheduleProblem:
    code: AsideCode
    failures: int = strawberry.field(description="How often it failed since it last did well.")
    next_try_at: datetime = strawberry.field(
        description="When it is tried again, unless it is changed before."
    )


@strawberry.type(description="A message that is to be sent, once or again and again.")
class Schedule(Node):
    id_type = IdType.SCHEDULE

    status: ScheduleStatus = column()
    revision: int = column("Counts the changes; for `expectedRevision`.")
    audience: Audience = column()
    body: str = column("The text, or the template's as it was when the schedule was made.")
    send_at: datetime = column("When it is, or was, due first.")
    time_zone: str = column("The IANA zone in which times are meant.")
    recurrence: str | None = column("Its RRULE, if it recurs.")
    gap_rule: GapRule = column()
    overlap_rule: OverlapRule = column()
    missed_rule: MissedRule = column()
    grace_seconds: int | None = column("How late an occurrence may be sent; null: however late.")
    next_at: datetime | None = column("When the next occurrence is due; null when none is left.")
    occurrences: int = column("How many occurrences were queued.")
    skipped: int = column("How many were left out, being missed.")
    created_at: datetime = column()

    recipient_group: RecipientGroup | None = loaded(
        "recipient_group_id",
        lambda loaders: loaders.recipient_group,
        lambda row: RecipientGroup(row=row),
        "Whom it is to; of a LIST where that came from.",
    )

    @strawberry.field(
        metadata=SAME_FOR_ALL,
        description="Where its events stand: `scheduleEvents` of this schedule after this misses"
        " nothing that this read does not show.",
    )
    def events_cursor(self) -> str:
        return cursor_at(self.row.id, self.row.last_seq)

    @strawberry.field(description="What kept it from being fired; null: nothing.")
    def problem(self) -> ScheduleProblem | None:
        row = self.row
        if row.aside_until is None:
            return None
        return ScheduleProblem(
            code=AsideCode(row.aside_code or AsideCode.FAULT),
            failures=row.faults,
            next_try_at=row.aside_until,
        )

    @strawberry.field(description="What it goes out through; null: Parley itself.")
    def device_id(self) -> strawberry.ID | None:
        key = self.row.device_id
        return encode_id(IdType.DEVICE, key) if key else None

    @strawberry.field
    def template_id(self) -> strawberry.ID | None:
        key = self.row.template_id
        return encode_id(IdType.TEMPLATE, key) if key else None

    @strawberry.field
    def priority(self) -> Priority:
        return Priority(self.row.priority)

    @strawberry.field(description="Local times that are left out of the recurrence.")
    def excluded(self) -> list[str]:
        return [wall.isoformat() for wall in self.row.excluded]

    @strawberry.field(
        description="Whether messages wait for the end of their contact's quiet hours."
    )
    def respects_quiet_hours(self) -> bool:
        return bool(self.row.respects_quiet_hours)

    @strawberry.field(
        metadata=SAME_FOR_ALL, description="Where the message goes; null when it goes to people."
    )
    async def conversation(self, info: Info) -> Conversation | None:
        if self.row.conversation_id is None:
            return None
        row = await resolve_conversations.find_conversation(info.context, self.row.conversation_id)
        return Conversation(row=row)

    @strawberry.field(metadata=SAME_FOR_ALL)
    async def created_by(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.row.created_by_id)
        return User(row=row) if row else None

    @strawberry.field(description="What is still before it, be it paused or not.")
    async def next_occurrences(self, first: First = 5) -> list[Occurrence]:
        found = await next_occurrences(self.row, 5 if first is None else first)
        return shown(found, self.row.time_zone)

    @strawberry.field(metadata=SAME_FOR_ALL, description="By occurrence, and then by recipient.")
    async def deliveries(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: DeliveryFilterInput | None = None,
    ) -> Connection[Delivery]:
        loaders = info.context.loaders
        wanted = filter.parsed() if filter else DeliveryFilter()
        key = PageKey(self.row.id, page_request(first, after), wanted)
        return connection(
            await loaders.deliveries.load(key),
            BY_RECIPIENT,
            Delivery,
            lambda: loaders.deliveries_like.load((self.row.id, wanted)),
        )

    @strawberry.field(
        metadata=SAME_FOR_ALL,
        description="Its deliveries, counted by status; only statuses that occur.",
    )
    async def delivery_counts(self, info: Info) -> list[DeliveryCount]:
        rows = await info.context.loaders.delivery_counts.load(self.row.id)
        return [
            DeliveryCount(status=DeliveryStatus(row.status), count=row["count"]) for row in rows
        ]


@strawberry.type(
    description="A change of a schedule. `cursor` resumes after it what it came by:"
    " `scheduleEvents` of one schedule, or of all."
)
class ScheduleEvent:
    cursor: str
    kind: EventKind
    at: datetime
    schedule: Schedule
    changes: list[DeliveryCount] = strawberry.field(
        description="How many deliveries came to each status by it: many are told of at once."
    )


def schedule_event(event: LiveEvent, schedule: Row, cursor: str) -> ScheduleEvent:
    """The event as its type, with the schedule as it is now."""
    return ScheduleEvent(
        cursor=cursor,
        kind=event.kind,
        at=event.created_at,
        schedule=Schedule(row=schedule),
        changes=_changes_in(event.payload),
    )


def _changes_in(payload: Mapping[str, Any]) -> list[DeliveryCount]:
    """The statuses that deliveries came to, as an event's payload counts them."""
    return [
        DeliveryCount(status=status, count=payload[status.lower()])
        for status in DeliveryStatus
        if status.lower() in payload
    ]
