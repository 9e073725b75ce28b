"""Encrypting the secrets of all devices anew, so that an old key can go."""

from dataclasses import dataclass

import asyncpg

from gateways.secrets import KeyRing, SecretsError
from models.database import plain_url

_READ = "SELECT id, secrets FROM devices WHERE secrets IS NOT NULL ORDER BY id"
# Who changed the secrets meanwhile has encrypted them with the first key already.
_WRITE = "UPDATE devices SET secrets = $3 WHERE id = $1 AND secrets = $2"


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many devices have their secrets under the first key now, and how many no key opens."""

    changed: int
    unreadable: int


async def reseal(owner_url: str, keys: KeyRing) -> Resealed:
    """Encrypt with the first key what another one encrypted. Runs as the owner, over all tenants.

    Raises OSError or asyncpg errors. Done twice, or cut short and done again, it does no harm.
    """
    changed = unreadable = 0
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        for row in await connection.fetch(_READ):
            if keys.is_current(row["secrets"]):
                continue
            try:
                secrets = keys.unseal(row["secrets"], row["id"])
            except SecretsError:
                unreadable += 1
                continue
            sealed = keys.seal(secrets, row["id"])
            await connection.execute(_WRITE, row["id"], row["secrets"], sealed)
            changed += 1
    finally:
        await connection.close()
    return Resealed(changed, unreadable)
