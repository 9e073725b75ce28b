"""What devices hear: calls of their outlets, and what these said of messages.

Everything here is idempotent by its key, since outlets call at least once and in any order.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp


def _of_device() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "device_id"], ["devices.tenant_id", "devices.id"], ondelete="CASCADE"
    )


def _in_conversation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "conversation_id"],
        ["conversations.tenant_id", "conversations.id"],
        ondelete="CASCADE",
    )


class WebhookCall(KeyedRow, table=True):
    """A call as it came, until a worker has read it: at `due_at`, then never again (null).

    `digest` is the SHA-256 of `body`; the same body is the same call.
    """

    __tablename__ = "webhook_calls"
    __table_args__ = (
        _of_device(),
        UniqueConstraint("device_id", "digest"),
        Index(
            "webhook_calls_due_idx",
            "tenant_id",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("webhook_calls_age_idx", "created_at", postgresql_using="brin"),
    )

    device_id: UUID
    digest: bytes = Field(sa_type=LargeBinary)
    body: bytes = Field(sa_type=LargeBinary)
    due_at: datetime | None = Field(default=None, sa_type=Timestamp)
    attempt: int = 0
    error_code: str | None = Field(default=None, sa_type=Text)


class DeliveryReport(TenantRow, table=True):
    """The latest status that an outlet told of one message of ours, by the outlet's own id of it.

    `delivery_id` is what the message was sent with; null when the outlet did not tell.
    """

    __tablename__ = "delivery_reports"
    __table_args__ = (
        _of_device(),
        Index(
            "delivery_reports_delivery_idx",
            "delivery_id",
            postgresql_where=text("delivery_id IS NOT NULL"),
        ),
    )

    device_id: UUID = Field(primary_key=True)
    external_id: str = Field(primary_key=True, sa_type=Text)
    delivery_id: UUID | None = None
    status: str = Field(sa_type=Text)
    error_code: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=Timestamp)


class DeviceThread(TenantRow, table=True):
    """The conversation between a device and one address: a phone number or an id of the outlet's.

    `participant_id` is who writes from the address there.
    """

    __tablename__ = "device_threads"
    __table_args__ = (
        _of_device(),
        _in_conversation(),
        Index("device_threads_contact_idx", "device_id", "contact_id"),
    )

    device_id: UUID = Field(primary_key=True)
    address: str = Field(primary_key=True, sa_type=Text)
    conversation_id: UUID
    participant_id: UUID
    contact_id: UUID | None = None


class HeardMessage(TenantRow, table=True):
    """A message that a device heard, by the outlet's id of it."""

    __tablename__ = "heard_messages"
    __table_args__ = (_of_device(), _in_conversation())

    device_id: UUID = Field(primary_key=True)
    external_id: str = Field(primary_key=True, sa_type=Text)
    conversation_id: UUID
    message_id: UUID


class MediaFetch(KeyedRow, table=True):
    """A file that waits to be fetched from an outlet for an attachment, at `due_at`.

    Null when it is there or was given up. `external_id` is the outlet's id of it, `sha256` what
    the outlet says that it is.
    """

    __tablename__ = "media_fetches"
    __table_args__ = (
        _of_device(),
        _in_conversation(),
        UniqueConstraint("attachment_id"),
        Index(
            "media_fetches_due_idx",
            "tenant_id",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )

    device_id: UUID
    conversation_id: UUID
    message_id: UUID
    attachment_id: UUID
    external_id: str = Field(sa_type=Text)
    sha256: bytes | None = Field(default=None, sa_type=LargeBinary)
    due_at: datetime | None = Field(default=None, sa_type=Timestamp)
    attempt: int = 0
    error_code: str | None = Field(default=None, sa_type=Text)
