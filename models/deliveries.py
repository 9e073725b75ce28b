"""The deliveries that schedules become, and the steps that they may take."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp, enum_field, kept, now, one_of
from models.schedules import Priority

NO_DEVICE = UUID(int=0)
"""What stands for no device where deliveries are sorted by device."""


def lane_device(column: str) -> str:
    """A device's id in SQL, NO_DEVICE for NULL, as the index of the queues has it.

    Under row-level security PostgreSQL looks up nothing in an index that may leak values, and it
    takes `coalesce` for such.
    """
    return f"CASE WHEN {column} IS NULL THEN '{NO_DEVICE}'::uuid ELSE {column} END"


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


class Delivery(KeyedRow, table=True):
    """One message to one recipient for one occurrence of a schedule; the row is the job.

    While a worker holds it, `status` is SENDING, `lease_until` is in the future and `attempt`
    is the fencing token: an outcome is recorded only for the attempt that claimed it.
    While its outcome is UNKNOWN, the gateway is asked for it at `look_at` (null: no more), and
    has been `looks` times. `attempted_at` is when it was last begun with.

    Its schedule is there: a trigger sees to it, for all rows of a statement at once. A foreign key
    would look for it row by row, in a quarter of the time of queueing them; whoever queues has
    locked the schedule. It goes out through a device, or through Parley's own conversations without
    one. The device is the schedule's, whose key is checked there. `recipient` is an address, or the
    id of the conversation. `body` is the text, with its variables filled in; `content` is what the
    gateway can use beside it, each part only where there is one: `template` (name, language and
    parameters as the outlet knows them), `media` (attachment_id) and `reply_to` (message_id). What
    is still queued at `expires_at` is not sent any more.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        # Each once; pages of a schedule's deliveries, and their counts by status without the rows.
        # Whatever changes of a row is written to all of its indexes, so there are few.
        UniqueConstraint(
            "schedule_id", "occurrence_at", "recipient", postgresql_include=["status"]
        ),
        Index(
            "deliveries_due_idx",
            "tenant_id",
            text(f"({lane_device('device_id')})"),
            "priority",
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
        Index(
            "deliveries_expiry_idx",
            "tenant_id",
            "expires_at",
            postgresql_where=text("status = 'QUEUED' AND expires_at IS NOT NULL"),
        ),
        # What came to nothing, to be found over the whole tenant.
        Index(
            "deliveries_dead_idx",
            "tenant_id",
            "updated_at",
            postgresql_where=text("status IN ('FAILED', 'EXPIRED', 'UNKNOWN')"),
        ),
        # What went out to somebody: for the conversation with them, and to forget them.
        Index(
            "deliveries_recipient_idx",
            "tenant_id",
            "recipient",
            postgresql_where=text("device_id IS NOT NULL AND status NOT IN ('QUEUED', 'SENDING')"),
        ),
        CheckConstraint("(status = 'SENDING') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
        CheckConstraint("attempt >= 0", name="attempt"),
        one_of("status", DeliveryStatus),
    )

    schedule_id: UUID
    conversation_id: UUID | None = None
    contact_id: UUID | None = None
    device_id: UUID | None = None
    occurrence_at: datetime = Field(sa_type=Timestamp)
    recipient: str = Field(sa_type=Text)
    priority: int = Field(default=Priority.NORMAL, sa_type=SmallInteger, sa_column_kwargs=kept("2"))
    status: DeliveryStatus = enum_field(DeliveryStatus.QUEUED)
    body: str = Field(sa_type=Text)
    content: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    due_at: datetime = Field(sa_type=Timestamp)
    expires_at: datetime | None = Field(default=None, sa_type=Timestamp)
    attempted_at: datetime | None = Field(default=None, sa_type=Timestamp)
    attempt: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Timestamp)
    look_at: datetime | None = Field(default=None, sa_type=Timestamp)
    looks: int = 0
    external_id: str | None = Field(default=None, sa_type=Text)
    error_code: str | None = Field(default=None, sa_type=Text)
    updated_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class DeliveryMessage(TenantRow, table=True):
    """The message that shows a delivery in the conversation with its recipient.

    At `due_at` a worker posts it (`message_id` is null until then), or tells that the delivery has
    changed; null: all is told.
    """

    __tablename__ = "delivery_messages"
    __table_args__ = (
        ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        Index(
            "delivery_messages_due_idx",
            "tenant_id",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("delivery_messages_message_idx", "message_id"),
    )

    delivery_id: UUID = Field(primary_key=True)
    conversation_id: UUID
    message_id: UUID | None = None
    due_at: datetime | None = Field(default=None, sa_type=Timestamp)
