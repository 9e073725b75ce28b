"""Statistics, as they were counted last: of conversations, of who takes part, of tenants.

Counted are the messages that somebody sent and that were not deleted; notices are not.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Float, ForeignKeyConstraint, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import BaseRow, TenantRow, Timestamp


class Counts(BaseRow):
    """What is counted of messages.

    `text_count` is how many have a text and `characters` how long those are together (code
    points). `hours` are the hours of UTC in which messages were sent, in order, and `hourly` how
    many were. `words` and `emoji` are lists of pairs `[text, count]`, the most frequent first.
    """

    message_count: int = Field(default=0, sa_type=BigInteger)
    text_count: int = Field(default=0, sa_type=BigInteger)
    characters: int = Field(default=0, sa_type=BigInteger)
    sender_count: int = Field(default=0, sa_type=BigInteger)
    first_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_at: datetime | None = Field(default=None, sa_type=Timestamp)
    hours: list[datetime] = Field(default_factory=list, sa_type=ARRAY(Timestamp))
    hourly: list[int] = Field(default_factory=list, sa_type=ARRAY(Integer))
    words: list[Any] = Field(default_factory=list, sa_type=JSONB)
    emoji: list[Any] = Field(default_factory=list, sa_type=JSONB)


class ConversationStatistics(Counts, TenantRow, table=True):
    """Of one conversation, as it was when it had counted `seq` events.

    `as_of` is when that was, and `counted_at` when the counting was done; both are null while it is
    counted for the first time. It is counted again from `due_at` on, if something has happened.
    `response_seconds` is the median time from a message to the next one by somebody else.
    """

    __tablename__ = "conversation_statistics"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        Index("conversation_statistics_counted_idx", "tenant_id", "counted_at"),
    )

    conversation_id: UUID = Field(primary_key=True)
    seq: int = Field(default=0, sa_type=BigInteger)
    as_of: datetime | None = Field(default=None, sa_type=Timestamp)
    counted_at: datetime | None = Field(default=None, sa_type=Timestamp)
    due_at: datetime = Field(sa_type=Timestamp)
    response_seconds: float | None = Field(default=None, sa_type=Float)


class ParticipantStatistics(TenantRow, table=True):
    """Of one participant; `response_seconds` is the median time that they take to answer."""

    __tablename__ = "participant_statistics"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        Index(
            "participant_statistics_count_idx",
            "conversation_id",
            text("message_count DESC"),
            "participant_id",
        ),
    )

    participant_id: UUID = Field(primary_key=True)
    conversation_id: UUID
    message_count: int = Field(sa_type=BigInteger)
    text_count: int = Field(sa_type=BigInteger)
    characters: int = Field(sa_type=BigInteger)
    first_at: datetime = Field(sa_type=Timestamp)
    last_at: datetime = Field(sa_type=Timestamp)
    response_seconds: float | None = Field(default=None, sa_type=Float)


class TenantStatistics(Counts, TenantRow, table=True):
    """Of all conversations of a tenant; words and emoji only of those that are open to it.

    `senders` are the pairs `[user id, messages]` of the users who sent most, and `names` the pairs
    `[name, messages]` of those who have no account, in conversations that are open to the tenant;
    `sender_count` counts both, in all conversations.
    """

    __tablename__ = "tenant_statistics"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenants.id")
    as_of: datetime | None = Field(default=None, sa_type=Timestamp)
    due_at: datetime = Field(sa_type=Timestamp)
    conversation_count: int = Field(default=0, sa_type=BigInteger)
    senders: list[Any] = Field(default_factory=list, sa_type=JSONB)
    response_seconds: float | None = Field(default=None, sa_type=Float)
    names: list[Any] | None = Field(default=None, sa_type=JSONB)
