"""Changing the key that encrypts secrets of devices."""

from uuid import UUID

import asyncpg
import pytest

from app.resealing import Resealed, reseal
from gateways.secrets import KeyRing, SecretsError
from models.database import Database
from models.devices import Device, DeviceKind
from models.ids import new_id

OLD, NEW = b"o" * 32, b"n" * 32


async def keep(database: Database, tenant: UUID, ring: KeyRing) -> UUID:
    """A device whose secrets the ring encrypted."""
    device = Device(tenant_id=tenant, name=new_id().hex, kind=DeviceKind.HTTP)
    device.secrets = ring.seal({"signing_secret": "hush"}, device.id)
    async with database.transaction(tenant) as session:
        session.add(device)
    return device.id


async def test_an_old_key_can_go_when_everything_was_encrypted_anew(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]", owner_url: str, tenant: UUID
) -> None:
    await owner.execute("UPDATE devices SET secrets = NULL")
    kept = [await keep(database, tenant, KeyRing([key])) for key in (OLD, NEW, OLD)]
    lost = await keep(database, tenant, KeyRing([b"x" * 32]))
    both = KeyRing([NEW, OLD])
    assert await reseal(owner_url, both) == Resealed(changed=2, unreadable=1)
    assert await reseal(owner_url, both) == Resealed(changed=0, unreadable=1)
    rows = dict(await owner.fetch("SELECT id, secrets FROM devices WHERE secrets IS NOT NULL"))
    for device in kept:
        assert KeyRing([NEW]).unseal(rows[device], device) == {"signing_secret": "hush"}
    with pytest.raises(SecretsError):
        both.unseal(rows[lost], lost)
