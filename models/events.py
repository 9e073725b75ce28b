"""The journal of changes: what subscribers are told, kept in the transaction of the change."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import TenantRow, Timestamp, enum_field, now, one_of


class Stream(StrEnum):
    """What counts its own events."""

    CONVERSATION = "CONVERSATION"
    SCHEDULE = "SCHEDULE"
    IMPORT = "IMPORT"
    DEVICE = "DEVICE"


class EventKind(StrEnum):
    """What happened. The first word names the thing, the second the change.

    SETTINGS_CHANGED is for the user alone whom its payload names.
    """

    MESSAGE_ADDED = "MESSAGE_ADDED"
    MESSAGE_EDITED = "MESSAGE_EDITED"
    MESSAGE_DELETED = "MESSAGE_DELETED"
    MESSAGES_IMPORTED = "MESSAGES_IMPORTED"
    MESSAGES_REMOVED = "MESSAGES_REMOVED"
    REACTION_ADDED = "REACTION_ADDED"
    REACTION_REMOVED = "REACTION_REMOVED"
    RECEIPT_READ = "RECEIPT_READ"
    RECEIPT_DELIVERED = "RECEIPT_DELIVERED"
    PARTICIPANT_JOINED = "PARTICIPANT_JOINED"
    PARTICIPANT_LEFT = "PARTICIPANT_LEFT"
    PARTICIPANT_CHANGED = "PARTICIPANT_CHANGED"
    CONVERSATION_CHANGED = "CONVERSATION_CHANGED"
    SETTINGS_CHANGED = "SETTINGS_CHANGED"
    SCHEDULE_CREATED = "SCHEDULE_CREATED"
    SCHEDULE_CHANGED = "SCHEDULE_CHANGED"
    SCHEDULE_PROGRESS = "SCHEDULE_PROGRESS"
    IMPORT_CHANGED = "IMPORT_CHANGED"
    DEVICE_CHANGED = "DEVICE_CHANGED"


class Event(TenantRow, table=True):
    """One change of one stream. `seq` starts at 1 and has no holes within a stream.

    `payload` holds ids (as hexadecimal strings) and numbers, never text of a message: what a
    subscriber may see is decided when the event is delivered. `xid` is the number of the
    transaction that recorded it, by which a reader of all streams finds what it has not seen.
    """

    __tablename__ = "events"
    # Nobody reads the transaction's number back.
    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": False}
    __table_args__ = (
        Index("events_retention_idx", "created_at", postgresql_using="brin"),
        Index("events_transaction_idx", "tenant_id", "xid"),
        one_of("stream", Stream),
        one_of("kind", EventKind),
    )

    stream_id: UUID = Field(primary_key=True)
    seq: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    stream: Stream = enum_field()
    kind: EventKind = enum_field()
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    xid: int | None = Field(
        default=None,
        sa_type=BigInteger,
        nullable=False,
        sa_column_kwargs={"server_default": text("pg_current_xact_id()::text::bigint")},
    )
