"""To whom a schedule is to be sent: what clients say of it, checked and kept."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text

from models.audience import IdentityKind
from models.base import now
from models.columns import sparse
from models.identities import BadIdentity, identity
from models.ids import sql_id
from models.schedules import Audience
from models.tables import contacts, conversations, devices, recipient_groups
from realtime.unit_of_work import UnitOfWork
from resolvers.context import Viewer
from resolvers.errors import Code, UserError
from resolvers.scope import is_one_of, visible_conversations

# Numbers in the form in which they are kept need no closer look, of which a list takes seconds.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PIECE = 20_000

_KEEP = f"""
INSERT INTO schedule_recipients (tenant_id, schedule_id, id, contact_id, address, variables)
SELECT $1, $2, {sql_id("$3::bigint", "($4::bigint + r.n)")},
    coalesce(r.contact_id, known.contact_id), r.address, r.variables
FROM unnest($5::uuid[], $6::text[], $7::text[], $8::jsonb[])
    WITH ORDINALITY AS r (contact_id, kind, address, variables, n)
LEFT JOIN LATERAL (
    SELECT contact_id FROM contact_identities AS i
    WHERE i.tenant_id = $1 AND i.kind = r.kind AND i.value = r.address LIMIT 1
) AS known ON true
"""
_KEEP_MEMBERS = text("""
INSERT INTO schedule_recipients (tenant_id, schedule_id, id, contact_id)
SELECT :tenant_id, :schedule_id, contact_id, contact_id
FROM recipient_group_members WHERE group_id = :group_id
""")


@dataclass(frozen=True, slots=True)
class GivenRecipient:
    """A contact, or whoever is at an address of a kind; and the template's values for them."""

    contact_id: UUID | None = None
    address: str | None = None
    kind: IdentityKind = IdentityKind.PHONE
    variables: Mapping[str, Any] | None = None

    def normal(self) -> "GivenRecipient":
        """The same with its address as addresses are kept. Raises BAD_INPUT."""
        if (self.contact_id is None) == (self.address is None):
            message = "A recipient has a contactId or an address, and not both."
            raise UserError(Code.BAD_INPUT, message, "recipients")
        if self.address is None or (
            self.kind is IdentityKind.PHONE and _E164.fullmatch(self.address)
        ):
            return self
        try:
            found = identity(self.kind, self.address)
        except BadIdentity as error:
            message = f"{self.address[:64]!r} is no address: {error}."
            raise UserError(Code.BAD_INPUT, message, "recipients") from None
        return GivenRecipient(None, found.value, self.kind, self.variables)


@dataclass(frozen=True, slots=True)
class GivenAudience:
    """Whom a client names: one of the four. `fixed`: the group's members of now, not of then."""

    conversation_id: UUID | None = None
    contact_ids: Sequence[UUID] | None = None
    recipients: Sequence[GivenRecipient] | None = None
    group_id: UUID | None = None
    fixed: bool = False

    def checked(self, most: int, device_id: UUID | None) -> "GivenAudience":
        """The same if it names one audience that is not too many. Raises BAD_INPUT or TOO_LONG."""
        named = (self.conversation_id, self.contact_ids, self.recipients, self.group_id)
        if sum(one is not None for one in named) != 1:
            message = "Give one of conversationId, contactIds, recipients and recipientGroupId."
            raise UserError(Code.BAD_INPUT, message, "conversationId")
        if self.conversation_id is None and device_id is None:
            message = "Name the device that messages to people go out through."
            raise UserError(Code.BAD_INPUT, message, "deviceId")
        for field, people in (("contactIds", self.contact_ids), ("recipients", self.recipients)):
            if people is not None and len(people) > most:
                message = f"{field} names {len(people)} recipients; at most {most} fit."
                raise UserError(Code.TOO_LONG, message, field)
            if people is not None and not people:
                raise UserError(Code.BLANK, f"{field} must name somebody.", field)
        return self

    @property
    def audience(self) -> Audience:
        """The kind of it, as schedules keep it."""
        if self.conversation_id is not None:
            return Audience.CONVERSATION
        return Audience.GROUP if self.group_id is not None and not self.fixed else Audience.LIST

    async def listed(self) -> list[GivenRecipient]:
        """The recipients that are named one by one, each once. Raises BAD_INPUT."""
        if self.contact_ids is not None:
            return [GivenRecipient(contact_id) for contact_id in dict.fromkeys(self.contact_ids)]
        if not self.recipients:
            return []
        # A list of numbers in other forms takes seconds, which the event loop has not.
        return await asyncio.to_thread(_each_once, self.recipients)


def _each_once(given: Iterable[GivenRecipient]) -> list[GivenRecipient]:
    found = (recipient.normal() for recipient in given)
    return list({one.contact_id or one.address: one for one in found}.values())


async def require_audience(work: UnitOfWork, viewer: Viewer, given: GivenAudience) -> None:
    """Raise NOT_FOUND unless the viewer may see the conversation or the group."""
    if given.conversation_id is not None:
        seen = select(conversations.c.id).where(
            conversations.c.id == given.conversation_id,
            visible_conversations(viewer.tenant_id, viewer.user_id),
        )
        field = "conversationId"
    elif given.group_id is not None:
        g = recipient_groups.c
        seen = select(g.id).where(g.id == given.group_id, g.tenant_id == viewer.tenant_id)
        field = "recipientGroupId"
    else:
        return
    connection = await work.session.connection()
    if (await connection.execute(seen)).first() is None:
        raise UserError(Code.NOT_FOUND, f"There is none with this {field}.", field)


async def require_device(work: UnitOfWork, viewer: Viewer, device_id: UUID | None) -> None:
    """Raise NOT_FOUND unless it is a device of the tenant that is in use."""
    if device_id is None:
        return
    d = devices.c
    connection = await work.session.connection()
    found = await connection.execute(
        select(d.id).where(
            d.id == device_id, d.tenant_id == viewer.tenant_id, d.archived_at.is_(None)
        )
    )
    if found.first() is None:
        raise UserError(Code.NOT_FOUND, "There is no such device.", "deviceId")


async def keep_recipients(
    work: UnitOfWork, schedule_id: UUID, given: GivenAudience, listed: Sequence[GivenRecipient]
) -> None:
    """Keep the LIST of a schedule that this transaction made. Raises NOT_FOUND.

    An address that is a contact's is kept with the contact, whose wish to be left alone counts.
    """
    if given.group_id is not None:
        connection = await work.session.connection()
        own = {"tenant_id": work.tenant_id, "schedule_id": schedule_id}
        await connection.execute(_KEEP_MEMBERS, {**own, "group_id": given.group_id})
        return
    driver, milliseconds = await work.driver(), int(now().timestamp() * 1_000)
    for start in range(0, len(listed), _PIECE):
        piece = listed[start : start + _PIECE]
        await _require_contacts(work, {one.contact_id for one in piece if one.contact_id})
        await driver.execute(
            _KEEP,
            work.tenant_id,
            schedule_id,
            milliseconds,
            start,
            sparse(one.contact_id for one in piece),
            [one.kind for one in piece],
            sparse(one.address for one in piece),
            sparse(_json(one.variables) for one in piece),
        )


async def _require_contacts(work: UnitOfWork, ids: set[UUID]) -> None:
    c = contacts.c
    if not ids:
        return
    connection = await work.session.connection()
    found = await connection.execute(
        select(c.id).where(c.tenant_id == work.tenant_id, is_one_of(c.id, list(ids)))
    )
    missing = ids - {row.id for row in found}
    if missing:
        message = f"{len(missing)} of the recipients are no contacts of this tenant."
        raise UserError(Code.NOT_FOUND, message, "contactIds")


def _json(variables: Mapping[str, Any] | None) -> str | None:
    return None if variables is None else orjson.dumps(variables).decode()
