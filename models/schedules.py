"""Schedules: what is to be sent, to whom and when."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp, enum_field, kept, one_of

WallTime = DateTime(timezone=False)


class ScheduleStatus(StrEnum):
    """A schedule's life: ACTIVE until its last occurrence was queued or it was cancelled."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class Audience(StrEnum):
    """Whom a schedule writes to.

    CONVERSATION: into one. LIST: to the recipients that were kept with it. GROUP: to whoever is in
    a recipient group when it fires.
    """

    CONVERSATION = "CONVERSATION"
    LIST = "LIST"
    GROUP = "GROUP"


class Priority(IntEnum):
    """What goes first when there is more to send than may be sent; kept as its number."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class GapRule(StrEnum):
    """When a wall time is meant that the zone's clocks skip.

    NEXT_VALID: the first one that they show after it. SKIP: not at all. OFFSET_BEFORE: as if the
    clocks had not been put forward, as RFC 5545 (3.3.5) reads it.
    """

    NEXT_VALID = "NEXT_VALID"
    SKIP = "SKIP"
    OFFSET_BEFORE = "OFFSET_BEFORE"


class OverlapRule(StrEnum):
    """When a wall time is meant that the zone's clocks show twice."""

    FIRST = "FIRST"
    SECOND = "SECOND"
    BOTH = "BOTH"


class MissedRule(StrEnum):
    """What becomes of occurrences whose time passed while nothing could fire them.

    SEND_LATE: each is sent, if it is no later than the grace. ONCE: only the newest of them, under
    the same condition. SKIP: none.
    """

    SEND_LATE = "SEND_LATE"
    ONCE = "ONCE"
    SKIP = "SKIP"


class AsideCode(StrEnum):
    """Why a schedule could not be fired.

    UNKNOWN_TIME_ZONE: its zone is not in the data of the process that tried. BAD_RECURRENCE: its
    rule cannot be read any more. REFUSED: PostgreSQL refused what came of it. FAULT: anything else;
    the log has the trace.
    """

    UNKNOWN_TIME_ZONE = "UNKNOWN_TIME_ZONE"
    BAD_RECURRENCE = "BAD_RECURRENCE"
    REFUSED = "REFUSED"
    FAULT = "FAULT"


class Schedule(KeyedRow, table=True):
    """A message that is to be sent to somebody, once or again and again.

    What: `body`, or a template with `variables`; `content` is what gateways get beside the text
    (see `Delivery`). To whom: `audience`. `recipient_group_id` of a LIST says where it came from.

    When: `send_at` is the first time. `wall_start` is the same on the clocks of `time_zone`, null
    for a moment that was given with its offset and that no clock can move. `recurrence` is an
    RRULE without its name, `excluded` its EXDATEs as wall times. `next_at` is when the next
    occurrence is due, null when there is none left; `next_wall` and `next_number` are from where
    in the rule it was reckoned (see `models.recurrence`). `grace_seconds` is how late an occurrence
    may be sent.

    An occurrence of many recipients is queued piece by piece: while it is, `firing_at` is its time
    and `fired_through` the key of the last recipient that was queued.

    One that could not be fired is set aside until `aside_until`, `faults` times so far without a
    success between them, the last time for the reason `aside_code` (an `AsideCode`).

    `revision` counts the changes that clients make; `occurrences` and `skipped` count what was
    fired and what was left out by the rule for missed ones.
    """

    __tablename__ = "schedules"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "idempotency_key"),
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "created_by_id"], ["users.tenant_id", "users.id"]),
        ForeignKeyConstraint(["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"]),
        ForeignKeyConstraint(["tenant_id", "template_id"], ["templates.tenant_id", "templates.id"]),
        Index(
            "schedules_due_idx",
            "tenant_id",
            "next_at",
            postgresql_where=text("status = 'ACTIVE' AND next_at IS NOT NULL"),
        ),
        # When each is due and not set aside, over all tenants: workers look there.
        Index(
            "schedules_fire_idx",
            text("greatest(next_at, aside_until)"),
            postgresql_where=text("status = 'ACTIVE' AND next_at IS NOT NULL"),
        ),
        Index("schedules_listing_idx", "tenant_id", text("created_at DESC"), text("id DESC")),
        CheckConstraint(
            "(audience = 'CONVERSATION') = (conversation_id IS NOT NULL)"
            " AND (audience <> 'GROUP' OR recipient_group_id IS NOT NULL)",
            name="recipients",
        ),
        CheckConstraint("recurrence IS NULL OR wall_start IS NOT NULL", name="recurrence"),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
        CheckConstraint("grace_seconds >= 0", name="grace"),
        one_of("status", ScheduleStatus),
        one_of("audience", Audience),
        one_of("gap_rule", GapRule),
        one_of("overlap_rule", OverlapRule),
        one_of("missed_rule", MissedRule),
    )

    created_by_id: UUID
    status: ScheduleStatus = enum_field(ScheduleStatus.ACTIVE)
    audience: Audience = enum_field(
        Audience.CONVERSATION, sa_column_kwargs=kept(Audience.CONVERSATION)
    )
    conversation_id: UUID | None = None
    recipient_group_id: UUID | None = None
    device_id: UUID | None = None
    priority: int = Field(default=Priority.NORMAL, sa_type=SmallInteger, sa_column_kwargs=kept("2"))
    body: str = Field(sa_type=Text)
    template_id: UUID | None = None
    variables: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    content: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    send_at: datetime = Field(sa_type=Timestamp)
    time_zone: str = Field(default="UTC", sa_type=Text)
    wall_start: datetime | None = Field(default=None, sa_type=WallTime)
    recurrence: str | None = Field(default=None, sa_type=Text)
    excluded: list[datetime] = Field(
        default_factory=list, sa_type=ARRAY(WallTime), sa_column_kwargs=kept("{}")
    )
    gap_rule: GapRule = enum_field(GapRule.NEXT_VALID, sa_column_kwargs=kept(GapRule.NEXT_VALID))
    overlap_rule: OverlapRule = enum_field(
        OverlapRule.FIRST, sa_column_kwargs=kept(OverlapRule.FIRST)
    )
    missed_rule: MissedRule = enum_field(
        MissedRule.SEND_LATE, sa_column_kwargs=kept(MissedRule.SEND_LATE)
    )
    grace_seconds: int | None = None
    respects_quiet_hours: bool = Field(default=True, sa_column_kwargs=kept("true"))
    next_at: datetime | None = Field(default=None, sa_type=Timestamp)
    next_wall: datetime | None = Field(default=None, sa_type=WallTime)
    next_number: int = Field(default=1, sa_column_kwargs=kept("1"))
    firing_at: datetime | None = Field(default=None, sa_type=Timestamp)
    fired_through: UUID | None = None
    occurrences: int = Field(default=0, sa_column_kwargs=kept("0"))
    skipped: int = Field(default=0, sa_column_kwargs=kept("0"))
    faults: int = Field(default=0, sa_column_kwargs=kept("0"))
    aside_until: datetime | None = Field(default=None, sa_type=Timestamp)
    aside_code: str | None = Field(default=None, sa_type=Text)
    revision: int = Field(default=1, sa_column_kwargs=kept("1"))
    idempotency_key: str | None = Field(default=None, sa_type=Text)
    last_seq: int = Field(default=0, sa_type=BigInteger)


class ScheduleRecipient(TenantRow, table=True):
    """One recipient of a schedule's LIST: a contact, or whoever is at an address, or both.

    `address` is the value of an identity, as `models.identities` writes it; without it messages go
    to the best one of the contact. `variables` go before those of the schedule. That the schedule
    is there is checked as for deliveries. `id` orders the recipients.
    """

    __tablename__ = "schedule_recipients"
    __table_args__ = (CheckConstraint("num_nonnulls(contact_id, address) > 0", name="recipient"),)

    schedule_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    contact_id: UUID | None = None
    address: str | None = Field(default=None, sa_type=Text)
    variables: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
