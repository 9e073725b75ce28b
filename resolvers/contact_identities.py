"""What contacts are known by: given, checked and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, update

from models.audience import IdentityKind
from models.database import Row
from models.identities import BadIdentity, Identity, identity
from models.tables import contact_identities, users
from models.tenants import Role
from realtime.contacts import add_identities, lock_identities, owners_of
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.contact_finding import changed_contact, open_contact
from resolvers.context import Context
from resolvers.errors import Code, UserError
from resolvers.scope import is_one_of

MAX_IDENTITIES = 20

i, u = contact_identities.c, users.c


@dataclass(frozen=True, slots=True)
class GivenIdentity:
    """An identity as a client gives it. Phones without a country code are of `region`."""

    kind: IdentityKind
    value: str
    region: str | None = None

    def parsed(self) -> Identity:
        """The identity in the form that is kept. Raises BAD_INPUT."""
        try:
            return identity(self.kind, self.value, self.region)
        except BadIdentity as error:
            message = f"{self.value[:64]!r} is no {self.kind.value}: {error}."
            raise UserError(Code.BAD_INPUT, message, "value") from None


async def add_contact_identity(
    context: Context, contact_id: UUID, given: GivenIdentity, primary: bool
) -> Row:
    """Let a contact be known by one thing more; `primary`: messages go there from now on.

    Again changes no more than that. Raises CONFLICT for what is another contact's.
    """
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await lock_identities(work)
        contact = await open_contact(work, viewer, contact_id)
        (added,) = await give_identities(work, contact_id, [given])
        if primary:
            await _make_primary(work, contact_id, added)
        contact.updated_at = services.clock()
    return await changed_contact(context, contact_id)


async def remove_contact_identity(context: Context, identity_id: UUID) -> Row:
    """Take an identity away; the oldest other of its kind becomes primary. Gives the contact."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await lock_identities(work)
        connection = await work.session.connection()
        gone = (
            await connection.execute(
                delete(contact_identities)
                .where(i.tenant_id == viewer.tenant_id, i.id == identity_id)
                .returning(i.contact_id, i.kind, i.is_primary)
            )
        ).one_or_none()
        if gone is None:
            raise UserError(Code.NOT_FOUND, "There is no such identity.", "identityId")
        contact = await open_contact(work, viewer, gone.contact_id)
        contact.updated_at = services.clock()
        if gone.is_primary:
            oldest = (
                select(i.id)
                .where(i.contact_id == contact.id, i.kind == gone.kind)
                .order_by(i.created_at, i.id)
                .limit(1)
            )
            await connection.execute(
                update(contact_identities)
                .where(i.id == oldest.scalar_subquery())
                .values(is_primary=True)
            )
    return await changed_contact(context, contact.id)


async def give_identities(
    work: UnitOfWork, contact_id: UUID, given: Sequence[GivenIdentity]
) -> list[Identity]:
    """Add identities to a contact of this transaction, but for those that it has.

    Who locks contacts in the same transaction takes `lock_identities` first, as everybody does.
    Raises BAD_INPUT, NOT_FOUND for a user that there is not, TOO_MANY, or CONFLICT.
    """
    wanted = list(dict.fromkeys(one.parsed() for one in given))
    await _check_users(work, wanted)
    await lock_identities(work)
    owners = await owners_of(work, wanted)
    if taken := next((one for one in wanted if owners.get(one, contact_id) != contact_id), None):
        message = f"Another contact has the {taken.kind.value} {taken.value}."
        raise UserError(Code.CONFLICT, message, "value")
    new = [one for one in wanted if one not in owners]
    await _check_number(work, contact_id, len(new))
    await add_identities(work, [(contact_id, one) for one in new])
    return wanted


async def _check_users(work: UnitOfWork, wanted: Sequence[Identity]) -> None:
    ids = [UUID(one.value) for one in wanted if one.kind is IdentityKind.USER]
    if not ids:
        return
    connection = await work.session.connection()
    known = select(func.count()).where(u.tenant_id == work.tenant_id, is_one_of(u.id, ids))
    if await connection.scalar(known) != len(ids):
        raise UserError(Code.NOT_FOUND, "There is no such user.", "value")


async def _check_number(work: UnitOfWork, contact_id: UUID, more: int) -> None:
    connection = await work.session.connection()
    held = await connection.scalar(
        select(func.count()).where(i.tenant_id == work.tenant_id, i.contact_id == contact_id)
    )
    if (held or 0) + more > MAX_IDENTITIES:
        message = f"A contact has at most {MAX_IDENTITIES} identities; remove one first."
        raise UserError(Code.TOO_MANY, message)


async def _make_primary(work: UnitOfWork, contact_id: UUID, chosen: Identity) -> None:
    """First no identity of the kind, then the chosen one: at no moment are there two."""
    connection = await work.session.connection()
    of_kind = (
        i.tenant_id == work.tenant_id,
        i.contact_id == contact_id,
        i.kind == chosen.kind.value,
    )
    await connection.execute(update(contact_identities).where(*of_kind).values(is_primary=False))
    await connection.execute(
        update(contact_identities).where(*of_kind, i.value == chosen.value).values(is_primary=True)
    )
