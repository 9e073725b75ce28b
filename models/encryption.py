"""End-to-end encryption: what users publish, and bodies that the server cannot read."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from models.base import KeyedRow, Timestamp


@dataclass(frozen=True, slots=True)
class EncryptedBody:
    """A body as its sender sealed it. `scheme` and `key_id` tell readers how to open it."""

    ciphertext: bytes
    scheme: str
    key_id: str
    nonce: bytes


Body: TypeAlias = str | EncryptedBody


class PublicKey(KeyedRow, table=True):
    """A key by which others encrypt to a user, or know what the user encrypted.

    Keys are revoked and never deleted: old messages name them. The application may change
    nothing of a key but `revoked_at`.
    """

    __tablename__ = "public_keys"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
        UniqueConstraint("user_id", "key_id"),
        Index("public_keys_list_idx", "user_id", "created_at", "id"),
    )

    user_id: UUID
    key_id: str = Field(sa_type=Text)
    algorithm: str = Field(sa_type=Text)
    public_key: bytes = Field(sa_type=LargeBinary)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)
