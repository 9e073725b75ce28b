"""Schedules and the deliveries they become."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from models.base import KeyedRow, Timestamp, enum_field, now, one_of


class ScheduleStatus(StrEnum):
    """A schedule's life: ACTIVE until its last occurrence was queued or it was cancelled."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class DeliveryStatus(StrEnum):
    """A delivery's life; `DELIVERY_TRANSITIONS` says which step may follow which."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


DELIVERY_TRANSITIONS: dict[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.QUEUED: frozenset(
        {DeliveryStatus.SENDING, DeliveryStatus.CANCELLED, DeliveryStatus.EXPIRED}
    ),
    DeliveryStatus.SENDING: frozenset(
        {
            DeliveryStatus.QUEUED,
            DeliveryStatus.SENT,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.READ,
            DeliveryStatus.FAILED,
            DeliveryStatus.UNKNOWN,
        }
    ),
    DeliveryStatus.SENT: frozenset(
        {DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.FAILED}
    ),
    DeliveryStatus.DELIVERED: frozenset({DeliveryStatus.READ}),
    DeliveryStatus.READ: frozenset(),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.QUEUED}),
    DeliveryStatus.CANCELLED: frozenset(),
    DeliveryStatus.EXPIRED: frozenset({DeliveryStatus.QUEUED}),
    DeliveryStatus.UNKNOWN: frozenset(
        {
            DeliveryStatus.QUEUED,
            DeliveryStatus.SENT,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.READ,
            DeliveryStatus.FAILED,
        }
    ),
}


class Schedule(KeyedRow, table=True):
    """A message that is to be sent into a conversation at a time.

    `next_at` is when the next occurrence is due; null when there is none left.
    `time_zone` is the IANA zone in which the client meant the time.
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
        Index(
            "schedules_due_idx",
            "tenant_id",
            "next_at",
            postgresql_where=text("status = 'ACTIVE' AND next_at IS NOT NULL"),
        ),
        Index("schedules_listing_idx", "tenant_id", text("created_at DESC"), text("id DESC")),
        one_of("status", ScheduleStatus),
    )

    conversation_id: UUID
    created_by_id: UUID
    status: ScheduleStatus = enum_field(ScheduleStatus.ACTIVE)
    body: str = Field(sa_type=Text)
    send_at: datetime = Field(sa_type=Timestamp)
    time_zone: str = Field(default="UTC", sa_type=Text)
    next_at: datetime | None = Field(default=None, sa_type=Timestamp)
    idempotency_key: str | None = Field(default=None, sa_type=Text)
    last_seq: int = Field(default=0, sa_type=BigInteger)


class Delivery(KeyedRow, table=True):
    """One message to one recipient for one occurrence of a schedule; the row is the job.

    While a worker holds it, `status` is SENDING, `lease_until` is in the future and `attempt`
    is the fencing token: an outcome is recorded only for the attempt that claimed it.
    While its outcome is UNKNOWN, the gateway is asked for it at `look_at` (null: no more), and
    has been `looks` times.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("schedule_id", "occurrence_at", "recipient"),
        ForeignKeyConstraint(
            ["tenant_id", "schedule_id"],
            ["schedules.tenant_id", "schedules.id"],
            ondelete="CASCADE",
        ),
        Index(
            "deliveries_due_idx",
            "tenant_id",
            "due_at",
            "id",
            postgresql_where=text("status = 'QUEUED'"),
        ),
        Index(
            "deliveries_lease_idx",
            "tenant_id",
            "lease_until",
            postgresql_where=text("status = 'SENDING'"),
        ),
        Index(
            "deliveries_look_idx",
            "tenant_id",
            "look_at",
            postgresql_where=text("status = 'UNKNOWN' AND look_at IS NOT NULL"),
        ),
        CheckConstraint("(status = 'SENDING') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("attempt >= 0", name="attempt"),
        one_of("status", DeliveryStatus),
    )

    schedule_id: UUID
    conversation_id: UUID
    occurrence_at: datetime = Field(sa_type=Timestamp)
    recipient: str = Field(sa_type=Text)
    status: DeliveryStatus = enum_field(DeliveryStatus.QUEUED)
    body: str = Field(sa_type=Text)
    due_at: datetime = Field(sa_type=Timestamp)
    attempt: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Timestamp)
    look_at: datetime | None = Field(default=None, sa_type=Timestamp)
    looks: int = 0
    external_id: str | None = Field(default=None, sa_type=Text)
    error_code: str | None = Field(default=None, sa_type=Text)
    updated_at: datetime = Field(default_factory=now, sa_type=Timestamp)
