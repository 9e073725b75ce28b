"""Imports of archives: what was brought, and the job that brings it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKeyConstraint,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import KeyedRow, Timestamp, enum_field, one_of


class ImportStatus(StrEnum):
    """An import's life: docs/importing.md draws it."""

    UPLOADING = "UPLOADING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class ArchiveImport(KeyedRow, table=True):
    """One archive on its way into one conversation, and what it did there. The row is the job.

    `stored` says that the file is in the upload folder under the import's id, from where a worker
    takes it; without it the file was read from elsewhere. A worker holds a RUNNING or UNDOING
    import until `lease_until`; `attempt` counts how often one took it, and fences off those that
    lost it. `share` is the part that is done, from 0 to 1; `last_seq` counts its events.
    `media` counts the files that it brought to the store. `upload_size` is in bytes.
    """

    __tablename__ = "imports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "created_by_id"], ["users.tenant_id", "users.id"]),
        Index("imports_listing_idx", "tenant_id", text("created_at DESC"), text("id DESC")),
        Index(
            "imports_open_idx",
            "created_at",
            postgresql_where=text("status IN ('UPLOADING', 'QUEUED', 'RUNNING', 'UNDOING')"),
        ),
        Index("imports_conversation_idx", "conversation_id"),
        one_of("status", ImportStatus),
        CheckConstraint("lease_until IS NULL OR status IN ('RUNNING', 'UNDOING')", name="lease"),
    )

    conversation_id: UUID | None = None
    created_by_id: UUID | None = None
    status: ImportStatus = enum_field(ImportStatus.RUNNING)
    file_name: str = Field(sa_type=Text)
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    upload_size: int | None = Field(default=None, sa_type=BigInteger)
    stored: bool = False
    attempt: int = 0
    advanced_attempt: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Timestamp)
    cancel_requested: bool = False
    share: float = Field(default=0.0, sa_type=Float)
    added: int = Field(default=0, sa_type=BigInteger)
    duplicates: int = Field(default=0, sa_type=BigInteger)
    rejected: int = Field(default=0, sa_type=BigInteger)
    media: int = Field(default=0, sa_type=BigInteger)
    detected: str | None = Field(default=None, sa_type=Text)
    error_code: str | None = Field(default=None, sa_type=Text)
    error_message: str | None = Field(default=None, sa_type=Text)
    finished_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_seq: int = Field(default=0, sa_type=BigInteger)
