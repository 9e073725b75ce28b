"""Work is found from the work itself, at the same cost however many tenants have none.

Revision 0039.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

NIL = "'00000000-0000-0000-0000-000000000000'::uuid"
LAST = "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid"
DEVICE = f"CASE WHEN q.device_id IS NULL THEN {NIL} ELSE q.device_id END"
FIRE_AT = "greatest(s.next_at, s.aside_until)"
# The statistics may be of a time when the tables were empty: indexes are walked all the same, in
# their order.
ALL_SEEING = """
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off"""

# A lane is a device (or none: the nil id) and a priority with something queued. They are found by
# steps in the index of the queues, from each to the next, whatever is queued behind its head. A
# lane opens when its head is due, its device is not paused, and the rates leave room for one
# message; until its head is due, nobody asks for the rates. Times of rates are rounded up to a
# tenth of a second, so that workers wake ten times a second at most for them.
LANES = f"""
CREATE FUNCTION parley_lanes_between(
    first_tenant uuid, last_tenant uuid, present timestamptz) RETURNS TABLE (
    tenant_id uuid, device_id uuid, priority smallint, due_at timestamptz, open_at timestamptz)
{ALL_SEEING} AS $$
    WITH RECURSIVE head (tenant_id, device_id, priority, due_at) AS (
        (SELECT q.tenant_id, {DEVICE}, q.priority, q.due_at FROM deliveries q
            WHERE q.status = 'QUEUED' AND q.tenant_id BETWEEN first_tenant AND last_tenant
            ORDER BY q.tenant_id, {DEVICE}, q.priority, q.due_at LIMIT 1)
        UNION ALL
        SELECT next.* FROM head CROSS JOIN LATERAL (
            SELECT q.tenant_id, {DEVICE}, q.priority, q.due_at FROM deliveries q
            WHERE q.status = 'QUEUED' AND q.tenant_id <= last_tenant
                AND (q.tenant_id, {DEVICE}, q.priority)
                    > (head.tenant_id, head.device_id, head.priority)
            ORDER BY q.tenant_id, {DEVICE}, q.priority, q.due_at LIMIT 1
        ) AS next
    )
    SELECT h.tenant_id, h.device_id, h.priority, h.due_at,
        greatest(h.due_at, d.paused_until, CASE WHEN h.due_at <= present THEN
            date_bin('100 milliseconds', greatest(
                (SELECT max(b.ready_at) FROM rate_buckets b
                    WHERE b.tenant_id = h.tenant_id AND b.key IN ('tenant',
                        'tenant/' || h.priority, h.device_id || '/hour',
                        h.device_id || '/' || h.priority)),
                (SELECT max(b.ready_at) FROM rate_buckets b
                    WHERE b.tenant_id = {NIL} AND b.key IN ('system', 'system/' || h.priority))
            ) + interval '99999 microseconds', '2000-01-01') END)
    FROM head h LEFT JOIN devices d ON d.tenant_id = h.tenant_id AND d.id = h.device_id
    WHERE h.device_id = {NIL} OR d.state IN ('CONNECTED', 'INTERRUPTED')
        OR d.archived_at IS NOT NULL
$$
"""

# What else is waited for: a table, the rows of it that wait (as its index says), and for when.
WAITING = {
    "rescue": ("deliveries", "w.status = 'SENDING'", "lease_until"),
    "look": ("deliveries", "w.status = 'UNKNOWN' AND w.look_at IS NOT NULL", "look_at"),
    "expire": ("deliveries", "w.status = 'QUEUED' AND w.expires_at IS NOT NULL", "expires_at"),
    "hear": ("webhook_calls", "w.due_at IS NOT NULL", "due_at"),
    "collect": ("media_fetches", "w.due_at IS NOT NULL", "due_at"),
    "show": ("delivery_messages", "w.due_at IS NOT NULL", "due_at"),
}


def first_of_each_tenant(duty: str) -> str:
    """A query that steps in an index from the first row of a tenant to that of the next."""
    table, waits, at = WAITING[duty]
    row = f"SELECT w.tenant_id, w.{at} AS at FROM {table} w WHERE {waits}"
    first = f"ORDER BY w.tenant_id, w.{at} LIMIT 1"
    return f"""{duty} (tenant_id, at) AS (
        ({row} {first})
        UNION ALL
        SELECT next.* FROM {duty} CROSS JOIN LATERAL (
            {row} AND w.tenant_id > {duty}.tenant_id {first}
        ) AS next
    )"""


# What is due, by tenant and duty, and since when; and the first that will be.
WORK = f"""
CREATE FUNCTION parley_work(present timestamptz) RETURNS TABLE (
    tenant_id uuid, duty text, at timestamptz)
{ALL_SEEING} AS $$
    WITH RECURSIVE {", ".join(map(first_of_each_tenant, WAITING))}, work AS (
        SELECT overdue.tenant_id, 'fire' AS duty, min(overdue.at) AS at FROM (
            SELECT s.tenant_id, {FIRE_AT} AS at FROM schedules s
            WHERE s.status = 'ACTIVE' AND s.next_at IS NOT NULL AND {FIRE_AT} <= present
            ORDER BY {FIRE_AT} OFFSET 0
        ) AS overdue GROUP BY overdue.tenant_id
        UNION ALL
        (SELECT s.tenant_id, 'fire', {FIRE_AT} FROM schedules s
            WHERE s.status = 'ACTIVE' AND s.next_at IS NOT NULL AND {FIRE_AT} > present
            ORDER BY {FIRE_AT} LIMIT 1)
        UNION ALL
        SELECT l.tenant_id, 'send', min(l.open_at)
        FROM parley_lanes_between({NIL}, {LAST}, present) l GROUP BY l.tenant_id
        UNION ALL
        {" UNION ALL ".join(f"SELECT tenant_id, '{duty}', at FROM {duty}" for duty in WAITING)}
    )
    SELECT * FROM work WHERE at <= present
    UNION ALL
    (SELECT * FROM work WHERE at > present ORDER BY at LIMIT 1)
$$
"""

OLDEST = f"""
CREATE OR REPLACE FUNCTION parley_queue_oldest() RETURNS TABLE (at timestamptz)
{ALL_SEEING} AS $$
    SELECT min(l.due_at) FROM parley_lanes_between({NIL}, {LAST}, '-infinity') l
$$
"""


def upgrade() -> None:
    # The first moment at which a schedule is due and not set aside.
    op.create_index(
        "schedules_fire_idx",
        "schedules",
        [sa.text("greatest(next_at, aside_until)")],
        unique=False,
        postgresql_where=sa.text("status = 'ACTIVE' AND next_at IS NOT NULL"),
    )
    op.drop_index("schedules_aside_idx", table_name="schedules")
    # Processes of the version before ask for parley_tenants_with_due_work, parley_next_work_at and
    # parley_lanes, which stay.
    for statement in (LANES, WORK, OLDEST):
        op.execute(statement)
    op.execute("REVOKE ALL ON FUNCTION parley_lanes_between, parley_work FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION parley_lanes_between, parley_work TO parley_app")
