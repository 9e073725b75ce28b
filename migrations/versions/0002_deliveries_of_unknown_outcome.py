"""Deliveries of unknown outcome.

When they are looked for, and what work each tenant has. Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FUNCTIONS = (
    "DROP FUNCTION parley_tenants_with_due_work(timestamptz)",
    # Four probes of partial indexes a tenant, however long its queue is.
    """
    CREATE FUNCTION parley_work_by_tenant() RETURNS TABLE (
        tenant_id uuid, fire_at timestamptz, send_at timestamptz, rescue_at timestamptz,
        look_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT t.id,
            (SELECT min(s.next_at) FROM schedules s
                WHERE s.tenant_id = t.id AND s.status = 'ACTIVE'),
            (SELECT min(d.due_at) FROM deliveries d
                WHERE d.tenant_id = t.id AND d.status = 'QUEUED'),
            (SELECT min(d.lease_until) FROM deliveries d
                WHERE d.tenant_id = t.id AND d.status = 'SENDING'),
            (SELECT min(d.look_at) FROM deliveries d
                WHERE d.tenant_id = t.id AND d.status = 'UNKNOWN')
        FROM tenants t
    $$
    """,
    """
    CREATE FUNCTION parley_tenants_with_due_work(at timestamptz) RETURNS TABLE (
        tenant_id uuid, fire boolean, send boolean, rescue boolean, look boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT w.tenant_id, coalesce(w.fire_at <= at, false), coalesce(w.send_at <= at, false),
            coalesce(w.rescue_at <= at, false), coalesce(w.look_at <= at, false)
        FROM parley_work_by_tenant() w
        WHERE least(w.fire_at, w.send_at, w.rescue_at, w.look_at) <= at
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION parley_next_work_at() RETURNS TABLE (at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT min(least(w.fire_at, w.send_at, w.rescue_at, w.look_at))
        FROM parley_work_by_tenant() w
    $$
    """,
    # A person's retry wakes the workers; their own steps do not.
    """
    CREATE TRIGGER wake_workers AFTER UPDATE OF status ON deliveries
        FOR EACH ROW WHEN (OLD.status IN ('FAILED', 'EXPIRED') AND NEW.status = 'QUEUED')
        EXECUTE FUNCTION parley_wake_workers()
    """,
    """
    REVOKE ALL ON FUNCTION parley_work_by_tenant, parley_tenants_with_due_work,
        parley_next_work_at FROM PUBLIC
    """,
    """
    GRANT EXECUTE ON FUNCTION parley_tenants_with_due_work, parley_next_work_at TO parley_app
    """,
)


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "deliveries", sa.Column("looks", sa.Integer(), server_default="0", nullable=False)
    )
    op.alter_column("deliveries", "looks", server_default=None)
    op.create_index(
        "deliveries_look_idx",
        "deliveries",
        ["tenant_id", "look_at"],
        unique=False,
        postgresql_where=sa.text("status = 'UNKNOWN' AND look_at IS NOT NULL"),
    )
    for statement in FUNCTIONS:
        op.execute(statement)
