"""What schedules send, to whom and when.

Revision 0012.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
NO_DEVICE = "coalesce(device_id, '00000000-0000-0000-0000-000000000000'::uuid)"
SCHEDULE_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("audience", sa.Text(), server_default="CONVERSATION", nullable=False),
    sa.Column("recipient_group_id", sa.Uuid(), nullable=True),
    sa.Column("device_id", sa.Uuid(), nullable=True),
    sa.Column("priority", sa.SmallInteger(), server_default="2", nullable=False),
    sa.Column("template_id", sa.Uuid(), nullable=True),
    sa.Column("variables", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column("wall_start", sa.DateTime(), nullable=True),
    sa.Column("recurrence", sa.Text(), nullable=True),
    sa.Column("excluded", postgresql.ARRAY(sa.DateTime()), server_default="{}", nullable=False),
    sa.Column("gap_rule", sa.Text(), server_default="NEXT_VALID", nullable=False),
    sa.Column("overlap_rule", sa.Text(), server_default="FIRST", nullable=False),
    sa.Column("missed_rule", sa.Text(), server_default="SEND_LATE", nullable=False),
    sa.Column("grace_seconds", sa.Integer(), nullable=True),
    sa.Column("respects_quiet_hours", sa.Boolean(), server_default="true", nullable=False),
    sa.Column("next_wall", sa.DateTime(), nullable=True),
    sa.Column("next_number", sa.Integer(), server_default="1", nullable=False),
    sa.Column("firing_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("fired_through", sa.Uuid(), nullable=True),
    sa.Column("occurrences", sa.Integer(), server_default="0", nullable=False),
    sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
    sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
)
DELIVERY_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("contact_id", sa.Uuid(), nullable=True),
    sa.Column("device_id", sa.Uuid(), nullable=True),
    sa.Column("priority", sa.SmallInteger(), server_default="2", nullable=False),
    sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
)
CHECKS = {
    "schedules": {
        "recipients": "(audience = 'CONVERSATION') = (conversation_id IS NOT NULL)"
        " AND (audience <> 'GROUP' OR recipient_group_id IS NOT NULL)",
        "recurrence": "recurrence IS NULL OR wall_start IS NOT NULL",
        "priority": "priority BETWEEN 0 AND 3",
        "grace": "grace_seconds >= 0",
        "audience": "audience IN ('CONVERSATION', 'LIST', 'GROUP')",
        "gap_rule": "gap_rule IN ('NEXT_VALID', 'SKIP', 'OFFSET_BEFORE')",
        "overlap_rule": "overlap_rule IN ('FIRST', 'SECOND', 'BOTH')",
        "missed_rule": "missed_rule IN ('SEND_LATE', 'ONCE', 'SKIP')",
    },
    "deliveries": {"priority": "priority BETWEEN 0 AND 3"},
}


def upgrade() -> None:
    for table, columns in (("schedules", SCHEDULE_COLUMNS), ("deliveries", DELIVERY_COLUMNS)):
        for column in columns:
            op.add_column(table, column)
        op.alter_column(table, "conversation_id", nullable=True)
        for name, condition in CHECKS[table].items():
            op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition)
    refer("schedules", "template_id", "templates")
    refer("schedules", "device_id", "devices")
    index_deliveries()
    make_recipients()
    for statement in (*WAKING, *LANES):
        op.execute(statement)


def refer(table: str, column: str, other: str) -> None:
    """Let a column name rows of another table of the same tenant."""
    op.create_foreign_key(
        op.f(f"{table}_tenant_id_{column}_fkey"),
        table,
        other,
        ["tenant_id", column],
        ["tenant_id", "id"],
    )


def index_deliveries() -> None:
    """Indexes for the queues by device and priority, for the queue of what expires, and for pages
    and counts of a schedule's.
    """
    op.drop_index("deliveries_due_idx", table_name="deliveries")
    op.create_index(
        "deliveries_due_idx",
        "deliveries",
        ["tenant_id", sa.text(NO_DEVICE), "priority", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'QUEUED'"),
    )
    op.create_index(
        "deliveries_expiry_idx",
        "deliveries",
        ["tenant_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'QUEUED' AND expires_at IS NOT NULL"),
    )
    op.create_index(
        "deliveries_listing_idx",
        "deliveries",
        ["schedule_id", "created_at", "id"],
        unique=False,
        postgresql_include=["status"],
    )


def make_recipients() -> None:
    """The recipients that schedules were given."""
    op.create_table(
        "schedule_recipients",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("variables", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(contact_id, address) > 0",
            name=op.f("schedule_recipients_recipient_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "schedule_id"],
            ["schedules.tenant_id", "schedules.id"],
            name=op.f("schedule_recipients_tenant_id_schedule_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("schedule_id", "id", name=op.f("schedule_recipients_pkey")),
    )
    op.execute("ALTER TABLE schedule_recipients ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON schedule_recipients"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT ON schedule_recipients TO parley_app")


# A person may also have what nobody can tell about sent again.
WAKING = (
    "DROP TRIGGER wake_workers ON deliveries",
    """
    CREATE TRIGGER wake_workers AFTER UPDATE OF status ON deliveries
        FOR EACH ROW WHEN (
            OLD.status IN ('FAILED', 'EXPIRED', 'UNKNOWN') AND NEW.status = 'QUEUED')
        EXECUTE FUNCTION parley_wake_workers()
    """,
)

# A lane is a device (or none: the nil id) and a priority with something queued. It opens when the
# first message is due, its device is not paused, and the rates leave room for one. Times of rates
# are rounded up to a tenth of a second, so that workers wake ten times a second at most for them.
LANES = (
    """
    CREATE FUNCTION parley_lanes(tenant uuid) RETURNS TABLE (
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
                AND coalesce(q.device_id, '00000000-0000-0000-0000-000000000000'::uuid) = o.id
            ORDER BY q.due_at LIMIT 1
        ) AS head
        CROSS JOIN LATERAL (
            SELECT max(b.ready_at) AS until FROM rate_buckets b
            WHERE b.tenant_id = tenant
                    AND b.key IN ('tenant', o.id || '/hour', o.id || '/' || p.priority)
                OR b.tenant_id = '00000000-0000-0000-0000-000000000000' AND b.key = 'system'
        ) AS busy
    $$
    """,
    # Probes of partial indexes, however long the queues are; lanes only where something is queued.
    "DROP FUNCTION parley_tenants_with_due_work(timestamptz)",
    "DROP FUNCTION parley_next_work_at()",
    "DROP FUNCTION parley_work_by_tenant()",
    """
    CREATE FUNCTION parley_work_by_tenant() RETURNS TABLE (
        tenant_id uuid, fire_at timestamptz, send_at timestamptz, rescue_at timestamptz,
        look_at timestamptz, expire_at timestamptz, hear_at timestamptz, collect_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT t.id,
            (SELECT min(s.next_at) FROM schedules s
                WHERE s.tenant_id = t.id AND s.status = 'ACTIVE'),
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
                WHERE m.tenant_id = t.id AND m.due_at IS NOT NULL)
        FROM tenants t
    $$
    """,
    """
    CREATE FUNCTION parley_tenants_with_due_work(at timestamptz) RETURNS TABLE (
        tenant_id uuid, fire boolean, send boolean, rescue boolean, look boolean, expire boolean,
        hear boolean, collect boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT w.tenant_id, coalesce(w.fire_at <= at, false), coalesce(w.send_at <= at, false),
            coalesce(w.rescue_at <= at, false), coalesce(w.look_at <= at, false),
            coalesce(w.expire_at <= at, false), coalesce(w.hear_at <= at, false),
            coalesce(w.collect_at <= at, false)
        FROM parley_work_by_tenant() w
        WHERE least(w.fire_at, w.send_at, w.rescue_at, w.look_at, w.expire_at, w.hear_at,
            w.collect_at) <= at
    $$
    """,
    """
    CREATE FUNCTION parley_next_work_at() RETURNS TABLE (at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT min(least(w.fire_at, w.send_at, w.rescue_at, w.look_at, w.expire_at, w.hear_at,
            w.collect_at))
        FROM parley_work_by_tenant() w
    $$
    """,
    # For metrics: how much waits in all, counted so far only.
    """
    CREATE FUNCTION parley_queue_depth() RETURNS TABLE (
        waiting bigint, active bigint, oldest_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT
            (SELECT count(*) FROM (
                SELECT FROM deliveries d WHERE d.status = 'QUEUED' LIMIT 100000) AS queued),
            (SELECT count(*) FROM deliveries d WHERE d.status = 'SENDING'),
            (SELECT min(l.due_at) FROM tenants t CROSS JOIN LATERAL parley_lanes(t.id) l
                WHERE EXISTS (SELECT FROM deliveries d
                    WHERE d.tenant_id = t.id AND d.status = 'QUEUED'))
    $$
    """,
    """
    REVOKE ALL ON FUNCTION parley_lanes, parley_queue_depth, parley_work_by_tenant, parley_tenants_with_due_work,
        parley_next_work_at FROM PUBLIC
    """,
    """
    GRANT EXECUTE ON FUNCTION parley_lanes, parley_queue_depth, parley_tenants_with_due_work,
        parley_next_work_at TO parley_app
    """,
)
