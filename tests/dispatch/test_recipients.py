"""To whom a group's message goes, and under which of their identities."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from dispatch.recipients import Withheld, end_of_piece, recipients_between
from models.audience import GroupMember, IdentityKind, RecipientGroup
from models.base import now
from models.database import Database
from models.devices import DeviceKind
from models.identities import Identity, identity
from models.schedules import Audience
from realtime.contacts import contact_of
from realtime.unit_of_work import unit_of_work
from tests.realtime.town import Mute

PHONE = identity(IdentityKind.PHONE, "+34612345678")
OTHER_PHONE = identity(IdentityKind.PHONE, "+34699999999")
MAIL = identity(IdentityKind.EMAIL, "ana@example.org")
USER = identity(IdentityKind.WHATSAPP_USER, "ES.13491208655302741918")


class Desk:
    """Meets people, puts them into groups, and asks where a group's message would go."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database = database
        self.tenant_id = tenant_id

    async def meet(self, *identities: Identity, **details: Any) -> UUID:
        async with unit_of_work(self.database, Mute(), self.tenant_id) as work:
            contact = await contact_of(work, identities, None)
            contact.sqlmodel_update(details)
        return contact.id

    async def group(self, *contact_ids: UUID) -> UUID:
        async with unit_of_work(self.database, Mute(), self.tenant_id) as work:
            group = RecipientGroup(tenant_id=self.tenant_id, name="all", size=len(contact_ids))
            work.session.add(group)
            await work.session.flush()
            for contact_id in contact_ids:
                place = {"group_id": group.id, "contact_id": contact_id}
                work.session.add(GroupMember(tenant_id=self.tenant_id, **place))
        return group.id

    async def piece(
        self, group_id: UUID, kind: DeviceKind, after: UUID | None = None, limit: int = 100
    ) -> dict[UUID, str | None]:
        """The addresses of one piece of a group, in the order of its keys."""
        schedule: Any = SimpleNamespace(
            audience=Audience.GROUP, recipient_group_id=group_id, device_kind=kind
        )
        async with self.database.transaction(self.tenant_id) as session:
            through = await end_of_piece(session, schedule, after, limit)
            rows = await recipients_between(session, schedule, after, through)
        assert [row.key for row in rows] == sorted(row.contact_id for row in rows)
        return {row.contact_id: row.address for row in rows}


@pytest.fixture
def desk(database: Database, tenant: UUID) -> Desk:
    return Desk(database, tenant)


async def test_each_is_reached_by_what_the_device_can_write_to(desk: Desk) -> None:
    both, no_phone, mail = [
        await desk.meet(*ids) for ids in ((USER, PHONE), (OTHER_PHONE,), (MAIL,))
    ]
    group = await desk.group(both, no_phone, mail)
    found = await desk.piece(group, DeviceKind.WHATSAPP_CLOUD)
    assert found == {both: PHONE.value, no_phone: OTHER_PHONE.value, mail: None}
    found = await desk.piece(group, DeviceKind.HTTP)
    assert found[mail] == MAIL.value


async def test_primary_identity_is_taken(desk: Desk) -> None:
    contact = await desk.meet(OTHER_PHONE, PHONE)
    group = await desk.group(contact)
    assert await desk.piece(group, DeviceKind.WHATSAPP_CLOUD) == {contact: OTHER_PHONE.value}


async def test_who_is_archived_or_opted_out_is_told_apart(desk: Desk) -> None:
    archived = await desk.meet(PHONE, archived_at=now())
    silent = await desk.meet(OTHER_PHONE, opted_out_at=now())
    group = await desk.group(archived, silent)
    schedule: Any = SimpleNamespace(
        audience=Audience.GROUP, recipient_group_id=group, device_kind=DeviceKind.HTTP
    )
    async with desk.database.transaction(desk.tenant_id) as session:
        rows = {row.key: row for row in await recipients_between(session, schedule, None, None)}
    assert rows[archived].withheld == Withheld.ARCHIVED
    assert rows[silent].withheld == Withheld.OPTED_OUT


async def test_pieces_have_everybody_once(desk: Desk) -> None:
    people = [
        await desk.meet(identity(IdentityKind.PHONE, f"+3461234567{digit}")) for digit in range(7)
    ]
    group = await desk.group(*people)
    found: list[UUID] = []
    while piece := await desk.piece(
        group, DeviceKind.HTTP, after=found[-1] if found else None, limit=3
    ):
        assert len(piece) <= 3
        found.extend(piece)
    assert found == sorted(people)
