"""Duplicates: contacts who turn out to be one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import select

from models.audience import Contact
from models.database import Row
from models.tables import contacts
from models.tenants import Role
from realtime.contacts import lock_identities
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.contact_details import MAX_FIELDS
from resolvers.contact_finding import changed_contact
from resolvers.contact_identities import MAX_IDENTITIES
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError
from resolvers.scope import is_one_of

MAX_DUPLICATES = 20

c = contacts.c

# Primary ones are taken from the duplicates first: at no moment are there two of a kind.
_FREE = text("""
    UPDATE contact_identities SET is_primary = false
    WHERE tenant_id = :tenant AND contact_id = ANY (CAST(:duplicates AS uuid[]))
""")
_MOVE = text("""
    UPDATE contact_identities SET contact_id = :kept
    WHERE tenant_id = :tenant AND contact_id = ANY (CAST(:duplicates AS uuid[]))
""")
_APPOINT = text("""
    UPDATE contact_identities SET is_primary = true WHERE id IN (
        SELECT DISTINCT ON (i.kind) i.id FROM contact_identities i
        WHERE i.tenant_id = :tenant AND i.contact_id = :kept AND NOT EXISTS (
            SELECT FROM contact_identities p
            WHERE p.contact_id = :kept AND p.kind = i.kind AND p.is_primary)
        ORDER BY i.kind, i.created_at, i.id)
""")
_JOIN_GROUPS = text("""
    WITH gone AS (
        DELETE FROM recipient_group_members
        WHERE tenant_id = :tenant AND contact_id = ANY (CAST(:duplicates AS uuid[]))
        RETURNING group_id
    ), added AS (
        INSERT INTO recipient_group_members (tenant_id, group_id, contact_id, added_at)
        SELECT DISTINCT CAST(:tenant AS uuid), group_id, CAST(:kept AS uuid), now() FROM gone
        ON CONFLICT DO NOTHING RETURNING group_id
    )
    UPDATE recipient_groups g SET version = version + 1, updated_at = now(),
        size = size - (SELECT count(*) FROM gone WHERE gone.group_id = g.id)
            + (SELECT count(*) FROM added WHERE added.group_id = g.id)
    WHERE g.id IN (SELECT group_id FROM gone)
""")
_POINT_ON = text("""
    UPDATE contacts SET merged_into_id = :kept
    WHERE tenant_id = :tenant AND merged_into_id = ANY (CAST(:duplicates AS uuid[]))
""")
_COUNT = text("""
    SELECT count(*) FROM contact_identities WHERE tenant_id = :tenant
        AND (contact_id = :kept OR contact_id = ANY (CAST(:duplicates AS uuid[])))
""")


async def merge_contacts(context: Context, contact_id: UUID, duplicates: Sequence[UUID]) -> Row:
    """Give a contact all that its duplicates have, and let it stand for them from now on.

    Identities and places in groups move; of details the contact's own come first, then those of
    the duplicates in their order; who has opted out under any of them has opted out. Duplicates
    are archived and name the contact. Raises NOT_FOUND, BAD_INPUT, ALREADY_DONE or TOO_MANY.
    """
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    if len(duplicates) > MAX_DUPLICATES:
        message = f"At most {MAX_DUPLICATES} duplicates are merged at once."
        raise UserError(Code.TOO_LONG, message, "duplicateIds")
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await lock_identities(work)
        kept, others = await _open(work, viewer, contact_id, duplicates)
        await _move(work, contact_id, duplicates)
        moment = services.clock()
        for other in others:
            _take_over(kept, other)
            other.archived_at, other.merged_into_id = other.archived_at or moment, kept.id
            other.updated_at = moment
        _check_fields(kept)
        kept.updated_at = moment
    for duplicate in duplicates:
        context.loaders.contact.clear(duplicate)
        context.loaders.identities.clear(duplicate)
    context.loaders.group_members.clear_all()
    context.loaders.recipient_group.clear_all()
    return await changed_contact(context, contact_id)


async def _open(
    work: UnitOfWork, viewer: Viewer, contact_id: UUID, duplicates: Sequence[UUID]
) -> tuple[Contact, list[Contact]]:
    """The contact and its duplicates, locked until the commit."""
    wanted = [contact_id, *duplicates]
    statement = select(Contact).where(is_one_of(c.id, wanted), c.tenant_id == viewer.tenant_id)
    found = await work.session.exec(statement.order_by(c.id).with_for_update(key_share=True))
    known = {contact.id: contact for contact in found}
    missing = next((key for key in wanted if key not in known), None)
    if missing is not None:
        field = "contactId" if missing == contact_id else "duplicateIds"
        raise UserError(Code.NOT_FOUND, "There is no such contact.", field)
    if contact_id in duplicates:
        raise UserError(Code.BAD_INPUT, "A contact is no duplicate of itself.", "duplicateIds")
    if any(contact.merged_into_id is not None for contact in known.values()):
        message = "One of these was merged into another already; name that one."
        raise UserError(Code.ALREADY_DONE, message, "duplicateIds")
    return known[contact_id], [known[key] for key in duplicates]


async def _move(work: UnitOfWork, kept: UUID, duplicates: Sequence[UUID]) -> None:
    """Identities, places in groups, and what was merged into the duplicates before."""
    connection = await work.session.connection()
    values = {"tenant": work.tenant_id, "kept": kept, "duplicates": list(duplicates)}
    if (await connection.scalar(_COUNT, values) or 0) > MAX_IDENTITIES:
        message = f"Together they have more than {MAX_IDENTITIES} identities; remove some first."
        raise UserError(Code.TOO_MANY, message, "duplicateIds")
    for statement in (_FREE, _MOVE, _APPOINT, _JOIN_GROUPS, _POINT_ON):
        await connection.execute(statement, values)


def _take_over(kept: Contact, other: Contact) -> None:
    """What the kept contact does not say, as the other says it."""
    kept.locale = kept.locale or other.locale
    kept.time_zone = kept.time_zone or other.time_zone
    if kept.quiet_from is None:
        kept.quiet_from, kept.quiet_until = other.quiet_from, other.quiet_until
    kept.fields = {**other.fields, **kept.fields}
    kept.opted_out_at = _earliest(kept.opted_out_at, other.opted_out_at)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _check_fields(kept: Contact) -> None:
    if len(kept.fields) > MAX_FIELDS:
        message = f"Together they have {len(kept.fields)} fields; a contact has {MAX_FIELDS}."
        raise UserError(Code.TOO_MANY, message, "duplicateIds")
