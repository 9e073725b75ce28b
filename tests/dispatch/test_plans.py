"""How PostgreSQL finds what workers fire, take and record: by an index, however much there is.

The statements are planned as in production: by the application's login, bound by row-level
security, once for all parameters.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson

from dispatch.claiming import TAKE_HEADS
from dispatch.duties import find_work
from dispatch.firing import MOVE_ON
from dispatch.outcomes import COUNT_EVENTS, LOCK_SCHEDULES, RECORD
from dispatch.recipients import AFTER_ALL, BEFORE_ALL, EVERYBODY
from models.audience import IdentityKind
from models.base import now
from models.deliveries import NO_DEVICE
from models.schedules import Audience, Priority
from models.statements import render
from tests.dispatch.house import House

QUEUED, TAKEN = 5_000, 20
# So few that PostgreSQL would read them all.
SMALL = 300
# As many as make it worth while not to read the whole table.
COPY = """
INSERT INTO deliveries (id, tenant_id, schedule_id, conversation_id, occurrence_at, recipient,
    status, body, due_at, attempt, looks, created_at, updated_at)
SELECT gen_random_uuid(), tenant_id, schedule_id, conversation_id, occurrence_at, 'to ' || n,
    status, body, due_at, attempt, looks, created_at, updated_at
FROM deliveries, generate_series(1, $1::int) AS n
"""
COPY_SCHEDULES = """
INSERT INTO schedules (id, tenant_id, created_by_id, conversation_id, status, body, send_at,
    time_zone, last_seq, created_at)
SELECT gen_random_uuid(), tenant_id, created_by_id, conversation_id, 'COMPLETED', body, send_at,
    time_zone, last_seq, created_at
FROM schedules, generate_series(1, $1::int)
"""

# Tenants that have nothing to do before tomorrow.
OTHERS = 500
FURNISH = (
    "INSERT INTO tenants (id, slug, name, created_at)"
    " SELECT gen_random_uuid(), 'other ' || n, 'other', now() FROM generate_series(1, $1::int) n",
    "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
    " SELECT gen_random_uuid(), id, 'ana', 'Ana', 'AGENT', now() FROM tenants WHERE name = 'other'",
    "INSERT INTO conversations (id, tenant_id, title, kind, visibility, last_seq, message_count,"
    " live_count, last_activity_at, created_at) SELECT gen_random_uuid(), id, '', 'GROUP',"
    " 'TENANT', 0, 0, 0, now(), now() FROM tenants WHERE name = 'other'",
    "INSERT INTO schedules (id, tenant_id, created_by_id, conversation_id, status, body, send_at,"
    " next_at, time_zone, last_seq, created_at) SELECT gen_random_uuid(), t.id, u.id, c.id,"
    " 'ACTIVE', 'later', now() + interval '1 day', now() + interval '1 day', 'UTC', 0, now()"
    " FROM tenants AS t JOIN users AS u ON u.tenant_id = t.id"
    " JOIN conversations AS c ON c.tenant_id = t.id WHERE t.name = 'other'",
)
# An index that has grown may be a level deeper.
DEEPER = 30


def literal(value: object) -> str:
    """The value as PostgreSQL reads it."""
    if isinstance(value, list):
        return "'{" + ",".join("null" if one is None else str(one) for one in value) + "}'"
    return f"'{value}'"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's node and all below it."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


async def explained(house: House, sql: str, *values: object) -> list[dict[str, Any]]:
    """The nodes of a statement's plan, after it was run."""
    given = ", ".join(map(literal, values))
    async with house.database.connection(house.tenant) as connection:
        await connection.execute(f"PREPARE explained AS {sql}")
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained({given})"
        )
        await connection.execute("DEALLOCATE explained")
    return list(nodes(orjson.loads(plan)[0]["Plan"]))


def looked_at(plan: list[dict[str, Any]]) -> float:
    """How many deliveries were looked at to find those that were changed."""
    reads = [
        node
        for node in plan
        if node.get("Relation Name") == "deliveries" and node["Node Type"] != "ModifyTable"
    ]
    assert "Seq Scan" not in {node["Node Type"] for node in reads}
    return max(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in reads
    )


async def test_claims_and_outcomes_look_at_no_more_than_they_change(house: House) -> None:
    await house.queue(1)
    await house.owner.execute(COPY, QUEUED)
    present, until = house.clock(), house.clock() + timedelta(minutes=1)
    lane = [NO_DEVICE], [int(Priority.NORMAL)], [TAKEN]

    taken = await explained(house, TAKE_HEADS, house.tenant, present, *lane, until)
    assert looked_at(taken) == TAKEN
    assert "Sort" not in {node["Node Type"] for node in taken}

    held = [row["id"] for row in await house.deliveries() if row["status"] == "SENDING"]
    assert len(held) == TAKEN
    nothing = [None] * TAKEN
    steps = [1] * TAKEN, ["SENDING"] * TAKEN, ["SENT"] * TAKEN, *[nothing] * 4
    recorded = await explained(house, RECORD, present, held, *steps)
    assert looked_at(recorded) == TAKEN
    assert (await house.statuses()).count("SENT") == TAKEN


async def test_a_table_that_was_small_is_not_read_for_a_batch(house: House) -> None:
    await house.schedule()
    await house.owner.execute(COPY_SCHEDULES, SMALL)
    await house.owner.execute("ANALYZE schedules")
    rows = await house.owner.fetch("SELECT id FROM schedules LIMIT $1", TAKEN)
    due = [row["id"] for row in rows]
    stand = [[value] * TAKEN for value in ("COMPLETED", None, None, 1, None, None, 1, 0)]
    for sql, values in ((MOVE_ON, stand), (COUNT_EVENTS, ()), (LOCK_SCHEDULES, ())):
        plan = await explained(house, sql, due, *values)
        [read] = [
            node
            for node in plan
            if node.get("Relation Name") == "schedules" and node["Node Type"] != "ModifyTable"
        ]
        assert read.get("Index Name") == "schedules_pkey"
        assert read["Actual Loops"] == TAKEN


async def blocks_read_by_a_look(house: House) -> int:
    """How many blocks are read to find what there is to do."""
    sql = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM parley_work(now())"
    async with house.database.connection(house.tenant) as connection:
        # What is read to plan it is not what each look costs.
        await connection.fetchval(sql)
        plan = orjson.loads(await connection.fetchval(sql))[0]["Plan"]
    read: int = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return read


async def test_tenants_without_work_cost_nobody_a_look(house: House) -> None:
    await house.queue(1)
    await house.schedule()
    alone = await blocks_read_by_a_look(house)
    await house.owner.execute(FURNISH[0], OTHERS)
    for statement in FURNISH[1:]:
        await house.owner.execute(statement)
    work = await find_work(house.database, now())
    assert list(work.due) == [house.tenant]
    assert work.next_at is not None
    assert await blocks_read_by_a_look(house) <= alone + DEEPER < OTHERS


async def test_a_long_queue_costs_nobody_a_look(house: House) -> None:
    await house.queue(1)
    alone = await blocks_read_by_a_look(house)
    await house.owner.execute(COPY, QUEUED)
    assert await blocks_read_by_a_look(house) <= alone + DEEPER


async def test_contacts_are_looked_up_by_key_before_there_are_statistics(house: House) -> None:
    values = {
        "source_id": house.tenant,
        "after": BEFORE_ALL,
        "through": AFTER_ALL,
        "kinds": list(IdentityKind),
    }
    sql, given = render(EVERYBODY[Audience.GROUP].bindparams(**values))
    plan = await explained(house, sql, *given)
    reads = [node for node in plan if node.get("Relation Name") == "contacts"]
    assert [node["Index Name"] for node in reads] == ["contacts_pkey"] * 2
