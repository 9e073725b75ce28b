"""How users sign in, and the record of what was done about it. Secrets are kept hashed."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp, enum_field, now, one_of
from models.tenants import Role


def _of_user(column: str = "user_id") -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", column], ["users.tenant_id", "users.id"])


class Session(KeyedRow, table=True):
    """A sign-in that refresh tokens prolong, up to `expires_at`."""

    __tablename__ = "sessions"
    __table_args__ = (
        _of_user(),
        UniqueConstraint("tenant_id", "id"),
        Index("sessions_user_idx", "user_id"),
    )

    user_id: UUID
    expires_at: datetime = Field(sa_type=Timestamp)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)


class RefreshToken(TenantRow, table=True):
    """One link of a session's chain of refresh tokens. Used twice, it ends the session."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "session_id"], ["sessions.tenant_id", "sessions.id"], ondelete="CASCADE"
        ),
        Index("refresh_tokens_session_idx", "session_id"),
    )

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    session_id: UUID
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class ApiKey(KeyedRow, table=True):
    """A program's credential: it acts as its user, with no more than `role`."""

    __tablename__ = "api_keys"
    __table_args__ = (
        _of_user(),
        UniqueConstraint("digest"),
        Index("api_keys_list_idx", "tenant_id", "created_at", "id"),
        Index("api_keys_user_idx", "user_id"),
        one_of("role", Role),
    )

    user_id: UUID
    name: str = Field(sa_type=Text)
    digest: bytes = Field(sa_type=LargeBinary)
    role: Role = enum_field()
    read_only: bool = False
    expires_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_used_at: datetime | None = Field(default=None, sa_type=Timestamp)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)


class Invitation(KeyedRow, table=True):
    """A place in the tenant that waits for whoever holds the token."""

    __tablename__ = "invitations"
    __table_args__ = (
        _of_user("invited_by_id"),
        UniqueConstraint("digest"),
        Index("invitations_list_idx", "tenant_id", "created_at", "id"),
        one_of("role", Role),
    )

    invited_by_id: UUID
    handle: str = Field(sa_type=Text)
    role: Role = enum_field()
    digest: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=Timestamp)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)


class Wallet(TenantRow, table=True):
    """An Ethereum account that signs a user in. `address` is its 40 digits in lower case."""

    __tablename__ = "wallets"
    __table_args__ = (_of_user(), Index("wallets_user_idx", "user_id"))

    tenant_id: UUID = Field(primary_key=True)
    address: str = Field(primary_key=True, sa_type=Text)
    user_id: UUID
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class WalletNonce(TenantRow, table=True):
    """A challenge that was handed out; taking it deletes it, so that it is good once."""

    __tablename__ = "wallet_nonces"
    __table_args__ = (Index("wallet_nonces_expiry_idx", "tenant_id", "expires_at"),)

    nonce: str = Field(primary_key=True, sa_type=Text)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    address: str = Field(sa_type=Text)
    chain_id: int = Field(sa_type=BigInteger)
    expires_at: datetime = Field(sa_type=Timestamp)


class AuditAction(StrEnum):
    """What is kept in the audit trail."""

    SESSION_STARTED = "SESSION_STARTED"
    SESSION_ENDED = "SESSION_ENDED"
    REFRESH_TOKEN_REUSED = "REFRESH_TOKEN_REUSED"
    API_KEY_CREATED = "API_KEY_CREATED"
    API_KEY_REVOKED = "API_KEY_REVOKED"
    WALLET_LINKED = "WALLET_LINKED"
    WALLET_UNLINKED = "WALLET_UNLINKED"
    MEMBER_INVITED = "MEMBER_INVITED"
    INVITATION_REVOKED = "INVITATION_REVOKED"
    INVITATION_ACCEPTED = "INVITATION_ACCEPTED"
    MEMBER_SIGNED_UP = "MEMBER_SIGNED_UP"
    ROLE_CHANGED = "ROLE_CHANGED"
    MEMBER_REMOVED = "MEMBER_REMOVED"
    TENANT_SUSPENDED = "TENANT_SUSPENDED"
    TENANT_RESUMED = "TENANT_RESUMED"
    WALLET_SIGN_UP_CHANGED = "WALLET_SIGN_UP_CHANGED"
    PUBLIC_KEY_PUBLISHED = "PUBLIC_KEY_PUBLISHED"
    PUBLIC_KEY_REVOKED = "PUBLIC_KEY_REVOKED"
    DEVICE_CREATED = "DEVICE_CREATED"
    DEVICE_CHANGED = "DEVICE_CHANGED"
    DEVICE_ARCHIVED = "DEVICE_ARCHIVED"
    CONNECTION_CLOSED = "CONNECTION_CLOSED"
    CONTACT_ERASED = "CONTACT_ERASED"
    CONTACT_EXPORTED = "CONTACT_EXPORTED"


class AuditEntry(KeyedRow, table=True):
    """Who did what to what, when, and from where. The application adds rows and changes none.

    `actor_id` is None for operators, `subject_id` where the action itself says it all.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_list_idx", "tenant_id", "created_at", "id"),
        one_of("action", AuditAction),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    actor_id: UUID | None = None
    action: AuditAction = enum_field()
    subject_id: UUID | None = None
    address: str | None = Field(default=None, sa_type=Text)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
