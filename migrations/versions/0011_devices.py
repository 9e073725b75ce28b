"""Devices and rates.

What they hear, what their deliveries came to, and which workers run. Revision 0011.
"""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
OWN = f"tenant_id = {TENANT}"
# Rows of the nil tenant are everybody's: rates of the whole system, and workers.
OWN_OR_COMMON = f"tenant_id IN ({TENANT}, '00000000-0000-0000-0000-000000000000'::uuid)"
ALL = "SELECT, INSERT, UPDATE, DELETE"
TABLES = {
    "devices": (OWN, "SELECT, INSERT, UPDATE"),
    "rate_buckets": (OWN_OR_COMMON, "SELECT, INSERT, UPDATE"),
    "delivery_counts": (OWN, "SELECT, INSERT, UPDATE"),
    "worker_beats": (OWN_OR_COMMON, ALL),
    "webhook_calls": (OWN, "SELECT, INSERT, UPDATE"),
    "delivery_reports": (OWN, "SELECT, INSERT, UPDATE"),
    "device_threads": (OWN, "SELECT, INSERT, UPDATE"),
    "heard_messages": (OWN, "SELECT, INSERT"),
    "media_fetches": (OWN, "SELECT, INSERT, UPDATE"),
}

FUNCTIONS = (
    # A webhook names its device and nobody's tenant.
    """
    CREATE FUNCTION parley_tenant_of_device(device uuid) RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT d.tenant_id FROM devices d WHERE d.id = device AND d.archived_at IS NULL
    $$
    """,
    """
    CREATE TRIGGER wake_workers AFTER INSERT ON webhook_calls
        FOR EACH STATEMENT EXECUTE FUNCTION parley_wake_workers()
    """,
    # What waits for a device goes on when the device does.
    """
    CREATE TRIGGER wake_workers AFTER UPDATE OF state, paused_until ON devices
        FOR EACH ROW WHEN (NEW.state = 'CONNECTED' AND NEW.paused_until IS NULL
            AND (OLD.state <> 'CONNECTED' OR OLD.paused_until IS NOT NULL))
        EXECUTE FUNCTION parley_wake_workers()
    """,
    # Calls that were read, and rates that are free again: what is old is only kept to be looked at.
    """
    CREATE FUNCTION parley_forget_calls(days integer) RETURNS TABLE (forgotten bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF days IS NULL OR days < 8 THEN
            RAISE EXCEPTION 'outlets repeat calls for a week: they are kept for 8 days, not %', days
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        DELETE FROM rate_buckets b WHERE b.ready_at < now() - interval '1 hour';
        DELETE FROM worker_beats w WHERE w.beat_at < now() - interval '1 day';
        RETURN QUERY
        WITH gone AS (
            DELETE FROM webhook_calls c WHERE c.id = ANY (ARRAY(
                SELECT old.id FROM webhook_calls old
                WHERE old.created_at < now() - make_interval(days => parley_forget_calls.days)
                    AND old.due_at IS NULL
                LIMIT 10000))
            RETURNING 1)
        SELECT count(*) FROM gone;
    END $$
    """,
)
NAMES = "parley_tenant_of_device, parley_tenants_with_due_work, parley_next_work_at, parley_forget_calls"


def upgrade() -> None:
    widen("events", "stream", "DEVICE")
    widen("events", "kind", "DEVICE_CHANGED")
    widen("audit", "action", "DEVICE_CREATED", "DEVICE_CHANGED", "DEVICE_ARCHIVED")
    make_devices()
    make_what_they_hear()
    for table, (rows, rights) in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({rows}) WITH CHECK ({rows})")
        op.execute(f"GRANT {rights} ON {table} TO parley_app")
    for statement in FUNCTIONS:
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {NAMES} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NAMES} TO parley_app")


def widen(table: str, column: str, *values: str) -> None:
    """Let a CHECK of `one_of` take more values, whatever it takes now."""
    name = op.f(f"{table}_{column}_check")
    [definition] = (
        op.get_bind()
        .execute(
            sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
            {"name": name},
        )
        .one()
    )
    taken = [*re.findall(r"'(\w+)'", definition), *values]
    listed = ", ".join(f"'{value}'" for value in taken)
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({listed})")


def make_devices() -> None:
    """Devices, their rates and counts, and workers."""
    op.create_table(
        "devices",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("last_heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('LOOPBACK', 'WHATSAPP_CLOUD', 'HTTP')", name=op.f("devices_kind_check")
        ),
        sa.CheckConstraint(
            "state IN ('DISCONNECTED', 'CONNECTING', 'CONNECTED', 'INTERRUPTED', 'FAILED')",
            name=op.f("devices_state_check"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("devices_tenant_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("devices_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("devices_tenant_id_id_key")),
    )
    op.create_index("devices_list_idx", "devices", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index(
        "devices_name_key",
        "devices",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_table(
        "rate_buckets",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("rate_buckets_pkey")),
    )
    op.create_index("rate_buckets_ready_idx", "rate_buckets", ["ready_at"], unique=False)
    op.create_table(
        "delivery_counts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("delivery_counts_tenant_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "hour", "device_id", "priority", name=op.f("delivery_counts_pkey")
        ),
    )
    op.create_table(
        "worker_beats",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("in_flight", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("worker_beats_pkey")),
    )


def make_what_they_hear() -> None:
    """Calls of outlets and what became of them."""
    op.create_table(
        "webhook_calls",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["devices.tenant_id", "devices.id"],
            name=op.f("webhook_calls_tenant_id_device_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("webhook_calls_pkey")),
        sa.UniqueConstraint("device_id", "digest", name=op.f("webhook_calls_device_id_digest_key")),
    )
    op.create_index(
        "webhook_calls_age_idx",
        "webhook_calls",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_index(
        "webhook_calls_due_idx",
        "webhook_calls",
        ["tenant_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "delivery_reports",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["devices.tenant_id", "devices.id"],
            name=op.f("delivery_reports_tenant_id_device_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device_id", "external_id", name=op.f("delivery_reports_pkey")),
    )
    op.create_index(
        "delivery_reports_delivery_idx",
        "delivery_reports",
        ["delivery_id"],
        unique=False,
        postgresql_where=sa.text("delivery_id IS NOT NULL"),
    )
    op.create_table(
        "device_threads",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("device_threads_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["devices.tenant_id", "devices.id"],
            name=op.f("device_threads_tenant_id_device_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device_id", "address", name=op.f("device_threads_pkey")),
    )
    op.create_index("device_threads_contact_idx", "device_threads", ["device_id", "contact_id"])
    op.create_table(
        "heard_messages",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("heard_messages_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["devices.tenant_id", "devices.id"],
            name=op.f("heard_messages_tenant_id_device_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device_id", "external_id", name=op.f("heard_messages_pkey")),
    )
    op.create_table(
        "media_fetches",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("media_fetches_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["devices.tenant_id", "devices.id"],
            name=op.f("media_fetches_tenant_id_device_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("media_fetches_pkey")),
        sa.UniqueConstraint("attachment_id", name=op.f("media_fetches_attachment_id_key")),
    )
    op.create_index(
        "media_fetches_due_idx",
        "media_fetches",
        ["tenant_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
