"""How deep the queue of the whole installation is, by priority and device.

Revision 0034.
"""

from alembic import op

revision = "0034"
down_revision = "0033"

# Processes of the version before ask for parley_queue_depth, which stays.
FUNCTIONS = (
    """
    CREATE FUNCTION parley_queue_by_lane() RETURNS TABLE (
        priority smallint, device_id uuid, waiting bigint, active bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT q.priority, q.device_id, count(*) FILTER (WHERE q.status = 'QUEUED'),
            count(*) FILTER (WHERE q.status = 'SENDING')
        FROM (
            (SELECT d.priority, d.device_id, d.status FROM deliveries d
                WHERE d.status = 'QUEUED' LIMIT 100000)
            UNION ALL
            SELECT d.priority, d.device_id, d.status FROM deliveries d WHERE d.status = 'SENDING'
        ) AS q
        GROUP BY q.priority, q.device_id
    $$
    """,
    """
    CREATE FUNCTION parley_queue_oldest() RETURNS TABLE (at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT min(l.due_at) FROM tenants t CROSS JOIN LATERAL parley_lanes(t.id) l
        WHERE EXISTS (
            SELECT FROM deliveries d WHERE d.tenant_id = t.id AND d.status = 'QUEUED')
    $$
    """,
    "REVOKE ALL ON FUNCTION parley_queue_by_lane, parley_queue_oldest FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION parley_queue_by_lane, parley_queue_oldest TO parley_app",
)


def upgrade() -> None:
    for statement in FUNCTIONS:
        op.execute(statement)
