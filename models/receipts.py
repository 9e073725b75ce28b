"""What has come to users, and what they have read, as others are told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from models.base import TenantRow, Timestamp


class Receipt(TenantRow, table=True):
    """How far a conversation has come to a user's devices, and how far it was read.

    Messages with a `seq` up to these are delivered, or read. Neither moves back: a user who marks
    a conversation as unread has read it all the same. `changed_at` is when either moved last.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
        CheckConstraint("read_seq <= delivered_seq", name="order"),
        Index("receipts_list_idx", "conversation_id", text("changed_at DESC")),
    )

    conversation_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    delivered_seq: int = Field(default=0, sa_type=BigInteger)
    read_seq: int = Field(default=0, sa_type=BigInteger)
    changed_at: datetime = Field(sa_type=Timestamp)
