"""Deliveries and recipients belong to a schedule of their tenant, and go with it."""

import asyncpg
import pytest

from models.ids import new_id
from tests.dispatch.house import House

COPY = """
INSERT INTO deliveries (id, tenant_id, schedule_id, conversation_id, occurrence_at, recipient,
    status, body, due_at, attempt, looks, created_at, updated_at)
SELECT gen_random_uuid(), $1, $2, conversation_id, occurrence_at, 'copy ' || n, status, body,
    due_at, attempt, looks, created_at, updated_at FROM deliveries, generate_series(1, 3) AS n
"""
LIST = """
INSERT INTO schedule_recipients (tenant_id, schedule_id, id, address)
SELECT $1, $2, gen_random_uuid(), '+34600' || n FROM generate_series(1, 3) AS n
"""


@pytest.mark.parametrize("statement", [COPY, LIST])
async def test_no_row_is_of_a_schedule_that_there_is_not(house: House, statement: str) -> None:
    await house.queue(1)
    neighbour = await house.neighbour()
    theirs = await neighbour.schedule()
    for schedule in (new_id(), theirs):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await house.owner.execute(statement, house.tenant, schedule)
    async with house.database.connection(house.tenant) as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(statement, house.tenant, theirs)


async def test_a_delivery_stays_with_its_schedule(house: House) -> None:
    first, second = await house.queue(1), await house.queue(1)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await house.owner.execute(
            "UPDATE deliveries SET schedule_id = $1 WHERE schedule_id = $2", first, second
        )


async def test_what_is_of_a_schedule_is_deleted_with_it(house: House) -> None:
    gone, kept = await house.queue(3), await house.queue(2)
    for schedule in (gone, kept):
        await house.owner.execute(LIST, house.tenant, schedule)
    await house.owner.execute("DELETE FROM schedules WHERE id = $1", gone)
    for table, left in (("deliveries", 2), ("schedule_recipients", 3)):
        rows = await house.owner.fetch(f"SELECT schedule_id FROM {table}")
        assert [row["schedule_id"] for row in rows] == [kept] * left
