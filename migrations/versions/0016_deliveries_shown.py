"""Messages that show deliveries in the conversations with their recipients; contacts forgotten.

Revision 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"

FUNCTIONS = (
    """
    CREATE TRIGGER wake_workers AFTER INSERT OR UPDATE OF due_at ON delivery_messages
        FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION parley_wake_workers()
    """,
    "DROP FUNCTION parley_tenants_with_due_work(timestamptz)",
    "DROP FUNCTION parley_next_work_at()",
    "DROP FUNCTION parley_work_by_tenant()",
    # As before, and what is to be shown.
    """
    CREATE FUNCTION parley_work_by_tenant() RETURNS TABLE (
        tenant_id uuid, fire_at timestamptz, send_at timestamptz, rescue_at timestamptz,
        look_at timestamptz, expire_at timestamptz, hear_at timestamptz, collect_at timestamptz,
        show_at timestamptz)
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
                WHERE m.tenant_id = t.id AND m.due_at IS NOT NULL),
            (SELECT min(m.due_at) FROM delivery_messages m
                WHERE m.tenant_id = t.id AND m.due_at IS NOT NULL)
        FROM tenants t
    $$
    """,
    """
    CREATE FUNCTION parley_tenants_with_due_work(at timestamptz) RETURNS TABLE (
        tenant_id uuid, fire boolean, send boolean, rescue boolean, look boolean, expire boolean,
        hear boolean, collect boolean, show boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT w.tenant_id, coalesce(w.fire_at <= at, false), coalesce(w.send_at <= at, false),
            coalesce(w.rescue_at <= at, false), coalesce(w.look_at <= at, false),
            coalesce(w.expire_at <= at, false), coalesce(w.hear_at <= at, false),
            coalesce(w.collect_at <= at, false), coalesce(w.show_at <= at, false)
        FROM parley_work_by_tenant() w
        WHERE least(w.fire_at, w.send_at, w.rescue_at, w.look_at, w.expire_at, w.hear_at,
            w.collect_at, w.show_at) <= at
    $$
    """,
    """
    CREATE FUNCTION parley_next_work_at() RETURNS TABLE (at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT min(least(w.fire_at, w.send_at, w.rescue_at, w.look_at, w.expire_at, w.hear_at,
            w.collect_at, w.show_at))
        FROM parley_work_by_tenant() w
    $$
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
    op.create_index(
        "deliveries_recipient_idx",
        "deliveries",
        ["tenant_id", "recipient"],
        unique=False,
        postgresql_where=sa.text("device_id IS NOT NULL AND status NOT IN ('QUEUED', 'SENDING')"),
    )
    make_delivery_messages()
    for statement in FUNCTIONS:
        op.execute(statement)


def make_delivery_messages() -> None:
    """Which message shows which delivery, and what is to be shown."""
    op.create_table(
        "delivery_messages",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("delivery_messages_delivery_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("delivery_messages_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("delivery_messages_pkey")),
    )
    op.create_index(
        "delivery_messages_due_idx",
        "delivery_messages",
        ["tenant_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("delivery_messages_message_idx", "delivery_messages", ["message_id"])
    op.execute("ALTER TABLE delivery_messages ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON delivery_messages"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON delivery_messages TO parley_app")
