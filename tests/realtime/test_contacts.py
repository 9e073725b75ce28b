"""Contacts found by what they are known by, or made; and who of them a message reaches."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from models.audience import Contact, GroupMember, IdentityKind, RecipientGroup
from models.base import now
from models.database import Database
from models.identities import Identity, identity, whatsapp_phone
from realtime.contacts import contact_of
from realtime.recipients import recipient_batches, recipients_among, recipients_of_group
from realtime.unit_of_work import unit_of_work
from tests.realtime.town import Mute

PHONE = whatsapp_phone("34612345678")
OTHER_PHONE = whatsapp_phone("34699999999")
MAIL = identity(IdentityKind.EMAIL, "ana@example.org")
USER = identity(IdentityKind.WHATSAPP_USER, "ES.13491208655302741918")


class Desk:
    """Meets people, and puts them into groups."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database = database
        self.tenant_id = tenant_id

    async def meet(self, *identities: Identity, name: str | None = None) -> UUID:
        async with unit_of_work(self.database, Mute(), self.tenant_id) as work:
            return (await contact_of(work, identities, name)).id

    async def group(self, *contact_ids: UUID) -> UUID:
        async with unit_of_work(self.database, Mute(), self.tenant_id) as work:
            group = RecipientGroup(tenant_id=self.tenant_id, name="all", size=len(contact_ids))
            work.session.add(group)
            await work.session.flush()
            for contact_id in contact_ids:
                member = GroupMember(
                    tenant_id=self.tenant_id, group_id=group.id, contact_id=contact_id
                )
                work.session.add(member)
        return group.id

    async def change(self, contact_id: UUID, **changed: object) -> None:
        async with unit_of_work(self.database, Mute(), self.tenant_id) as work:
            contact = await work.session.get(Contact, contact_id)
            assert contact is not None
            contact.sqlmodel_update(changed)

    async def reached(
        self, group_id: UUID, *kinds: IdentityKind, size: int = 100
    ) -> list[list[tuple[UUID, str]]]:
        """Whom a group's message reaches, in batches."""
        async with unit_of_work(self.database, Mute(), self.tenant_id) as work:
            return [
                [(row.contact_id, row.value) for row in rows]
                async for rows in recipient_batches(work, group_id, kinds, size)
            ]


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
    other = await owner.fetchval(
        "INSERT INTO tenants (id, slug, name, created_at)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'other', now()) RETURNING id"
    )
    assert await Desk(database, other).meet(PHONE) != await desk.meet(PHONE)


async def test_group_reaches_each_by_the_kind_that_is_wanted_most(desk: Desk) -> None:
    both = await desk.meet(PHONE, USER)
    second_phone = await desk.meet(MAIL, OTHER_PHONE)
    group = await desk.group(both, second_phone)
    wanted = {both: USER.value, second_phone: OTHER_PHONE.value}
    (found,) = await desk.reached(group, IdentityKind.WHATSAPP_USER, IdentityKind.PHONE)
    assert dict(found) == wanted
    (found,) = await desk.reached(group, IdentityKind.PHONE, IdentityKind.WHATSAPP_USER)
    assert dict(found) == wanted | {both: PHONE.value}
    (found,) = await desk.reached(group, IdentityKind.EMAIL)
    assert found == [(second_phone, MAIL.value)]


async def test_primary_identity_is_taken(desk: Desk) -> None:
    contact = await desk.meet(OTHER_PHONE, PHONE)
    (found,) = await desk.reached(await desk.group(contact), IdentityKind.PHONE)
    assert found == [(contact, OTHER_PHONE.value)]


async def test_who_is_archived_or_opted_out_is_left_alone(desk: Desk) -> None:
    archived, silent, open_ = [await desk.meet(one) for one in (PHONE, OTHER_PHONE, USER)]
    group = await desk.group(archived, silent, open_)
    await desk.change(archived, archived_at=now())
    await desk.change(silent, opted_out_at=now())
    kinds = (IdentityKind.PHONE, IdentityKind.WHATSAPP_USER)
    assert await desk.reached(group, *kinds) == [[(open_, USER.value)]]


async def test_batches_have_everybody_once(desk: Desk) -> None:
    people = [await desk.meet(whatsapp_phone(f"3461234567{digit}")) for digit in range(7)]
    silent = await desk.meet(MAIL)
    group = await desk.group(*people, silent)
    batches = await desk.reached(group, IdentityKind.PHONE, size=3)
    assert len(batches) == 3
    reached = [contact for batch in batches for contact, _ in batch]
    assert sorted(reached) == sorted(people)


async def test_lists_of_contacts_are_reached_like_groups(desk: Desk) -> None:
    people = [await desk.meet(one) for one in (PHONE, MAIL)]
    group, tenant = await desk.group(*people), desk.tenant_id
    kinds = (IdentityKind.PHONE, IdentityKind.EMAIL)
    async with unit_of_work(desk.database, Mute(), tenant) as work:
        connection = await work.session.connection()
        whole = await connection.execute(recipients_of_group(tenant, group, kinds))
        listed = await connection.execute(recipients_among(tenant, people[:1], kinds))
        assert {row.contact_id for row in whole} == set(people)
        assert [row.contact_id for row in listed] == people[:1]
