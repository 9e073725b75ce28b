"""What the tables share: keys, tenants, times and enums kept as text."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Text
from sqlmodel import Field, SQLModel

from models.ids import new_id

SQLModel.metadata.naming_convention = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

Timestamp = DateTime(timezone=True)


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A CHECK that `column` (text) holds a value of the enum; cheaper to change than a PG enum."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def enum_field(default: StrEnum | None = None, **options: Any) -> Any:
    """A text column for a StrEnum: PostgreSQL sees text, the CHECK of `one_of` guards it."""
    if default is not None:
        options["default"] = default
    return Field(sa_type=Text, **options)


class BaseRow(SQLModel):
    """The base of every table."""

    if TYPE_CHECKING:
        # SQLModel declares a descriptor here, which refuses the plain names that it documents.
        __tablename__: ClassVar[str]  # type: ignore[misc,assignment,unused-ignore]


class TenantRow(BaseRow):
    """A row of one tenant: row-level security compares `tenant_id` with the connection's."""

    tenant_id: UUID


class KeyedRow(TenantRow):
    """A tenant's row with a UUIDv7 key and the time it was made."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)


def kept(default: str) -> dict[str, Any]:
    """The default for processes of the version before, which do not know the column."""
    return {"server_default": default}
