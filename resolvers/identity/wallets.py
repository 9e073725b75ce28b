"""Signing in with a wallet: a challenge, its signature, and the user whose wallet it is."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from models.addresses import checked_address
from models.database import Row
from models.identity import AuditAction, WalletNonce
from models.ids import new_id
from models.tables import tenants, users, wallet_nonces, wallets
from models.tenants import Role, User
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.errors import Code, ParleyError, UserError
from resolvers.identity import audit
from resolvers.identity.ethereum import BadSignature, signer_of
from resolvers.identity.sessions import SessionTokens, start_session
from resolvers.identity.siwe import (
    BadMessage,
    SignInMessage,
    challenge_text,
    check_message,
    read_message,
)
from resolvers.limits import text_within

WALLETS_PER_USER = 10
w, n, u, t = wallets.c, wallet_nonces.c, users.c, tenants.c


@dataclass(frozen=True, slots=True)
class Challenge:
    """A text to be signed, until when it is good."""

    message: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """A wallet that proved itself to a tenant; `address` is in lower case."""

    tenant_id: UUID
    address: str


async def make_challenge(context: Context, tenant: str, address: str, chain_id: int) -> Challenge:
    """A challenge for a wallet. Raises BAD_INPUT for what is no address or no chain of ours.

    The answer for a tenant that does not exist looks the same; nothing will come of it.
    """
    services, rules = context.services, context.services.sign_in.wallets
    text_within(tenant, services.limits.title, "tenant")
    try:
        shown = checked_address(address)
    except ValueError as error:
        raise UserError(Code.BAD_INPUT, f"{error}.", "address") from None
    if chain_id not in rules.chains:
        raise UserError(Code.BAD_INPUT, "This chain may not sign in here.", "chainId")
    moment, nonce = services.clock(), secrets.token_hex(16)
    expires_at = moment + rules.challenge_lifetime
    found = await services.database.across_tenants("parley_tenant", tenant)
    if found:
        tenant_id: UUID = found[0].tenant_id
        async with unit_of_work(services.database, services.bell, tenant_id) as work:
            connection = await work.session.connection()
            await connection.execute(
                delete(wallet_nonces).where(n.tenant_id == tenant_id, n.expires_at <= moment)
            )
            work.session.add(
                WalletNonce(
                    nonce=nonce,
                    tenant_id=tenant_id,
                    address=shown.lower(),
                    chain_id=chain_id,
                    expires_at=expires_at,
                )
            )
    statement = f"Sign in to {' '.join(tenant.split())}."
    text = challenge_text(
        rules, address=shown, chain_id=chain_id, nonce=nonce, statement=statement, now=moment
    )
    return Challenge(text, expires_at)


async def sign_in(context: Context, message: str, signature: str) -> tuple[UUID, SessionTokens]:
    """Sign in with a signed challenge; the user's id and the session.

    Raises UNAUTHENTICATED, also for a wallet that is nobody's where wallets may not sign up.
    """
    proof = await _proven(context, message, signature)
    services = context.services
    async with unit_of_work(services.database, services.bell, proof.tenant_id) as work:
        user_id = await _user_of(context, work, proof)
        lifetime = services.sign_in.wallet_session_lifetime
        tokens = await start_session(context, work, user_id, lifetime, by="wallet")
    return user_id, tokens


async def link_wallet(context: Context, message: str, signature: str) -> list[Row]:
    """Let a wallet sign the viewer in from now on; the viewer's wallets."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.VIEWER)
    proof = await _proven(context, message, signature)
    if proof.tenant_id != viewer.tenant_id:
        raise _refusal("The challenge was made for another tenant.")
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await work.session.get(User, viewer.user_id, with_for_update=True)
        await _check_number(work, viewer.user_id)
        if not await _add_wallet(work, proof.address, viewer.user_id, services.clock()):
            raise UserError(Code.CONFLICT, "This wallet is linked already.", "message")
        action = AuditAction.WALLET_LINKED
        audit.record(work, viewer, action, viewer.user_id, wallet=proof.address)
    return await list_wallets(context)


async def unlink_wallet(context: Context, address: str) -> list[Row]:
    """Take one of the viewer's wallets away; the wallets that are left."""
    viewer, services = context.viewer, context.services
    viewer.require_person(Role.VIEWER)
    text_within(address, services.limits.key, "address")
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        connection = await work.session.connection()
        gone = await connection.scalar(
            delete(wallets)
            .where(
                w.tenant_id == viewer.tenant_id,
                w.user_id == viewer.user_id,
                w.address == address.lower(),
            )
            .returning(w.address)
        )
        if gone is None:
            raise UserError(Code.NOT_FOUND, "You have no such wallet.", "address")
        action = AuditAction.WALLET_UNLINKED
        audit.record(work, viewer, action, viewer.user_id, wallet=gone)
    return await list_wallets(context)


async def list_wallets(context: Context) -> list[Row]:
    """The viewer's wallets, at most ten."""
    viewer = context.viewer
    return await context.read.all(
        select(w.address, w.created_at)
        .where(w.tenant_id == viewer.tenant_id, w.user_id == viewer.user_id)
        .order_by(w.created_at, w.address)
    )


async def _proven(context: Context, text: str, signature: str) -> Proof:
    """The wallet that signed a challenge of ours, which is then used up."""
    message = _checked(context, text, signature)
    services = context.services
    found = await services.database.across_tenants("parley_take_wallet_nonce", message.nonce)
    if not found or found[0].expires_at <= services.clock():
        raise _refusal("The challenge was used already, or is over; ask for a new one.")
    address = message.address.lower()
    if found[0].address != address or found[0].chain_id != message.chain_id:
        raise _refusal("The challenge was made for another account.")
    return Proof(found[0].tenant_id, address)


def _checked(context: Context, text: str, signature: str) -> SignInMessage:
    rules = context.services.sign_in.wallets
    try:
        message = read_message(text)
        check_message(message, rules, context.services.clock())
        signer = signer_of(text, signature)
    except BadMessage as error:
        raise _refusal(str(error)) from None
    except (BadSignature, UnicodeError):
        raise _refusal("The signature is not valid.") from None
    if signer != message.address.lower():
        raise _refusal("The signature is not valid.")
    return message


async def _user_of(context: Context, work: UnitOfWork, proof: Proof) -> UUID:
    """The wallet's user, who is made where the tenant lets wallets sign up."""
    connection = await work.session.connection()
    tenant = (
        await connection.execute(
            select(t.suspended_at, t.wallet_role).where(t.id == proof.tenant_id)
        )
    ).one()
    if tenant.suspended_at is not None:
        raise ParleyError(Code.TENANT_SUSPENDED, "The organisation's access is suspended.")
    owner = await _owner_of(work, proof.address)
    if owner is None and tenant.wallet_role is not None:
        await _sign_up(context, work, proof.address, Role(tenant.wallet_role))
        owner = await _owner_of(work, proof.address)
    if owner is None or owner[1]:
        raise _refusal("Nobody here signs in with this wallet.")
    return owner[0]


async def _owner_of(work: UnitOfWork, address: str) -> tuple[UUID, bool] | None:
    """The user whose wallet it is, and whether they were removed."""
    connection = await work.session.connection()
    found = await connection.execute(
        select(u.id, u.removed_at)
        .join(wallets, (w.user_id == u.id) & (w.tenant_id == u.tenant_id))
        .where(w.tenant_id == work.tenant_id, w.address == address)
    )
    row = found.first()
    return None if row is None else (row.id, row.removed_at is not None)


async def _sign_up(context: Context, work: UnitOfWork, address: str, role: Role) -> None:
    """Make a user of the wallet's name. Of two sign-ups at once, the second finds the first's."""
    moment, user_id = context.services.clock(), new_id()
    connection = await work.session.connection()
    made = await connection.scalar(
        insert(users)
        .values(
            id=user_id,
            tenant_id=work.tenant_id,
            handle=address,
            name=f"{address[:6]}…{address[-4:]}",
            role=role.value,
            created_at=moment,
        )
        .on_conflict_do_nothing()
        .returning(u.id)
    )
    if made is not None and await _add_wallet(work, address, user_id, moment):
        audit.record(
            work,
            context.asker,
            AuditAction.MEMBER_SIGNED_UP,
            user_id,
            actor_id=user_id,
            wallet=address,
            role=role.value,
        )


async def _add_wallet(work: UnitOfWork, address: str, user_id: UUID, moment: datetime) -> bool:
    """Whether the wallet was nobody's in this tenant, and is the user's now."""
    connection = await work.session.connection()
    added = await connection.scalar(
        insert(wallets)
        .values(tenant_id=work.tenant_id, address=address, user_id=user_id, created_at=moment)
        .on_conflict_do_nothing()
        .returning(w.address)
    )
    return added is not None


async def _check_number(work: UnitOfWork, user_id: UUID) -> None:
    connection = await work.session.connection()
    held = await connection.scalar(select(func.count()).where(w.user_id == user_id))
    if held is not None and held >= WALLETS_PER_USER:
        raise UserError(Code.TOO_MANY, f"You have {WALLETS_PER_USER} wallets; unlink one first.")


def _refusal(message: str) -> ParleyError:
    return ParleyError(Code.UNAUTHENTICATED, message)
