"""How users keep their conversations: what each pins, archives and mutes, and the shared labels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp


class ConversationSettings(TenantRow, table=True):
    """What one user made of one conversation; no row: nothing.

    Muted since `muted_at`, until `muted_until`, or for good where that is null.
    """

    __tablename__ = "conversation_settings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
        Index(
            "conversation_settings_pinned_idx",
            "user_id",
            text("pinned_at DESC"),
            text("conversation_id DESC"),
            postgresql_where=text("pinned_at IS NOT NULL"),
        ),
    )

    conversation_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    pinned_at: datetime | None = Field(default=None, sa_type=Timestamp)
    archived_at: datetime | None = Field(default=None, sa_type=Timestamp)
    muted_at: datetime | None = Field(default=None, sa_type=Timestamp)
    muted_until: datetime | None = Field(default=None, sa_type=Timestamp)


class Label(KeyedRow, table=True):
    """A label of the tenant's, for its conversations. `color` is `#rrggbb`."""

    __tablename__ = "labels"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str = Field(sa_type=Text)
    color: str = Field(sa_type=Text)


class ConversationLabel(TenantRow, table=True):
    """A label on a conversation."""

    __tablename__ = "conversation_labels"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "label_id"], ["labels.tenant_id", "labels.id"], ondelete="CASCADE"
        ),
        Index("conversation_labels_label_idx", "label_id", "conversation_id"),
    )

    conversation_id: UUID = Field(primary_key=True)
    label_id: UUID = Field(primary_key=True)
