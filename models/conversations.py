"""Conversations, who takes part in them and how far each user has read."""

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

from models.base import KeyedRow, TenantRow, Timestamp, enum_field, now, one_of


class ConversationKind(StrEnum):
    """How many people a conversation is meant for."""

    DIRECT = "DIRECT"
    GROUP = "GROUP"


class Visibility(StrEnum):
    """Who may see a conversation: every user of the tenant, or its participants alone."""

    TENANT = "TENANT"
    PRIVATE = "PRIVATE"


class Conversation(KeyedRow, table=True):
    """A conversation, and the counters that are kept under its row lock.

    `last_seq` counts its events. `message_count` counts all its messages, `live_count` those that
    were sent through the server: the difference to a user's read position is what is unread.
    `source_key` names the archive's chat that was imported into it, so that a re-import finds it.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "source_key"),
        Index(
            "conversations_activity_idx",
            "tenant_id",
            text("last_activity_at DESC"),
            text("id DESC"),
        ),
        Index(
            "conversations_words_idx",
            text("parley_name_words(tenant_id, title)"),
            postgresql_using="gin",
        ),
        one_of("kind", ConversationKind),
        one_of("visibility", Visibility),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    title: str = Field(sa_type=Text)
    kind: ConversationKind = enum_field(ConversationKind.GROUP)
    visibility: Visibility = enum_field(Visibility.TENANT)
    source_key: str | None = Field(default=None, sa_type=Text)
    last_seq: int = Field(default=0, sa_type=BigInteger)
    message_count: int = Field(default=0, sa_type=BigInteger)
    live_count: int = Field(default=0, sa_type=BigInteger)
    last_message_id: UUID | None = None
    last_activity_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class Participant(KeyedRow, table=True):
    """Someone who takes part: a user of the tenant, a name from an archive, or both.

    `archive_name` is the name under which imported archives show them; null for a user whom no
    archive is known to show.
    """

    __tablename__ = "participants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
        UniqueConstraint("conversation_id", "user_id"),
        Index(
            "participants_archive_name_key",
            "conversation_id",
            "archive_name",
            unique=True,
            postgresql_where=text("archive_name IS NOT NULL"),
        ),
        Index("participants_user_idx", "user_id", "conversation_id"),
        Index("participants_joined_idx", "conversation_id", "created_at", "id"),
        CheckConstraint("num_nonnulls(user_id, archive_name) > 0", name="somebody"),
        Index(
            "participants_words_idx",
            text("parley_name_words(tenant_id, name)"),
            postgresql_using="gin",
        ),
    )

    conversation_id: UUID
    user_id: UUID | None = None
    name: str = Field(sa_type=Text)
    archive_name: str | None = Field(default=None, sa_type=Text)
    left_at: datetime | None = Field(default=None, sa_type=Timestamp)


class ReadPosition(TenantRow, table=True):
    """How far a user has read: `live_count` and `last_seq` of the conversation at that moment.

    The live messages with a greater `seq` are unread: `live_count` of the conversation less this.
    """

    __tablename__ = "read_positions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )

    conversation_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    live_count: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    read_at: datetime = Field(default_factory=now, sa_type=Timestamp)
