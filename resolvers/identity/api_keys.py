"""API keys: made, listed and revoked. `app.signin` looks them up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.identity import ApiKey, AuditAction
from models.tables import api_keys
from models.tenants import Role, User
from realtime.revocation import Cause, Revocation
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError
from resolvers.identity import audit
from resolvers.identity.secrets import SecretKind, make_secret
from resolvers.limits import text_within
from resolvers.locking import locked
from resolvers.paging import Keyset, Page, PageRequest

KEYS_PER_USER = 50
k = api_keys.c
COLUMNS: tuple[ColumnElement[Any], ...] = (
    k.id,
    k.created_at,
    k.user_id,
    k.name,
    k.role,
    k.read_only,
    k.expires_at,
    k.last_used_at,
    k.revoked_at,
)
BY_CREATION = Keyset(b"K", k.created_at, k.id, descending=True)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """What a client gives to make a key. It acts as the viewer, with `role` at most."""

    name: str
    role: Role
    read_only: bool = False
    expires_at: datetime | None = None


async def create_api_key(context: Context, new: NewApiKey) -> tuple[Row, str]:
    """Make a key; the text is given this once."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.AGENT)
    text_within(new.name, services.limits.title, "name")
    if not viewer.role.may_act_as(new.role):
        message = f"A key cannot have more than your role, which is {viewer.role.value}."
        raise UserError(Code.FORBIDDEN, message, "role")
    expires_at = _future(new.expires_at, services.clock())
    text, digest = make_secret(SecretKind.API_KEY, viewer.tenant_id)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await _check_number(work, viewer)
        key = ApiKey(
            tenant_id=viewer.tenant_id,
            user_id=viewer.user_id,
            name=new.name,
            digest=digest,
            role=new.role,
            read_only=new.read_only,
            expires_at=expires_at,
        )
        work.session.add(key)
        action = AuditAction.API_KEY_CREATED
        audit.record(work, viewer, action, key.id, name=new.name, role=new.role.value)
    return await _find(context, key.id), text


async def revoke_api_key(context: Context, key_id: UUID) -> Row:
    """End a key at once: one's own, or for administrators any. Again it changes nothing."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.VIEWER)
    revoked = False
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        statement = select_rows(ApiKey).where(col(ApiKey.id) == key_id, _visible(viewer))
        key = await locked(work, statement, "API key", "apiKeyId")
        if key.revoked_at is None:
            revoked = True
            key.revoked_at = services.clock()
            audit.record(work, viewer, AuditAction.API_KEY_REVOKED, key.id, name=key.name)
    if revoked:
        revocation = Revocation(Cause.KEY_REVOKED, viewer.tenant_id, key_id=key_id)
        await services.sign_in.revocations.tell(revocation)
    return await _find(context, key_id)


async def list_api_keys(context: Context, request: PageRequest) -> Page:
    """A page of the viewer's keys, for administrators of the tenant's, newest first."""
    statement = select(*COLUMNS).where(_visible(context.viewer))
    rows = await context.read.all(BY_CREATION.select(statement, request))
    return BY_CREATION.page(rows, request)


async def count_api_keys(context: Context) -> int:
    """How many keys the list has on all its pages."""
    statement = select(func.count()).select_from(api_keys).where(_visible(context.viewer))
    count: int = await context.read.value(statement)
    return count


async def revoke_keys_of(work: UnitOfWork, user_id: UUID, moment: datetime) -> None:
    """End all keys of a user who goes."""
    connection = await work.session.connection()
    await connection.execute(
        update(api_keys)
        .where(k.user_id == user_id, k.revoked_at.is_(None))
        .values(revoked_at=moment)
    )


async def _find(context: Context, key_id: UUID) -> Row:
    row = await context.read.first(select(*COLUMNS).where(k.id == key_id))
    assert row is not None, "keys are never deleted"
    return row


async def _check_number(work: UnitOfWork, viewer: Viewer) -> None:
    """The lock on the user makes the count true until the commit."""
    await work.session.get(User, viewer.user_id, with_for_update=True)
    connection = await work.session.connection()
    held = await connection.scalar(
        select(func.count()).where(k.user_id == viewer.user_id, k.revoked_at.is_(None))
    )
    if held is not None and held >= KEYS_PER_USER:
        message = f"You have {KEYS_PER_USER} API keys; revoke one that is not needed."
        raise UserError(Code.TOO_MANY, message)


def _future(moment: datetime | None, now: datetime) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise UserError(Code.BAD_INPUT, "expiresAt needs an offset, such as Z.", "expiresAt")
    if moment <= now:
        raise UserError(Code.PAST_TIME, "expiresAt is in the past; give a later time.", "expiresAt")
    return moment


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    mine = k.tenant_id == viewer.tenant_id
    return mine if viewer.role.may_act_as(Role.ADMIN) else mine & (k.user_id == viewer.user_id)
