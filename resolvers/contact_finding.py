"""One contact: to be read, or locked to be changed."""

from uuid import UUID

from sqlmodel import col, select

from models.audience import Contact
from models.database import Row
from realtime.unit_of_work import UnitOfWork
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError, not_found
from resolvers.locking import locked


async def find_contact(context: Context, contact_id: UUID) -> Row:
    """The contact. Raises NOT_FOUND when the viewer's tenant has no such."""
    row = await context.loaders.contact.load(contact_id)
    if row is None:
        raise not_found("contact")
    return row


async def changed_contact(context: Context, contact_id: UUID) -> Row:
    """The contact as it is now, whatever this operation has read of it before."""
    loaders = context.loaders
    loaders.contact.clear(contact_id)
    loaders.identities.clear(contact_id)
    loaders.contact_groups.clear_all()
    loaders.contact_group_count.clear(contact_id)
    return await find_contact(context, contact_id)


async def open_contact(work: UnitOfWork, viewer: Viewer, contact_id: UUID) -> Contact:
    """The contact, its row locked until the commit. Raises NOT_FOUND, ALREADY_DONE once erased."""
    statement = select(Contact).where(
        col(Contact.id) == contact_id, col(Contact.tenant_id) == viewer.tenant_id
    )
    contact = await locked(work, statement, "contact", "contactId", key_share=True)
    if contact.erased_at is not None:
        raise UserError(Code.ALREADY_DONE, "The contact was erased.", "contactId")
    return contact
