"""The members of a tenant: who they are, which role they have, and their end."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.identity import AuditAction
from models.tables import invitations, users
from models.tenants import Role, User
from realtime.revocation import Cause, Revocation
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError
from resolvers.identity import audit
from resolvers.identity.api_keys import revoke_keys_of
from resolvers.identity.sessions import end_sessions
from resolvers.locking import locked
from resolvers.paging import Keyset, Page, PageRequest

u = users.c
COLUMNS: tuple[ColumnElement[Any], ...] = (u.id, u.created_at, u.handle, u.name, u.role)
BY_JOINING = Keyset(b"U", u.created_at, u.id)


async def list_members(context: Context, request: PageRequest) -> Page:
    """A page of the tenant's members, the first to join first."""
    statement = select(*COLUMNS).where(
        u.tenant_id == context.viewer.tenant_id, u.removed_at.is_(None)
    )
    rows = await context.read.all(BY_JOINING.select(statement, request))
    return BY_JOINING.page(rows, request)


async def count_members(context: Context) -> int:
    """How many members the tenant has."""
    statement = select(func.count()).select_from(users)
    count: int = await context.read.value(
        statement.where(u.tenant_id == context.viewer.tenant_id, u.removed_at.is_(None))
    )
    return count


async def change_role(context: Context, user_id: UUID, role: Role) -> Row:
    """Give a member another role. It counts from their next operation on."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.ADMIN)
    check_may_give(viewer, role)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        owners = await _locked_owners(work)
        member = await _locked_member(work, viewer, user_id)
        before = member.role
        if role is not Role.OWNER:
            _check_not_last(owners, member)
        member.role = role
        action = AuditAction.ROLE_CHANGED
        audit.record(work, viewer, action, user_id, before=str(before), after=role.value)
    revocation = Revocation(Cause.ROLE_CHANGED, viewer.tenant_id, user_id)
    await services.sign_in.revocations.tell(revocation)
    return await _find(context, user_id)


async def remove_member(context: Context, user_id: UUID) -> Row:
    """End a membership, its sessions, keys and invitations; what the member wrote stays."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.ADMIN)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        owners = await _locked_owners(work)
        member = await _locked_member(work, viewer, user_id)
        _check_not_last(owners, member)
        moment = services.clock()
        member.removed_at = moment
        await end_sessions(work, user_id, moment)
        await revoke_keys_of(work, user_id, moment)
        await _end_invitations_by(work, user_id)
        audit.record(work, viewer, AuditAction.MEMBER_REMOVED, user_id, handle=member.handle)
    revocation = Revocation(Cause.MEMBER_REMOVED, viewer.tenant_id, user_id)
    await services.sign_in.revocations.tell(revocation)
    return await _find(context, user_id)


def check_may_give(viewer: Viewer, role: Role) -> None:
    """Raise FORBIDDEN for a role above the viewer's own."""
    if not viewer.role.may_act_as(role):
        message = f"You cannot give more than your own role, which is {viewer.role.value}."
        raise UserError(Code.FORBIDDEN, message, "role")


async def _locked_member(work: UnitOfWork, viewer: Viewer, user_id: UUID) -> User:
    """The member, locked. Raises NOT_FOUND, or FORBIDDEN for one above the viewer."""
    statement = select_rows(User).where(
        col(User.id) == user_id,
        col(User.tenant_id) == viewer.tenant_id,
        col(User.removed_at).is_(None),
    )
    member = await locked(work, statement, "member", "userId")
    if not viewer.role.may_act_as(Role(member.role)):
        raise UserError(Code.FORBIDDEN, "The member's role is above yours.", "userId")
    return member


async def _locked_owners(work: UnitOfWork) -> list[UUID]:
    """The owners, locked in one order: of two who demote each other, one comes second."""
    connection = await work.session.connection()
    owners = await connection.scalars(
        select(u.id)
        .where(u.tenant_id == work.tenant_id, u.role == Role.OWNER.value, u.removed_at.is_(None))
        .order_by(u.id)
        .with_for_update()
    )
    return list(owners)


def _check_not_last(owners: list[UUID], member: User) -> None:
    if owners == [member.id]:
        message = "This is the tenant's last owner; make another member OWNER first."
        raise UserError(Code.LAST_OWNER, message, "userId")


async def _end_invitations_by(work: UnitOfWork, user_id: UUID) -> None:
    i = invitations.c
    connection = await work.session.connection()
    await connection.execute(
        update(invitations)
        .where(i.invited_by_id == user_id, i.ended_at.is_(None))
        .values(ended_at=func.now())
    )


async def _find(context: Context, user_id: UUID) -> Row:
    row = await context.read.first(select(*COLUMNS).where(u.id == user_id))
    assert row is not None, "users are never deleted"
    return row
