"""Contacts found by what they are known by, or made."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from models.audience import IdentityKind
from models.database import Database
from models.identities import Identity, identity
from realtime.contacts import contact_of
from realtime.unit_of_work import unit_of_work
from tests.realtime.town import Mute
from tests.tenants import make_tenant

PHONE = identity(IdentityKind.PHONE, "+34612345678")
OTHER_PHONE = identity(IdentityKind.PHONE, "+34699999999")
USER = identity(IdentityKind.WHATSAPP_USER, "ES.13491208655302741918")


class Desk:
    """Where people are met, of one tenant."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database = database
        self.tenant_id = tenant_id

    async def meet(self, *identities: Identity, name: str | None = None) -> UUID:
        async with unit_of_work(self.database, Mute(), self.tenant_id) as work:
            return (await contact_of(work, identities, name)).id


@pytest.fixture
def desk(database: Database, tenant: UUID) -> Desk:
    return Desk(database, tenant)


async def kept(owner: "asyncpg.Pool[asyncpg.Record]", contact_id: UUID) -> list[Sequence[object]]:
    """A contact's identities, as the table has them."""
    rows = await owner.fetch(
        "SELECT kind, value, is_primary FROM contact_identities WHERE contact_id = $1"
        " ORDER BY kind, value",
        contact_id,
    )
    return [tuple(row) for row in rows]


async def test_one_who_writes_again_is_the_same_contact(
    desk: Desk, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    first = await desk.meet(PHONE, name="Ana")
    again = await desk.meet(PHONE, name="Somebody else")
    assert again == first
    assert await owner.fetchval("SELECT name FROM contacts WHERE id = $1", first) == "Ana"


async def test_new_identity_of_a_known_contact_is_added(
    desk: Desk, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    first = await desk.meet(PHONE)
    assert await desk.meet(USER, PHONE) == first
    assert await desk.meet(USER, OTHER_PHONE) == first
    assert await kept(owner, first) == [
        ("PHONE", PHONE.value, True),
        ("PHONE", OTHER_PHONE.value, False),
        ("WHATSAPP_USER", USER.value, True),
    ]


async def test_two_contacts_keep_what_is_theirs(
    desk: Desk, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    one, other = await desk.meet(PHONE), await desk.meet(USER)
    assert await desk.meet(USER, PHONE) == other
    assert [value for _, value, _ in await kept(owner, one)] == [PHONE.value]


async def test_nameless_contact_is_called_by_its_identity(
    desk: Desk, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    unnamed, long = await desk.meet(PHONE, name="  "), await desk.meet(USER, name="x" * 300)
    names = await owner.fetch("SELECT id, name FROM contacts WHERE id = ANY($1)", [unnamed, long])
    assert {row["id"]: row["name"] for row in names} == {unnamed: PHONE.value, long: "x" * 200}


async def test_one_contact_is_made_of_all_who_meet_it_at_once(
    desk: Desk, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    met = await asyncio.gather(*(desk.meet(PHONE) for _ in range(6)))
    assert len(set(met)) == 1
    contacts = "SELECT count(*) FROM contacts WHERE tenant_id = $1"
    assert await owner.fetchval(contacts, desk.tenant_id) == 1


async def test_tenants_know_the_same_phone_apart(
    database: Database, desk: Desk, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    other = await make_tenant(owner)
    assert await Desk(database, other).meet(PHONE) != await desk.meet(PHONE)
