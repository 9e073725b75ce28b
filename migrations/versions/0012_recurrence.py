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
    for statement in WAKING:
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
    """Indexes for the queue of what expires, and for pages and counts of a schedule's."""
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
            "num_nonnulls(contact_id, address) = 1",
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
