"""The gateway that the dispatcher has: it hands each delivery to the outlet of its device."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import select

from gateways.outlets import DeviceConfiguration, OutletMaker
from gateways.protocol import Action, Gateway, GatewayError, Outgoing, Outlet, Sent
from models.database import Database
from models.devices import DeviceKind
from models.tables import devices

d = devices.c


@dataclass(slots=True)
class _Open:
    """An outlet that was made, and how many calls of it are under way."""

    outlet: Outlet
    revision: int
    users: int = 0


class DeviceGateways:
    """Outlets by device, at most `capacity` of them; the one that was made first goes first.

    A delivery names the revision of its device, so that a change is known without being told.
    """

    def __init__(
        self, database: Database, maker: OutletMaker, without_device: Gateway, capacity: int = 256
    ) -> None:
        self._database = database
        self._maker = maker
        self._without_device = without_device
        self._capacity = capacity
        self._open: dict[UUID, _Open] = {}
        self._retired: list[_Open] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        """See `Gateway`."""
        if outgoing.device_id is None:
            return await self._without_device.send(outgoing)
        async with self._outlet(outgoing, outgoing.device_id) as outlet:
            return await outlet.send(outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """See `Gateway`."""
        if outgoing.device_id is None:
            return await self._without_device.find(outgoing)
        async with self._outlet(outgoing, outgoing.device_id) as outlet:
            return await outlet.find(outgoing)

    async def close(self) -> None:
        """Close every outlet; none may be in use."""
        for device_id in list(self._open):
            self._retire(device_id)
        await self._close_retired()

    @asynccontextmanager
    async def _outlet(self, outgoing: Outgoing, device_id: UUID) -> AsyncIterator[Outlet]:
        entry = self._open.get(device_id)
        if entry is None or entry.revision < outgoing.device_revision:
            entry = await self._renewed(outgoing.tenant_id, device_id)
        entry.users += 1
        try:
            await self._close_retired()
            yield entry.outlet
        finally:
            entry.users -= 1
            await self._close_retired()

    async def _renewed(self, tenant_id: UUID, device_id: UUID) -> _Open:
        """The outlet as the device is now."""
        found = await configuration_of(self._database, tenant_id, device_id)
        if found is None:
            raise GatewayError("DEVICE_GONE", Action.FAIL)
        device, revision = found
        known = self._open.get(device_id)
        if known is not None and known.revision >= revision:
            return known
        # Nobody else runs between here and the return: what is retired is closed later.
        entry = _Open(self._maker.make(device), revision)
        self._retire(device_id)
        self._open[device_id] = entry
        if len(self._open) > self._capacity:
            self._retire(next(iter(self._open)))
        return entry

    def _retire(self, device_id: UUID) -> None:
        entry = self._open.pop(device_id, None)
        if entry is not None:
            self._retired.append(entry)

    async def _close_retired(self) -> None:
        """Close what was retired and is used no more."""
        idle = [entry for entry in self._retired if not entry.users]
        self._retired = [entry for entry in self._retired if entry.users]
        for entry in idle:
            await entry.outlet.close()


async def configuration_of(
    database: Database, tenant_id: UUID, device_id: UUID
) -> tuple[DeviceConfiguration, int] | None:
    """What the outlet of a device is made of, and its revision; None when the device is gone."""
    row = await database.reader(tenant_id).first(
        select(d.kind, d.settings, d.secrets, d.revision).where(
            d.tenant_id == tenant_id, d.id == device_id, d.archived_at.is_(None)
        )
    )
    if row is None:
        return None
    settings = orjson.loads(row.settings)
    kind = DeviceKind(row.kind)
    return DeviceConfiguration(tenant_id, device_id, kind, settings, row.secrets), row.revision
