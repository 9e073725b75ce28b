"""Schedules that cannot be fired are set aside for a while.

Revision 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

# As in 0016, but that a schedule which was set aside is due when that is over.
WORK = """
CREATE OR REPLACE FUNCTION parley_work_by_tenant() RETURNS TABLE (
    tenant_id uuid, fire_at timestamptz, send_at timestamptz, rescue_at timestamptz,
    look_at timestamptz, expire_at timestamptz, hear_at timestamptz, collect_at timestamptz,
    show_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id,
        least(
            (SELECT min(s.next_at) FROM schedules s
                WHERE s.tenant_id = t.id AND s.status = 'ACTIVE' AND s.aside_until IS NULL),
            (SELECT min(s.aside_until) FROM schedules s
                WHERE s.tenant_id = t.id AND s.status = 'ACTIVE' AND s.next_at IS NOT NULL
                    AND s.aside_until IS NOT NULL)),
        CASE WHEN EXISTS (SELECT FROM deliveries d
                WHERE d.tenant_id = t.id AND d.status = 'QUEUED')
            THEN (SELECT min(l.open_at) FROM parley_lanes(t.id) l) END,
        (SELECT min(d.lease_until) FROM deliveries d
            WHERE d.tenant_id = t.id AND d.status = 'SENDING'),
        (SELECT min(d.look_at) FROM deliveries d
            WHERE d.tenant_id = t.id AND d.status = 'UNKNOWN'),
        (SELECT min(d.expires_at) FROM deliveries d
            WHERE d.tenant_id = t.id AND d.status = 'QUEUED' AND d.expires_at IS NOT NULL),
        (SELECT min(c.due_at) FROM webhook_calls c
            WHERE c.tenant_id = t.id AND c.due_at IS NOT NULL),
        (SELECT min(m.due_at) FROM media_fetches m
            WHERE m.tenant_id = t.id AND m.due_at IS NOT NULL),
        (SELECT min(m.due_at) FROM delivery_messages m
            WHERE m.tenant_id = t.id AND m.due_at IS NOT NULL)
    FROM tenants t
$$
"""


def upgrade() -> None:
    op.add_column(
        "schedules", sa.Column("faults", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("schedules", sa.Column("aside_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "schedules_aside_idx",
        "schedules",
        ["tenant_id", "aside_until"],
        unique=False,
        postgresql_where=sa.text("aside_until IS NOT NULL"),
    )
    op.execute(WORK)
