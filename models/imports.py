"""Imports of archives."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, text
from sqlmodel import Field

from models.base import KeyedRow, Timestamp, enum_field, one_of


class ImportStatus(StrEnum):
    """An import's life."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class ArchiveImport(KeyedRow, table=True):
    """One run of one archive into one conversation, and what it did."""

    __tablename__ = "imports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        Index("imports_listing_idx", "tenant_id", text("created_at DESC"), text("id DESC")),
        one_of("status", ImportStatus),
    )

    conversation_id: UUID | None = None
    status: ImportStatus = enum_field(ImportStatus.RUNNING)
    file_name: str = Field(sa_type=Text)
    added: int = Field(default=0, sa_type=BigInteger)
    duplicates: int = Field(default=0, sa_type=BigInteger)
    rejected: int = Field(default=0, sa_type=BigInteger)
    error_code: str | None = Field(default=None, sa_type=Text)
    finished_at: datetime | None = Field(default=None, sa_type=Timestamp)
