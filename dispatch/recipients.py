"""To whom an occurrence goes: the recipients of a LIST or GROUP, piece by piece."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from models.audience import IdentityKind
from models.devices import DeviceKind
from models.schedules import Audience

# Which of a contact's identities an outlet can write to; the earlier ones are better.
ADDRESSES: dict[DeviceKind, tuple[IdentityKind, ...]] = {
    DeviceKind.WHATSAPP_CLOUD: (IdentityKind.PHONE, IdentityKind.WHATSAPP_USER),
    DeviceKind.HTTP: tuple(IdentityKind),
    DeviceKind.LOOPBACK: tuple(IdentityKind),
}
BEFORE_ALL = UUID(int=0)

_CONTACT = """
    c.name, c.fields, c.time_zone, c.quiet_from, c.quiet_until, c.archived_at, c.opted_out_at
"""
# `kind = ANY (…)` would let PostgreSQL, before it has statistics, take the index on kinds and read
# every identity of the tenant for each contact.
_BEST_IDENTITY = """
    LEFT JOIN LATERAL (
        SELECT value FROM contact_identities AS known
        WHERE known.contact_id = c.id
            AND array_position(CAST(:kinds AS text[]), known.kind) IS NOT NULL
        ORDER BY array_position(CAST(:kinds AS text[]), known.kind), known.is_primary DESC,
            known.created_at, known.id
        LIMIT 1
    ) AS identity ON true
"""
_OF_LIST = text(f"""
    SELECT r.id AS key, coalesce(c.id, r.contact_id) AS contact_id,
        coalesce(r.address, identity.value) AS address, r.variables, {_CONTACT}
    FROM schedule_recipients AS r
    LEFT JOIN contacts AS named ON named.id = r.contact_id
    LEFT JOIN contacts AS c ON c.id = coalesce(named.merged_into_id, named.id) {_BEST_IDENTITY}
    WHERE r.schedule_id = :source_id AND r.id > :after ORDER BY r.id LIMIT :limit
""")
_OF_GROUP = text(f"""
    SELECT m.contact_id AS key, m.contact_id, identity.value AS address,
        NULL::jsonb AS variables, {_CONTACT}
    FROM (
        SELECT contact_id FROM recipient_group_members
        WHERE group_id = :source_id AND contact_id > :after ORDER BY contact_id LIMIT :limit
    ) AS m
    JOIN contacts AS c ON c.id = m.contact_id {_BEST_IDENTITY}
    ORDER BY m.contact_id
""")


async def recipients_after(
    session: AsyncSession, schedule: Row[Any], after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """At most `limit` recipients beyond the key `after`, in the order of their keys.

    `address` is the best that the schedule's device can write to, null where there is none.
    """
    of_group = schedule.audience == Audience.GROUP
    connection = await session.connection()
    result = await connection.execute(
        _OF_GROUP if of_group else _OF_LIST,
        {
            "source_id": schedule.recipient_group_id if of_group else schedule.id,
            "after": after or BEFORE_ALL,
            "limit": limit,
            "kinds": list(ADDRESSES[DeviceKind(schedule.device_kind)]),
        },
    )
    return result.all()
