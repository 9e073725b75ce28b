"""What a row of the queue costs: claims in the order of their index, steps and keys checked cheaply.

Revision 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

# Row-level security lets only expressions that leak nothing into an index condition: CASE is one,
# coalesce() is not.
LANE = "CASE WHEN {0} IS NULL THEN '00000000-0000-0000-0000-000000000000'::uuid ELSE {0} END"
STEPS = """
    'QUEUED>SENDING', 'QUEUED>CANCELLED', 'QUEUED>EXPIRED',
    'SENDING>QUEUED', 'SENDING>SENT', 'SENDING>DELIVERED', 'SENDING>READ', 'SENDING>FAILED',
    'SENDING>UNKNOWN',
    'SENT>DELIVERED', 'SENT>READ', 'SENT>FAILED', 'DELIVERED>READ',
    'FAILED>QUEUED', 'EXPIRED>QUEUED',
    'UNKNOWN>QUEUED', 'UNKNOWN>SENT', 'UNKNOWN>DELIVERED', 'UNKNOWN>READ', 'UNKNOWN>FAILED'
"""
# The condition is checked without a call of the function, which only a step that is none costs.
CHECK_STEPS = (
    "DROP TRIGGER check_step ON deliveries",
    """
    CREATE OR REPLACE FUNCTION parley_check_delivery_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER check_step BEFORE UPDATE OF status ON deliveries
        FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status
            AND (OLD.status || '>' || NEW.status) <> ALL (ARRAY[{STEPS}]))
        EXECUTE FUNCTION parley_check_delivery_step()
    """,
)
LANES = f"""
    CREATE OR REPLACE FUNCTION parley_lanes(tenant uuid) RETURNS TABLE (
        device_id uuid, priority smallint, due_at timestamptz, open_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH outlet AS (
            SELECT '00000000-0000-0000-0000-000000000000'::uuid AS id,
                NULL::timestamptz AS paused_until
            UNION ALL
            SELECT d.id, d.paused_until FROM devices d
            WHERE d.tenant_id = tenant
                AND (d.state IN ('CONNECTED', 'INTERRUPTED') OR d.archived_at IS NOT NULL)
        )
        SELECT o.id, p.priority, head.due_at,
            greatest(head.due_at, o.paused_until,
                date_bin('100 milliseconds', busy.until + interval '99999 microseconds',
                    '2000-01-01'))
        FROM outlet o CROSS JOIN unnest(ARRAY[0, 1, 2, 3]::smallint[]) AS p (priority)
        CROSS JOIN LATERAL (
            SELECT q.due_at FROM deliveries q
            WHERE q.tenant_id = tenant AND q.status = 'QUEUED' AND q.priority = p.priority
                AND {LANE.format("q.device_id")} = o.id
            ORDER BY q.due_at LIMIT 1
        ) AS head
        CROSS JOIN LATERAL (
            SELECT max(b.ready_at) AS until FROM rate_buckets b
            WHERE b.tenant_id = tenant
                    AND b.key IN ('tenant', o.id || '/hour', o.id || '/' || p.priority)
                OR b.tenant_id = '00000000-0000-0000-0000-000000000000' AND b.key = 'system'
        ) AS busy
    $$
"""


def upgrade() -> None:
    op.drop_index("deliveries_due_idx", table_name="deliveries")
    op.create_index(
        "deliveries_due_idx",
        "deliveries",
        ["tenant_id", sa.text(f"({LANE.format('device_id')})"), "priority", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'QUEUED'"),
    )
    for statement in (LANES, *CHECK_STEPS):
        op.execute(statement)
