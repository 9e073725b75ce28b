"""Devices: where a tenant's messages go out and come in, and what they did lately."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp, enum_field, now, one_of

WHOLE_SYSTEM = UUID(int=0)
"""The tenant of rows that are nobody's: every tenant may see them."""


class DeviceKind(StrEnum):
    """The outlet behind a device."""

    LOOPBACK = "LOOPBACK"
    WHATSAPP_CLOUD = "WHATSAPP_CLOUD"
    HTTP = "HTTP"


class DeviceState(StrEnum):
    """Whether messages go out. What is queued waits in every state but CONNECTED.

    INTERRUPTED: its outlet failed time and again; one message at a time is tried now and then.
    FAILED: the outlet refused the credentials.
    """

    DISCONNECTED = "DISCONNECTED"
    CONNECTING = "CONNECTING"
    CONNECTED = "CONNECTED"
    INTERRUPTED = "INTERRUPTED"
    FAILED = "FAILED"


class Device(KeyedRow, table=True):
    """An outlet with its settings, and how it is doing. One that is archived keeps its row.

    `secrets` is encrypted JSON; `revision` counts the changes of settings and secrets, so that a
    worker knows whether the gateway that it made is still the right one. `limits` holds the rates
    that differ from the kind's defaults. Nothing is sent before `paused_until`; `failures` are
    those since the last success, `trips` how often the circuit breaker opened since.
    """

    __tablename__ = "devices"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index(
            "devices_name_key",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index("devices_list_idx", "tenant_id", "created_at", "id"),
        one_of("kind", DeviceKind),
        one_of("state", DeviceState),
    )

    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str = Field(sa_type=Text)
    kind: DeviceKind = enum_field()
    state: DeviceState = enum_field(DeviceState.DISCONNECTED)
    state_reason: str | None = Field(default=None, sa_type=Text)
    state_since: datetime = Field(default_factory=now, sa_type=Timestamp)
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    limits: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    secrets: bytes | None = Field(default=None, sa_type=LargeBinary)
    revision: int = 1
    paused_until: datetime | None = Field(default=None, sa_type=Timestamp)
    failures: int = 0
    trips: int = 0
    last_heard_at: datetime | None = Field(default=None, sa_type=Timestamp)
    archived_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_seq: int = Field(default=0, sa_type=BigInteger)


class RateBucket(TenantRow, table=True):
    """How far a rate has been used up: what conforms next does so at `ready_at`.

    `key` names what is limited: a device and a priority, a pair, the tenant. Rows of the tenant
    `WHOLE_SYSTEM` are everybody's. One whose time is over says nothing any more.
    """

    __tablename__ = "rate_buckets"
    __table_args__ = (Index("rate_buckets_ready_idx", "ready_at"),)

    tenant_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    ready_at: datetime = Field(sa_type=Timestamp)


class DeliveryCount(TenantRow, table=True):
    """What became of a device's deliveries within an hour; `device_id` is nil without a device."""

    __tablename__ = "delivery_counts"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=Timestamp)
    device_id: UUID = Field(primary_key=True)
    priority: int = Field(
        primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False}
    )
    completed: int = Field(default=0, sa_type=BigInteger)
    failed: int = Field(default=0, sa_type=BigInteger)


class WorkerBeat(TenantRow, table=True):
    """A worker that runs, or did so at `beat_at`. Its tenant is `WHOLE_SYSTEM`.

    The numbers are those since it was started; `in_flight` is of the moment.
    """

    __tablename__ = "worker_beats"

    tenant_id: UUID = WHOLE_SYSTEM
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    started_at: datetime = Field(sa_type=Timestamp)
    beat_at: datetime = Field(sa_type=Timestamp)
    capacity: int
    in_flight: int
    claimed: int = Field(sa_type=BigInteger)
    completed: int = Field(sa_type=BigInteger)
    failed: int = Field(sa_type=BigInteger)
