"""Sessions: short access tokens, and refresh tokens that are each good once.

A refresh token that comes a second time was stolen, or its thief came first: either way the
session ends (RFC 9700, section 4.14.2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from models.identity import AuditAction, RefreshToken, Session
from models.tables import sessions, tenants, users
from realtime.revocation import Cause, Holder, Revocation
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.errors import Code, ParleyError, UserError
from resolvers.identity import audit
from resolvers.identity.secrets import SecretKind, make_secret, read_secret

SESSIONS_PER_USER = 100
_s = sessions.c


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """What a client holds of its session; both texts are secrets."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str
    expires_at: datetime


async def start_session(
    context: Context, work: UnitOfWork, user_id: UUID, lifetime: timedelta, *, by: str
) -> SessionTokens:
    """Sign a user in, who is known to be themselves; `by` says how, for the audit trail."""
    moment = context.services.clock()
    await _prune(work, user_id, moment)
    session = Session(tenant_id=work.tenant_id, user_id=user_id, expires_at=moment + lifetime)
    work.session.add(session)
    await work.session.flush()
    audit.record(
        work,
        context.asker,
        AuditAction.SESSION_STARTED,
        session.id,
        actor_id=user_id,
        by=by,
    )
    return _next_tokens(context, work, session)


async def refresh_session(context: Context, refresh_token: str) -> SessionTokens:
    """New tokens for old. Raises UNAUTHENTICATED, and ends the session of a token used before."""
    secret = read_secret(SecretKind.REFRESH_TOKEN, refresh_token)
    if secret is None:
        raise _refusal()
    services = context.services
    stolen: Session | None = None
    tokens: SessionTokens | None = None
    async with unit_of_work(services.database, services.bell, secret.tenant_id) as work:
        token = await work.session.get(RefreshToken, secret.digest, with_for_update=True)
        session = None if token is None else await _live_session(work, token, services.clock())
        if token is None or session is None:
            raise _refusal()
        if token.used_at is None:
            token.used_at = services.clock()
            tokens = _next_tokens(context, work, session)
        else:
            stolen = session
            session.ended_at = services.clock()
            action = AuditAction.REFRESH_TOKEN_REUSED
            audit.record(work, context.asker, action, session.id, actor_id=session.user_id)
    if stolen is not None:
        await _tell_of_end(context, secret.tenant_id, stolen.user_id, stolen.id)
    if tokens is None:
        raise _refusal()
    return tokens


async def sign_out(context: Context, *, everywhere: bool) -> None:
    """End the session of the viewer's token, or all sessions of the viewer."""
    viewer, services = context.viewer, context.services
    if viewer.session_id is None and not everywhere:
        message = "Your token belongs to no session; it ends by itself or is revoked."
        raise UserError(Code.BAD_INPUT, message, "everywhere")
    chosen = None if everywhere else viewer.session_id
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await end_sessions(work, viewer.user_id, services.clock(), only=chosen)
        audit.record(
            work, viewer, AuditAction.SESSION_ENDED, viewer.session_id, everywhere=everywhere
        )
    await _tell_of_end(context, viewer.tenant_id, viewer.user_id, chosen)


async def end_sessions(
    work: UnitOfWork, user_id: UUID, moment: datetime, *, only: UUID | None = None
) -> None:
    """End a user's sessions, or only one of them."""
    ended = update(sessions).where(_s.user_id == user_id, _s.ended_at.is_(None))
    if only is not None:
        ended = ended.where(_s.id == only)
    connection = await work.session.connection()
    await connection.execute(ended.values(ended_at=moment))


async def _live_session(work: UnitOfWork, token: RefreshToken, moment: datetime) -> Session | None:
    """The token's session, locked, if it goes on and its user and tenant may."""
    session = await work.session.get(Session, token.session_id, with_for_update=True)
    if session is None or session.ended_at is not None or session.expires_at <= moment:
        return None
    connection = await work.session.connection()
    allowed = await connection.scalar(
        select(users.c.id)
        .join(tenants, tenants.c.id == users.c.tenant_id)
        .where(
            users.c.id == session.user_id,
            users.c.removed_at.is_(None),
            tenants.c.suspended_at.is_(None),
        )
    )
    return session if allowed is not None else None


def _next_tokens(context: Context, work: UnitOfWork, session: Session) -> SessionTokens:
    moment, means = context.services.clock(), context.services.sign_in
    text, digest = make_secret(SecretKind.REFRESH_TOKEN, work.tenant_id)
    work.session.add(RefreshToken(tenant_id=work.tenant_id, digest=digest, session_id=session.id))
    lifetime = min(means.access_lifetime, session.expires_at - moment)
    holder = Holder(work.tenant_id, session.user_id, session.id)
    return SessionTokens(
        access_token=means.tokens.issue_to(holder, moment, lifetime),
        access_expires_at=moment + lifetime,
        refresh_token=text,
        expires_at=session.expires_at,
    )


async def _prune(work: UnitOfWork, user_id: UUID, moment: datetime) -> None:
    """Delete the user's sessions that are over, and the oldest of more than there may be."""
    newest = (
        select(_s.id)
        .where(_s.user_id == user_id)
        .order_by(_s.created_at.desc())
        .limit(SESSIONS_PER_USER - 1)
    )
    connection = await work.session.connection()
    await connection.execute(
        delete(sessions).where(
            _s.user_id == user_id, or_(_s.expires_at <= moment, _s.id.not_in(newest))
        )
    )


async def _tell_of_end(
    context: Context, tenant_id: UUID, user_id: UUID, session_id: UUID | None
) -> None:
    revocation = Revocation(Cause.SESSION_ENDED, tenant_id, user_id, session_id)
    await context.services.sign_in.revocations.tell(revocation)


def _refusal() -> ParleyError:
    return ParleyError(Code.UNAUTHENTICATED, "The session is over; sign in again.")
