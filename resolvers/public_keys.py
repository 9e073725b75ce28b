"""Public keys: users publish and revoke their own; whoever sees a user sees all the user's keys."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.encryption import PublicKey
from models.identity import AuditAction
from models.tables import public_keys
from models.tenants import Role, User
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.encryption import bytes_within, identifier
from resolvers.errors import Code, UserError
from resolvers.identity import audit
from resolvers.limits import Limits
from resolvers.loaders.public_keys import COLUMNS

k = public_keys.c


@dataclass(frozen=True, slots=True)
class NewPublicKey:
    """What a client gives to publish a key: its own name for it, and what the key is."""

    key_id: str
    algorithm: str
    public_key: bytes

    def checked(self, limits: Limits) -> "NewPublicKey":
        """The same, if all of it fits. Raises BAD_INPUT, BLANK or TOO_LONG."""
        return NewPublicKey(
            identifier(self.key_id, limits.key, "keyId"),
            identifier(self.algorithm, limits.key, "algorithm"),
            bytes_within(self.public_key, limits.public_key_bytes, "publicKey"),
        )


async def publish_public_key(context: Context, new: NewPublicKey) -> Row:
    """Add a key to the viewer's; the same key again is found, and changes nothing.

    No API key may do this: who stole one would have messages encrypted to a key of theirs.
    """
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.VIEWER)
    new = new.checked(services.limits)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        # The lock on the user makes what is found and counted true until the commit.
        await work.session.get(User, viewer.user_id, with_for_update=True)
        known = await _own_key(work, viewer, new.key_id)
        if known is None:
            await _check_number(work, viewer, services.limits)
            _publish(work, viewer, new)
        elif known.revoked_at is not None or not _is_same(known, new):
            message = "You have published another key by this keyId, or revoked it; choose another."
            raise UserError(Code.CONFLICT, message, "keyId")
    return await _find(context, new.key_id)


async def revoke_public_key(context: Context, key_id: str) -> Row:
    """Say that nobody should encrypt to a key of the viewer's any more; again changes nothing."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.VIEWER)
    identifier(key_id, services.limits.key, "keyId")
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        key = await _own_key(work, viewer, key_id)
        if key is None:
            raise UserError(Code.NOT_FOUND, "You have published no such key.", "keyId")
        if key.revoked_at is None:
            key.revoked_at = services.clock()
            _record(work, viewer, AuditAction.PUBLIC_KEY_REVOKED, key_id)
    return await _find(context, key_id)


def _publish(work: UnitOfWork, viewer: Viewer, new: NewPublicKey) -> None:
    key = PublicKey(
        tenant_id=viewer.tenant_id,
        user_id=viewer.user_id,
        key_id=new.key_id,
        algorithm=new.algorithm,
        public_key=new.public_key,
    )
    work.session.add(key)
    _record(work, viewer, AuditAction.PUBLIC_KEY_PUBLISHED, new.key_id)


def _record(work: UnitOfWork, viewer: Viewer, action: AuditAction, key_id: str) -> None:
    audit.record(work, viewer, action, viewer.user_id, key_id=key_id)


def _is_same(known: PublicKey, new: NewPublicKey) -> bool:
    return (known.algorithm, known.public_key) == (new.algorithm, new.public_key)


async def _own_key(work: UnitOfWork, viewer: Viewer, key_id: str) -> PublicKey | None:
    statement = (
        select_rows(PublicKey)
        .where(col(PublicKey.user_id) == viewer.user_id, col(PublicKey.key_id) == key_id)
        .with_for_update()
    )
    return (await work.session.exec(statement)).one_or_none()


async def _check_number(work: UnitOfWork, viewer: Viewer, limits: Limits) -> None:
    connection = await work.session.connection()
    counts = select(func.count(), func.count().filter(k.revoked_at.is_(None)))
    result = await connection.execute(counts.where(k.user_id == viewer.user_id))
    ever, current = result.one()
    if current >= limits.public_keys:
        message = f"You have {current} public keys; revoke one that is not needed."
        raise UserError(Code.TOO_MANY, message)
    if ever >= limits.public_key_history:
        message = f"You have published {ever} public keys, and no more are kept of one user."
        raise UserError(Code.TOO_MANY, message)


async def _find(context: Context, key_id: str) -> Row:
    row = await context.read.first(
        select(*COLUMNS).where(k.user_id == context.viewer.user_id, k.key_id == key_id)
    )
    assert row is not None, "keys are never deleted"
    return row
