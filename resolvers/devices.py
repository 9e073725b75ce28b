"""Devices: found and listed. What changes them is in `resolvers.device_changes`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.database import Reader, Row
from models.devices import DeviceKind
from models.tables import devices
from resolvers.context import Context
from resolvers.errors import not_found
from resolvers.paging import Keyset, Page, PageRequest
from resolvers.scope import is_one_of

d = devices.c
# Without the secrets, which nobody reads.
COLUMNS: tuple[ColumnElement[Any], ...] = (
    d.id,
    d.name,
    d.kind,
    d.state,
    d.state_reason,
    d.state_since,
    d.settings,
    d.limits,
    d.paused_until,
    d.last_heard_at,
    d.archived_at,
    d.created_at,
)
BY_CREATION = Keyset(b"D", d.created_at, d.id, descending=True)


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What devices must be like. Archived ones are left out unless they are asked for."""

    kind: DeviceKind | None = None
    archived: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on `devices`."""
        found: list[ColumnElement[bool]] = [
            d.archived_at.is_not(None) if self.archived else d.archived_at.is_(None)
        ]
        if self.kind is not None:
            found.append(d.kind == self.kind.value)
        return found


async def find_device(context: Context, device_id: UUID) -> Row:
    """The device. Raises NOT_FOUND."""
    tenant_id = context.viewer.tenant_id
    row = await context.read.first(
        select(*COLUMNS).where(d.id == device_id, d.tenant_id == tenant_id)
    )
    if row is None:
        raise not_found("device")
    return row


async def devices_by_id(read: Reader, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Those of the tenant's devices that have these ids."""
    statement = select(*COLUMNS).where(is_one_of(d.id, list(ids)), d.tenant_id == read.tenant_id)
    return {row.id: row for row in await read.all(statement)}


async def list_devices(context: Context, request: PageRequest, wanted: DeviceFilter) -> Page:
    """A page of the tenant's devices, newest first."""
    tenant_id = context.viewer.tenant_id
    statement = select(*COLUMNS).where(d.tenant_id == tenant_id, *wanted.conditions())
    rows = await context.read.all(BY_CREATION.select(statement, request))
    return BY_CREATION.page(rows, request)


async def count_devices(context: Context, wanted: DeviceFilter) -> int:
    """How many devices the list has on all its pages."""
    tenant_id = context.viewer.tenant_id
    statement = select(func.count()).select_from(devices)
    count: int = await context.read.value(
        statement.where(d.tenant_id == tenant_id, *wanted.conditions())
    )
    return count
