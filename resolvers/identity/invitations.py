"""Invitations: a place in a tenant for whoever brings the token, which is shown once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.identity import AuditAction, Invitation
from models.ids import new_id
from models.tables import invitations, tenants, users
from models.tenants import Role
from realtime.revocation import Cause, Revocation
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.errors import Code, ParleyError, UserError
from resolvers.identity import audit
from resolvers.identity.members import check_may_give
from resolvers.identity.secrets import SecretKind, make_secret, read_secret
from resolvers.identity.sessions import SessionTokens, start_session
from resolvers.limits import text_within
from resolvers.paging import Keyset, Page, PageRequest, Selection

PENDING_PER_TENANT = 1_000
i, u = invitations.c, users.c
COLUMNS: tuple[ColumnElement[Any], ...] = (
    i.id,
    i.created_at,
    i.handle,
    i.role,
    i.expires_at,
    i.invited_by_id,
)
BY_CREATION = Keyset(b"I", i.created_at, i.id, descending=True)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Whom to invite, by the handle that they will have."""

    handle: str
    role: Role


async def invite_member(context: Context, new: NewInvitation) -> tuple[Row, str]:
    """Invite somebody; the token's text is given this once."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.ADMIN)
    text_within(new.handle, services.limits.title, "handle")
    check_may_give(viewer, new.role)
    text, digest = make_secret(SecretKind.INVITATION, viewer.tenant_id)
    moment = services.clock()
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await _check_invitable(work, new.handle, moment)
        invitation = Invitation(
            tenant_id=viewer.tenant_id,
            invited_by_id=viewer.user_id,
            handle=new.handle,
            role=new.role,
            digest=digest,
            expires_at=moment + services.sign_in.invitation_lifetime,
        )
        work.session.add(invitation)
        action = AuditAction.MEMBER_INVITED
        audit.record(work, viewer, action, invitation.id, handle=new.handle, role=new.role.value)
    row = await context.read.first(select(*COLUMNS).where(i.id == invitation.id))
    assert row is not None, "committed just now"
    return row, text


async def revoke_invitation(context: Context, invitation_id: UUID) -> None:
    """Take a pending invitation back. Raises NOT_FOUND for any other."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.ADMIN)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        statement = select_rows(Invitation).where(
            col(Invitation.id) == invitation_id,
            col(Invitation.tenant_id) == viewer.tenant_id,
            col(Invitation.ended_at).is_(None),
        )
        invitation = (await work.session.exec(statement.with_for_update())).one_or_none()
        if invitation is None:
            message = "There is no such invitation, or it is over."
            raise UserError(Code.NOT_FOUND, message, "invitationId")
        invitation.ended_at = services.clock()
        action = AuditAction.INVITATION_REVOKED
        audit.record(work, viewer, action, invitation.id, handle=invitation.handle)


async def accept_invitation(
    context: Context, token: str, name: str | None
) -> tuple[UUID, SessionTokens]:
    """Become a member, or one again, and sign in; the user's id and the session.

    Raises TENANT_SUSPENDED, CONFLICT when the handle was taken meanwhile, and NOT_FOUND, which
    does not tell a token that is over from one that never was.
    """
    if name is not None:
        text_within(name, context.services.limits.title, "name")
    services = context.services
    secret = read_secret(SecretKind.INVITATION, token)
    if secret is None:
        raise _no_invitation()
    async with unit_of_work(services.database, services.bell, secret.tenant_id) as work:
        invitation = await _pending(work, secret.digest, services.clock())
        invitation.ended_at = services.clock()
        user_id = await _join(work, invitation, name, services.clock())
        audit.record(
            work,
            context.asker,
            AuditAction.INVITATION_ACCEPTED,
            invitation.id,
            actor_id=user_id,
            handle=invitation.handle,
        )
        lifetime = services.sign_in.session_lifetime
        tokens = await start_session(context, work, user_id, lifetime, by="invitation")
    # One who comes back is remembered as removed.
    revocation = Revocation(Cause.ROLE_CHANGED, secret.tenant_id, user_id)
    await services.sign_in.revocations.tell(revocation)
    return user_id, tokens


async def list_invitations(context: Context, request: PageRequest) -> Page:
    """A page of the pending invitations, newest first. Raises FORBIDDEN below ADMIN."""
    context.viewer.require(Role.ADMIN)
    statement = _pending_in(context, select(*COLUMNS))
    rows = await context.read.all(BY_CREATION.select(statement, request))
    return BY_CREATION.page(rows, request)


async def count_invitations(context: Context) -> int:
    """How many invitations are pending."""
    statement = select(func.count()).select_from(invitations)
    count: int = await context.read.value(_pending_in(context, statement))
    return count


def _pending_in(context: Context, statement: Selection) -> Selection:
    return statement.where(
        i.tenant_id == context.viewer.tenant_id,
        i.ended_at.is_(None),
        i.expires_at > context.services.clock(),
    )


async def _check_invitable(work: UnitOfWork, handle: str, moment: datetime) -> None:
    connection = await work.session.connection()
    taken = await connection.scalar(
        select(u.id).where(
            u.tenant_id == work.tenant_id, u.handle == handle, u.removed_at.is_(None)
        )
    )
    if taken is not None:
        raise UserError(Code.CONFLICT, "A member has this handle already.", "handle")
    pending = await connection.scalar(
        select(func.count()).where(
            i.tenant_id == work.tenant_id, i.ended_at.is_(None), i.expires_at > moment
        )
    )
    if pending is not None and pending >= PENDING_PER_TENANT:
        message = f"{PENDING_PER_TENANT} invitations are pending; revoke some first."
        raise UserError(Code.TOO_MANY, message)


async def _pending(work: UnitOfWork, digest: bytes, moment: datetime) -> Invitation:
    """The invitation, locked, if it is good and whoever gave it might still give it."""
    statement = (
        select_rows(Invitation)
        .where(
            col(Invitation.digest) == digest,
            col(Invitation.ended_at).is_(None),
            col(Invitation.expires_at) > moment,
        )
        .with_for_update()
    )
    invitation = (await work.session.exec(statement)).one_or_none()
    if invitation is None:
        raise _no_invitation()
    connection = await work.session.connection()
    giver = (
        await connection.execute(
            select(u.role, u.removed_at, tenants.c.suspended_at)
            .join(tenants, tenants.c.id == u.tenant_id)
            .where(u.id == invitation.invited_by_id)
        )
    ).one()
    if giver.suspended_at is not None:
        raise ParleyError(Code.TENANT_SUSPENDED, "The organisation's access is suspended.")
    giver_role = Role(giver.role)
    allowed = giver_role.may_act_as(Role.ADMIN) and giver_role.may_act_as(Role(invitation.role))
    if giver.removed_at is not None or not allowed:
        raise _no_invitation()
    return invitation


async def _join(
    work: UnitOfWork, invitation: Invitation, name: str | None, moment: datetime
) -> UUID:
    """The user with the invitation's handle: a new one, or one who was removed."""
    role = str(invitation.role)
    statement = (
        insert(users)
        .values(
            id=new_id(),
            tenant_id=work.tenant_id,
            handle=invitation.handle,
            name=name or invitation.handle,
            role=role,
            created_at=moment,
        )
        .on_conflict_do_update(
            index_elements=[u.tenant_id, u.handle],
            set_={"removed_at": None, "role": role, "name": name or invitation.handle},
            where=u.removed_at.is_not(None),
        )
        .returning(u.id)
    )
    connection = await work.session.connection()
    user_id: UUID | None = await connection.scalar(statement)
    if user_id is None:
        raise UserError(Code.CONFLICT, "A member has the invitation's handle already.", "token")
    return user_id


def _no_invitation() -> UserError:
    message = "There is no such invitation, or it is over; ask for a new one."
    return UserError(Code.NOT_FOUND, message, "token")
