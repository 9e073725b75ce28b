"""Whom messages go to, and what they say: contacts, recipient groups and templates."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp, enum_field, now, one_of


class IdentityKind(StrEnum):
    """What a contact is known by; `models/identities.py` has the form in which each is kept.

    WHATSAPP_USER is WhatsApp's business-scoped id of somebody who may have no phone number there,
    USER a user of the tenant.
    """

    PHONE = "PHONE"
    WHATSAPP_USER = "WHATSAPP_USER"
    WALLET = "WALLET"
    USER = "USER"
    EMAIL = "EMAIL"


class VariableType(StrEnum):
    """What a template's variable takes; `analysis/templates.py` checks and writes each."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    CURRENCY = "CURRENCY"
    DATE = "DATE"
    DATETIME = "DATETIME"
    URL = "URL"


class Contact(KeyedRow, table=True):
    """Somebody whom messages are sent to, under any number of identities.

    From `quiet_from` to `quiet_until` (local times of `time_zone`, over midnight where the first
    is the later) nothing should reach them. `fields` are the tenant's own, as text by name. Who
    was archived or has opted out is sent nothing. A duplicate that was merged is archived, and
    names the contact that stands for both; that one was not merged itself. Of one who was erased
    nothing is left but the row.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index("contacts_list_idx", "tenant_id", "created_at", "id"),
        CheckConstraint(
            "num_nonnulls(quiet_from, quiet_until) <> 1 AND quiet_from <> quiet_until",
            name="quiet_hours",
        ),
        CheckConstraint("jsonb_typeof(fields) = 'object'", name="fields"),
        ForeignKeyConstraint(
            ["tenant_id", "merged_into_id"], ["contacts.tenant_id", "contacts.id"]
        ),
        CheckConstraint("merged_into_id IS NULL OR archived_at IS NOT NULL", name="merged"),
        Index(
            "contacts_merged_idx",
            "merged_into_id",
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str = Field(sa_type=Text)
    locale: str | None = Field(default=None, sa_type=Text)
    time_zone: str | None = Field(default=None, sa_type=Text)
    quiet_from: time | None = Field(default=None, sa_type=Time)
    quiet_until: time | None = Field(default=None, sa_type=Time)
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    updated_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    archived_at: datetime | None = Field(default=None, sa_type=Timestamp)
    opted_out_at: datetime | None = Field(default=None, sa_type=Timestamp)
    merged_into_id: UUID | None = None
    erased_at: datetime | None = Field(default=None, sa_type=Timestamp)


class ContactIdentity(KeyedRow, table=True):
    """One thing that a contact is known by; within a tenant it is nobody else's.

    Of several of a kind messages go to the primary one.
    """

    __tablename__ = "contact_identities"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "kind", "value"),
        Index("contact_identities_list_idx", "tenant_id", "contact_id", "created_at", "id"),
        Index(
            "contact_identities_primary_key",
            "contact_id",
            "kind",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
        one_of("kind", IdentityKind),
    )

    contact_id: UUID
    kind: IdentityKind = enum_field()
    value: str = Field(sa_type=Text)
    is_primary: bool = False


class RecipientGroup(KeyedRow, table=True):
    """Contacts that are written to together.

    `version` counts the changes, of members too, and `size` the members; both under the row's lock.
    """

    __tablename__ = "recipient_groups"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        Index("recipient_groups_list_idx", "tenant_id", "created_at", "id"),
        CheckConstraint("size >= 0", name="size"),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    size: int = Field(default=0, sa_type=BigInteger)
    version: int = Field(default=1, sa_type=BigInteger)
    updated_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class GroupMember(TenantRow, table=True):
    """A contact's place in a recipient group."""

    __tablename__ = "recipient_group_members"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["recipient_groups.tenant_id", "recipient_groups.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            ondelete="CASCADE",
        ),
        Index("recipient_group_members_list_idx", "group_id", "added_at", "contact_id"),
        Index("recipient_group_members_contact_idx", "contact_id", "group_id"),
    )

    group_id: UUID = Field(primary_key=True)
    contact_id: UUID = Field(primary_key=True)
    added_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class Template(KeyedRow, table=True):
    """A text with places for values, each of a declared type.

    `variables` are objects of name, type, required, default and example. `whatsapp_name` and
    `whatsapp_language` name the template of the WhatsApp Cloud API that stands in for the text,
    `whatsapp_parameters` the placeholders that fill it, in its order. `version` counts changes.
    """

    __tablename__ = "templates"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index(
            "templates_name_key",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index("templates_list_idx", "tenant_id", "created_at", "id"),
        CheckConstraint("jsonb_typeof(variables) = 'array'", name="variables"),
        CheckConstraint("num_nonnulls(whatsapp_name, whatsapp_language) <> 1", name="whatsapp"),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    variables: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    whatsapp_name: str | None = Field(default=None, sa_type=Text)
    whatsapp_language: str | None = Field(default=None, sa_type=Text)
    whatsapp_parameters: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    version: int = Field(default=1, sa_type=BigInteger)
    updated_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    archived_at: datetime | None = Field(default=None, sa_type=Timestamp)
