"""Contacts: finding them, making and changing them."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Text, any_, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.addresses import checksummed
from models.audience import Contact, IdentityKind
from models.database import Row
from models.tables import contact_identities, contacts, group_members
from models.tenants import Role
from realtime.unit_of_work import unit_of_work
from resolvers.contact_details import ContactDetails
from resolvers.contact_finding import changed_contact, open_contact
from resolvers.contact_identities import GivenIdentity, give_identities
from resolvers.context import Context
from resolvers.errors import Code, UserError
from resolvers.limits import text_within
from resolvers.loaders.audience import CONTACT_COLUMNS, CONTACTS_BY_CREATION
from resolvers.paging import Page, PageRequest

MAX_SEARCH = 100

c, i, m = contacts.c, contact_identities.c, group_members.c


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What contacts must be like; each given condition holds. Archived ones are apart.

    `search` is a part of the name, or the beginning of an identity.
    """

    search: str | None = None
    group_id: UUID | None = None
    identity_kind: IdentityKind | None = None
    opted_out: bool | None = None
    archived: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on `contacts`. Raises TOO_LONG, BLANK or BAD_INPUT."""
        found: list[ColumnElement[bool]] = []
        found.append(c.archived_at.is_not(None) if self.archived else c.archived_at.is_(None))
        if self.search is not None:
            found.append(_named(text_within(self.search, MAX_SEARCH, "search").strip()))
        if self.group_id is not None:
            found.append(exists().where(m.contact_id == c.id, m.group_id == self.group_id))
        if self.identity_kind is not None:
            kind = self.identity_kind.value
            found.append(exists().where(i.contact_id == c.id, i.kind == kind))
        if self.opted_out is not None:
            silent = c.opted_out_at
            found.append(silent.is_not(None) if self.opted_out else silent.is_(None))
        return found


async def list_contacts(context: Context, request: PageRequest, wanted: ContactFilter) -> Page:
    """A page of the tenant's contacts, the newest first."""
    statement = select(*CONTACT_COLUMNS).where(*_conditions(context, wanted))
    rows = await context.read.all(CONTACTS_BY_CREATION.select(statement, request))
    return CONTACTS_BY_CREATION.page(rows, request)


async def count_contacts(context: Context, wanted: ContactFilter) -> int:
    """How many contacts the list has on all its pages."""
    statement = select(func.count()).select_from(contacts).where(*_conditions(context, wanted))
    count: int = await context.read.value(statement)
    return count


async def create_contact(
    context: Context, details: ContactDetails, identities: Sequence[GivenIdentity]
) -> Row:
    """Make a contact with its identities. Raises CONFLICT for one that is somebody's already."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    details.checked()
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        contact = Contact(tenant_id=viewer.tenant_id, name=details.name)
        details.apply(contact, services.clock())
        work.session.add(contact)
        await work.session.flush()
        await give_identities(work, contact.id, identities)
    return await changed_contact(context, contact.id)


async def update_contact(
    context: Context, contact_id: UUID, change: Callable[[ContactDetails], ContactDetails]
) -> Row:
    """Replace a contact's details by what `change` makes of them."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        contact = await open_contact(work, viewer, contact_id)
        change(ContactDetails.of(contact)).checked().apply(contact, services.clock())
    return await changed_contact(context, contact_id)


async def archive_contact(context: Context, contact_id: UUID, archived: bool) -> Row:
    """Put a contact aside: no message reaches it any more; or take it back."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        contact = await open_contact(work, viewer, contact_id)
        if contact.merged_into_id is not None and not archived:
            message = "The contact was merged into another, which stands for both."
            raise UserError(Code.ALREADY_DONE, message, "contactId")
        if archived != (contact.archived_at is not None):
            contact.archived_at = services.clock() if archived else None
            contact.updated_at = services.clock()
    return await changed_contact(context, contact_id)


def _conditions(context: Context, wanted: ContactFilter) -> list[ColumnElement[bool]]:
    return [c.tenant_id == context.viewer.tenant_id, *wanted.conditions()]


def _named(search: str) -> ColumnElement[bool]:
    """By ranges of identities, which have an index; row-level security forbids it to LIKE."""
    found = [c.name.icontains(search, autoescape=True)]
    for start in _beginnings(search):
        known = select(i.contact_id).where(
            i.kind == any_(literal(list(IdentityKind), ARRAY(Text))),
            i.value >= start,
            i.value < f"{start}\U0010ffff",
        )
        found.append(c.id.in_(known))
    return or_(*found)


def _beginnings(search: str) -> set[str]:
    """How an identity may begin in the form that is kept: 34 612 is +34612."""
    compact = re.sub(r"[\s()-]", "", search)
    found = {compact, compact.lower()}
    if compact.isascii() and compact.isdigit():
        found.add(f"+{compact}")
    with suppress(ValueError):
        found.add(checksummed(compact))
    return found - {""}
