"""To whom an occurrence goes: the recipients of a LIST or GROUP, piece by piece."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple
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
BEFORE_ALL, AFTER_ALL = UUID(int=0), UUID(int=(1 << 128) - 1)


class Withheld(StrEnum):
    """Why a recipient is sent nothing, as `errorCode` of a delivery that is never queued.

    Beside these there are the problems of templates; see `analysis.templates.Problem`.
    """

    OPTED_OUT = "OPTED_OUT"
    ARCHIVED = "ARCHIVED"
    NO_ADDRESS = "NO_ADDRESS"


_SOURCES = {
    Audience.LIST: """
        SELECT id AS key, contact_id, address AS given, variables FROM schedule_recipients
        WHERE schedule_id = CAST(:source_id AS uuid) AND id > CAST(:after AS uuid)
            AND id <= CAST(:through AS uuid)
    """,
    Audience.GROUP: """
        SELECT contact_id AS key, contact_id, NULL AS given, NULL::jsonb AS variables
        FROM recipient_group_members
        WHERE group_id = CAST(:source_id AS uuid) AND contact_id > CAST(:after AS uuid)
            AND contact_id <= CAST(:through AS uuid)
    """,
}
# All that decides what recipients are sent: `address` is the best that the schedule's device can
# write to, `withheld` says why one is sent nothing. `kind = ANY (…)` would let PostgreSQL, before
# it has statistics, take the index on kinds and read every identity of the tenant each time; and
# every contact, were it not asked for one each, or for a `coalesce`, which it does not look up in
# an index under row-level security.
_PIECES = {
    audience: f"""
        SELECT r.key, coalesce(c.id, r.contact_id) AS contact_id, a.address, r.variables,
            c.name, c.fields, c.time_zone, c.quiet_from, c.quiet_until,
            CASE WHEN c.opted_out_at IS NOT NULL THEN '{Withheld.OPTED_OUT}'
                WHEN c.archived_at IS NOT NULL THEN '{Withheld.ARCHIVED}'
                WHEN a.address IS NULL THEN '{Withheld.NO_ADDRESS}' END AS withheld
        FROM ({source}) AS r
        LEFT JOIN LATERAL (
            SELECT CASE WHEN merged_into_id IS NULL THEN id ELSE merged_into_id END AS id
            FROM contacts WHERE contacts.id = r.contact_id LIMIT 1
        ) AS named ON true
        LEFT JOIN LATERAL (
            SELECT * FROM contacts WHERE contacts.id = named.id LIMIT 1
        ) AS c ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(r.given, (
                SELECT value FROM contact_identities AS known
                WHERE known.contact_id = c.id
                    AND array_position(CAST(:kinds AS text[]), known.kind) IS NOT NULL
                ORDER BY array_position(CAST(:kinds AS text[]), known.kind),
                    known.is_primary DESC, known.created_at, known.id
                LIMIT 1)) AS address
        ) AS a ON true
        ORDER BY r.key
    """
    for audience, source in _SOURCES.items()
}

EVERYBODY = {audience: text(piece) for audience, piece in _PIECES.items()}
_WITH_QUIET_HOURS = {
    audience: text(f"SELECT * FROM ({piece}) AS piece WHERE quiet_from IS NOT NULL")
    for audience, piece in _PIECES.items()
}
_END = {
    audience: text(f"SELECT key FROM ({source}) AS r ORDER BY key OFFSET :most - 1 LIMIT 2")
    for audience, source in _SOURCES.items()
}


class Piece(NamedTuple):
    """A select of some recipients, and its parameters."""

    select: str
    values: dict[str, Any]


def piece_of(schedule: Row[Any], after: UUID | None, through: UUID | None) -> Piece:
    """The recipients after one key as far as another; None: from the first, to the last."""
    audience = Audience(schedule.audience)
    of_group = audience is Audience.GROUP
    values = {
        "source_id": schedule.recipient_group_id if of_group else schedule.id,
        "after": after or BEFORE_ALL,
        "through": through or AFTER_ALL,
        "kinds": list(ADDRESSES[DeviceKind(schedule.device_kind)]),
    }
    return Piece(_PIECES[audience], values)


async def end_of_piece(
    session: AsyncSession, schedule: Row[Any], after: UUID | None, most: int
) -> UUID | None:
    """The key of the last of `most` recipients after a key; None when there are no more."""
    values = piece_of(schedule, after, None).values | {"most": most}
    del values["kinds"]
    connection = await session.connection()
    keys = (await connection.execute(_END[Audience(schedule.audience)], values)).scalars().all()
    return keys[0] if len(keys) > 1 else None


async def recipients_between(
    session: AsyncSession,
    schedule: Row[Any],
    after: UUID | None,
    through: UUID | None,
    *,
    with_quiet_hours: bool = False,
) -> Sequence[Row[Any]]:
    """The recipients of a piece, in the order of their keys; or those that have quiet hours."""
    statements = _WITH_QUIET_HOURS if with_quiet_hours else EVERYBODY
    connection = await session.connection()
    values = piece_of(schedule, after, through).values
    return (await connection.execute(statements[Audience(schedule.audience)], values)).all()
