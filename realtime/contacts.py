"""How contacts come to be known: found by their identities, or made."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from models.audience import Contact
from models.identities import Identity
from models.ids import new_id
from realtime.unit_of_work import UnitOfWork

MAX_NAME = 200

# The key is held until the commit, so that nobody else adds an identity that was just looked for.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('contacts of ' || :tenant, 0))")
_OWNERS = text("""
    SELECT asked.n, i.contact_id
    FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]))
        WITH ORDINALITY AS asked (kind, value, n)
    JOIN contact_identities i
        ON i.tenant_id = :tenant AND i.kind = asked.kind AND i.value = asked.value
    ORDER BY asked.n
""")
# The first of its kind that a contact is given is the primary one.
_ADD = text("""
    INSERT INTO contact_identities (id, tenant_id, contact_id, kind, value, is_primary, created_at)
    SELECT new.id, :tenant, new.contact_id, new.kind, new.value,
        row_number() OVER (PARTITION BY new.contact_id, new.kind ORDER BY new.n) = 1
            AND NOT EXISTS (SELECT FROM contact_identities i
                WHERE i.contact_id = new.contact_id AND i.kind = new.kind AND i.is_primary),
        now()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:kinds AS text[]),
        CAST(:values AS text[])) WITH ORDINALITY AS new (id, contact_id, kind, value, n)
""")


async def contact_of(work: UnitOfWork, identities: Sequence[Identity], name: str | None) -> Contact:
    """The contact who has one of the (one or more) identities, or a new one; adds what is free.

    Where several contacts have them, the first identity decides, and the others keep theirs.
    `name` is what the outside calls a new contact, cut to what fits; None: its first identity.
    """
    owners = await owners_of(work, identities)
    contact = await _first(work, identities, owners)
    if contact is None or len(owners) < len(identities):
        await lock_identities(work)
        owners = await owners_of(work, identities)
        contact = await _first(work, identities, owners)
        if contact is None:
            contact = await _make(work, (name or "").strip() or identities[0].value)
        await add_identities(work, [(contact.id, one) for one in identities if one not in owners])
    return contact


async def lock_identities(work: UnitOfWork) -> None:
    """Let nobody else of the tenant add an identity until this transaction ends.

    Taken before locks on contacts and groups, after those on conversations.
    """
    connection = await work.session.connection()
    await connection.execute(_LOCK, {"tenant": str(work.tenant_id)})


async def owners_of(work: UnitOfWork, identities: Sequence[Identity]) -> dict[Identity, UUID]:
    """The contacts of those of the identities that somebody has; true for good under the lock."""
    connection = await work.session.connection()
    found = await connection.execute(
        _OWNERS,
        {
            "tenant": work.tenant_id,
            "kinds": [one.kind.value for one in identities],
            "values": [one.value for one in identities],
        },
    )
    return {identities[row.n - 1]: row.contact_id for row in found}


async def add_identities(work: UnitOfWork, new: Sequence[tuple[UUID, Identity]]) -> None:
    """Give contacts identities that nobody has, in one statement; the lock must be held."""
    if not new:
        return
    connection = await work.session.connection()
    await connection.execute(
        _ADD,
        {
            "tenant": work.tenant_id,
            "ids": [new_id() for _ in new],
            "contacts": [contact_id for contact_id, _ in new],
            "kinds": [one.kind.value for _, one in new],
            "values": [one.value for _, one in new],
        },
    )


async def _first(
    work: UnitOfWork, identities: Sequence[Identity], owners: dict[Identity, UUID]
) -> Contact | None:
    known = next((owners[one] for one in identities if one in owners), None)
    return await work.session.get(Contact, known) if known else None


async def _make(work: UnitOfWork, name: str) -> Contact:
    contact = Contact(tenant_id=work.tenant_id, name=name[:MAX_NAME])
    work.session.add(contact)
    await work.session.flush()
    return contact
