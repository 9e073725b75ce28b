"""Rows in the binary format of COPY."""

import json
from datetime import UTC, datetime
from io import BytesIO

import asyncpg

from importing.copying import copied
from importing.records import Kind
from importing.rows import Row
from importing.storing import _STAGE
from models.ids import new_id

AT = datetime(2024, 3, 30, 9, 0, 7, 125_000, tzinfo=UTC)
BEFORE_2000 = datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
PLACE = '{"place": {"latitude": 1.5, "longitude": -2}}'
FULL = Row(
    *(new_id(), AT, "Ana 👩", Kind.LOCATION, "hi\n\u200e مرحبا", "ar", True, False, PLACE),
    *(b"\x00" * 16, new_id(), "plan.pdf", "application/pdf", 2**40),
)
EMPTY = Row(
    *(new_id(), BEFORE_2000, None, Kind.TEXT, "", None, False, True, None),
    *(b"\xff" * 16, None, None, None, None),
)
NO_SIZE = FULL._replace(id=new_id(), size=None)


async def test_postgresql_reads_what_was_written(owner: "asyncpg.Pool[asyncpg.Record]") -> None:
    rows = [FULL, EMPTY, NO_SIZE]
    async with owner.acquire() as connection, connection.transaction():
        await connection.execute(_STAGE)
        await connection.copy_to_table(
            "staged_messages", source=BytesIO(copied(rows)), columns=Row._fields, format="binary"
        )
        read = await connection.fetch("SELECT * FROM staged_messages")

    found = [Row(**row) for row in read]
    assert [row._replace(details=None) for row in found] == [
        row._replace(details=None) for row in rows
    ]
    assert [row.details and json.loads(row.details) for row in found] == [
        row.details and json.loads(row.details) for row in rows
    ]
