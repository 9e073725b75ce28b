"""Identifiers: UUIDv7 (RFC 9562), so that keys of one table grow with time."""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VERSION_AND_VARIANT = (0x7 << 76) | (0x2 << 62)


def new_id() -> UUID:
    """A UUIDv7 for a row made now."""
    return id_at(datetime.now(UTC))


def id_at(moment: datetime, ordinal: int | None = None) -> UUID:
    """A UUIDv7 whose time stamp is `moment`, to the millisecond.

    `ordinal` orders ids of one millisecond: its low 12 bits come before the random ones.
    Raises ValueError for a moment before 1970, which UUIDv7 cannot hold.
    """
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    if milliseconds < 0:
        raise ValueError("a UUIDv7 holds no time before 1970")
    random = int.from_bytes(os.urandom(10), "big")
    order = (random >> 64) & 0xFFF if ordinal is None else ordinal & 0xFFF
    low = random & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | _VERSION_AND_VARIANT | (order << 64) | low)


def ids_at(moment: datetime, count: int) -> list[UUID]:
    """UUIDv7s that sort in their order, from `moment` on: 4,096 share a millisecond.

    Raises ValueError for a moment before 1970.
    """
    first = (id_at(moment).int >> 80) << 80
    random = os.urandom(8 * count)
    return [
        UUID(
            int=(first + ((n >> 12) << 80))
            | _VERSION_AND_VARIANT
            | ((n & 0xFFF) << 64)
            | (int.from_bytes(random[8 * n : 8 * n + 8], "big") >> 2)
        )
        for n in range(count)
    ]


def sql_id(milliseconds: str, ordinal: str) -> str:
    """The same as an SQL expression, of the milliseconds since 1970 and the number of the row.

    Its random bits are those of the statement, in which the ordinals tell the rows apart. They are
    no secret: strong ones would take six times as long as all the rest.
    """
    first = f"(({milliseconds} + ({ordinal} >> 12)) << 16) | 28672 | ({ordinal} & 4095)"
    second = "(-9223372036854775808)::bigint + (random() * 4611686018427387903)::bigint"
    # A sub-select that names no column runs once a statement.
    return f"encode(int8send({first}) || (SELECT int8send({second})), 'hex')::uuid"


def time_of(identifier: UUID) -> datetime:
    """The time stamp within a UUIDv7, in UTC, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)


def to_milliseconds(moment: datetime) -> datetime:
    """`moment` cut to the millisecond, the resolution of message times and their ids."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
