"""Who gets a message that goes to a group or to a list of contacts, and under which identity."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row, Select, Text, Uuid, any_, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from models.audience import IdentityKind
from models.tables import contact_identities, contacts, group_members
from realtime.unit_of_work import UnitOfWork

BATCH = 5_000

Recipients: TypeAlias = Select[*tuple[Any, ...]]
Recipient: TypeAlias = Row[*tuple[Any, ...]]

c, i, m = contacts.c, contact_identities.c, group_members.c


def recipients_of_group(
    tenant_id: UUID, group_id: UUID, kinds: Sequence[IdentityKind]
) -> Recipients:
    """The members of a group who can be written to, one row each, as a select.

    `kinds` are those that the outlet can address, the most wanted first; of several identities of
    a kind it is the primary one. Left out are members with no such identity, archived ones and
    those who have opted out. Columns: contact_id, kind, value, name, locale, time_zone,
    quiet_from, quiet_until, fields. Add an order, a limit or `INSERT … SELECT` as needed.
    """
    members = select(m.contact_id.label("id")).where(
        m.tenant_id == tenant_id, m.group_id == group_id
    )
    return _reachable(tenant_id, members, kinds)


def recipients_among(
    tenant_id: UUID, contact_ids: Sequence[UUID], kinds: Sequence[IdentityKind]
) -> Recipients:
    """The same of a list of contacts; ids that name none of the tenant's are left out."""
    listed = literal(list(contact_ids), ARRAY(Uuid()))
    wanted = select(c.id).where(c.tenant_id == tenant_id, c.id == any_(listed))
    return _reachable(tenant_id, wanted, kinds)


async def recipient_batches(
    work: UnitOfWork, group_id: UUID, kinds: Sequence[IdentityKind], size: int = BATCH
) -> AsyncIterator[Sequence[Recipient]]:
    """The rows of `recipients_of_group`, those of at most `size` members at a time.

    In the order of contacts' ids, from which the next batch goes on: neither this process nor
    PostgreSQL holds more than a batch, nobody comes twice, and the time for each is the same.
    """
    connection = await work.session.connection()
    page = select(m.contact_id).where(m.tenant_id == work.tenant_id, m.group_id == group_id)
    page = page.order_by(m.contact_id).limit(size)
    ids = (await connection.execute(page)).scalars().all()
    while ids:
        yield (await connection.execute(recipients_among(work.tenant_id, ids, kinds))).all()
        ids = (await connection.execute(page.where(m.contact_id > ids[-1]))).scalars().all()


def _reachable(tenant_id: UUID, members: Recipients, kinds: Sequence[IdentityKind]) -> Recipients:
    """A lateral pick a contact, by the index on the contact.

    `kind = ANY (…)` would let PostgreSQL, before it has statistics, take the index on kinds, and
    read every identity of the tenant for each contact.
    """
    rank = func.array_position(literal([kind.value for kind in kinds], ARRAY(Text)), i.kind)
    chosen = (
        select(i.kind, i.value)
        .where(i.tenant_id == tenant_id, i.contact_id == c.id, rank.is_not(None))
        .order_by(rank, i.is_primary.desc(), i.created_at, i.id)
        .limit(1)
        .lateral("chosen")
    )
    member = members.subquery("member")
    columns = (c.name, c.locale, c.time_zone, c.quiet_from, c.quiet_until, c.fields)
    return (
        select(c.id.label("contact_id"), chosen.c.kind, chosen.c.value, *columns)
        .select_from(member)
        .join(contacts, c.id == member.c.id)
        .join(chosen, true())
        .where(c.tenant_id == tenant_id, c.archived_at.is_(None), c.opted_out_at.is_(None))
    )
