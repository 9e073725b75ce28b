"""Tenants and their users."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from models.base import KeyedRow, Table, Timestamp, enum_field, now, one_of
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


class Tenant(Table, table=True):
    """A customer of the installation; every other row belongs to one."""

    __tablename__ = "tenants"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class User(KeyedRow, table=True):
    """A person or program that signs in to one tenant. `handle` is unique within it."""

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
