"""Tenants and their users."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from models.base import BaseRow, KeyedRow, Timestamp, enum_field, now, one_of
from models.ids import new_id


class Role(StrEnum):
    """What a user may do in a tenant; each role may do all that the ones after it may."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    AGENT = "AGENT"
    VIEWER = "VIEWER"

    def may_act_as(self, needed: "Role") -> bool:
        """Whether this role includes `needed`."""
        order = list(Role)
        return order.index(self) <= order.index(needed)


class Tenant(BaseRow, table=True):
    """A customer of the installation; every other row belongs to one.

    While it is suspended nobody signs in to it. `wallet_role` is the role of those who sign
    themselves up with a wallet; None: unknown wallets are refused. `forgotten_xid` is the greatest
    `xid` of those of its events that were deleted for their age.
    """

    __tablename__ = "tenants"
    __table_args__ = (CheckConstraint("wallet_role IN ('AGENT', 'VIEWER')", name="wallet_role"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    suspended_at: datetime | None = Field(default=None, sa_type=Timestamp)
    wallet_role: Role | None = Field(default=None, sa_type=Text)
    forgotten_xid: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"}
    )


class User(KeyedRow, table=True):
    """A person or program that signs in to one tenant. `handle` is unique within it.

    One who was removed keeps the row, which messages and schedules name.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "handle"),
        one_of("role", Role),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    handle: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    role: Role = enum_field()
    removed_at: datetime | None = Field(default=None, sa_type=Timestamp)
