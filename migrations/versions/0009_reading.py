"""Pinned, archived and muted conversations, labels and statistics.

Revision 0009.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
RIGHTS = {
    "conversation_settings": "SELECT, INSERT, UPDATE",
    "labels": "SELECT, INSERT, UPDATE, DELETE",
    "conversation_labels": "SELECT, INSERT, DELETE",
    "conversation_statistics": "SELECT, INSERT, UPDATE",
    "participant_statistics": "SELECT, INSERT, DELETE",
    "tenant_statistics": "SELECT, INSERT, UPDATE",
}
# The events that there were, and one more.
WIDEN_EVENTS = """
    DO $$
    DECLARE
        was text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conname = 'events_kind_check' AND conrelid = 'events'::regclass);
    BEGIN
        ALTER TABLE events DROP CONSTRAINT events_kind_check;
        EXECUTE format('ALTER TABLE events ADD CONSTRAINT events_kind_check %s',
            replace(was, '''CONVERSATION_CHANGED''::text',
                '''CONVERSATION_CHANGED''::text, ''SETTINGS_CHANGED''::text'));
    END $$
"""
# Where a position was the count of live messages, it is their seq too.
FILL_POSITIONS = """
    UPDATE read_positions r SET seq = coalesce((
        SELECT m.seq FROM messages m
        WHERE m.conversation_id = r.conversation_id AND m.import_id IS NULL
        ORDER BY m.seq LIMIT 1 OFFSET greatest(r.live_count, 1) - 1), 0)
    WHERE r.live_count > 0
"""
FUNCTIONS = (
    # A worker takes conversations of any tenant in which something happened since they were
    # counted. Until `until` they are its own; should it die, another one takes them then.
    """
    CREATE FUNCTION parley_take_statistics(at timestamptz, until timestamptz, most integer)
    RETURNS TABLE (tenant_id uuid, conversation_id uuid)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        INSERT INTO conversation_statistics AS s (tenant_id, conversation_id, seq, due_at,
            message_count, text_count, characters, sender_count, hours, hourly, words, emoji)
        SELECT c.tenant_id, c.id, 0, until, 0, 0, 0, 0, '{}', '{}', '[]', '[]'
        FROM conversations c LEFT JOIN conversation_statistics k ON k.conversation_id = c.id
        WHERE coalesce(k.due_at <= at AND k.seq <> c.last_seq, true)
        ORDER BY k.due_at NULLS FIRST LIMIT most
        ON CONFLICT (conversation_id) DO UPDATE SET due_at = until WHERE s.due_at <= at
        RETURNING s.tenant_id, s.conversation_id
    $$
    """,
    # The same for tenants. What was counted in the last seconds before may have been committed
    # too late to be seen.
    """
    CREATE FUNCTION parley_take_tenant_statistics(at timestamptz, until timestamptz, most integer)
    RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        INSERT INTO tenant_statistics AS s (tenant_id, due_at, conversation_count, senders,
            message_count, text_count, characters, sender_count, hours, hourly, words, emoji)
        SELECT t.id, until, 0, '[]', 0, 0, 0, 0, '{}', '{}', '[]', '[]'
        FROM tenants t LEFT JOIN tenant_statistics k ON k.tenant_id = t.id
        WHERE coalesce(k.due_at <= at, true) AND EXISTS (
            SELECT FROM conversation_statistics c WHERE c.tenant_id = t.id
                AND c.counted_at > coalesce(k.as_of - interval '10 seconds', '-infinity'))
        ORDER BY k.due_at NULLS FIRST LIMIT most
        ON CONFLICT (tenant_id) DO UPDATE SET due_at = until WHERE s.due_at <= at
        RETURNING s.tenant_id
    $$
    """,
)
NAMES = "parley_take_statistics, parley_take_tenant_statistics"


def upgrade() -> None:
    op.execute(WIDEN_EVENTS)
    widen_reading()
    make_settings()
    make_labels()
    make_statistics()
    for statement in FUNCTIONS:
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {NAMES} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NAMES} TO parley_app")
    for table, rights in RIGHTS.items():
        protect(table, rights)


def protect(table: str, rights: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table}"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute(f"GRANT {rights} ON {table} TO parley_app")


def widen_reading() -> None:
    """Find what is unread, and what is marked, by an index."""
    op.create_index(
        "messages_live_idx",
        "messages",
        ["conversation_id", "seq"],
        postgresql_where=sa.text("import_id IS NULL"),
    )
    op.create_index(
        "bookmarks_listing_idx",
        "bookmarks",
        ["user_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.add_column(
        "read_positions", sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.alter_column("read_positions", "seq", server_default=None)
    op.execute(FILL_POSITIONS)


def of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "conversation_id"],
        ["conversations.tenant_id", "conversations.id"],
        name=op.f(f"{table}_tenant_id_conversation_id_fkey"),
        ondelete="CASCADE",
    )


def make_settings() -> None:
    op.create_table(
        "conversation_settings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("muted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        of_conversation("conversation_settings"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("conversation_settings_tenant_id_user_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "conversation_id", "user_id", name=op.f("conversation_settings_pkey")
        ),
    )
    op.create_index(
        "conversation_settings_pinned_idx",
        "conversation_settings",
        [
            "user_id",
            sa.literal_column("pinned_at DESC"),
            sa.literal_column("conversation_id DESC"),
        ],
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )


def make_labels() -> None:
    op.create_table(
        "labels",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("labels_tenant_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("labels_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("labels_tenant_id_id_key")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("labels_tenant_id_name_key")),
    )
    op.create_table(
        "conversation_labels",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("label_id", sa.Uuid(), nullable=False),
        of_conversation("conversation_labels"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "label_id"],
            ["labels.tenant_id", "labels.id"],
            name=op.f("conversation_labels_tenant_id_label_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "conversation_id", "label_id", name=op.f("conversation_labels_pkey")
        ),
    )
    op.create_index(
        "conversation_labels_label_idx", "conversation_labels", ["label_id", "conversation_id"]
    )


def counts() -> list[sa.Column[object]]:
    return [
        sa.Column("message_count", sa.BigInteger(), nullable=False),
        sa.Column("text_count", sa.BigInteger(), nullable=False),
        sa.Column("characters", sa.BigInteger(), nullable=False),
        sa.Column("sender_count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hours", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("hourly", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("emoji", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    ]


def make_statistics() -> None:
    op.create_table(
        "conversation_statistics",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        *counts(),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_seconds", sa.Float(), nullable=True),
        of_conversation("conversation_statistics"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("conversation_statistics_pkey")),
    )
    op.create_index(
        "conversation_statistics_counted_idx",
        "conversation_statistics",
        ["tenant_id", "counted_at"],
    )
    op.create_table(
        "participant_statistics",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_count", sa.BigInteger(), nullable=False),
        sa.Column("text_count", sa.BigInteger(), nullable=False),
        sa.Column("characters", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_seconds", sa.Float(), nullable=True),
        of_conversation("participant_statistics"),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("participant_statistics_pkey")),
    )
    op.create_index(
        "participant_statistics_count_idx",
        "participant_statistics",
        ["conversation_id", sa.literal_column("message_count DESC"), "participant_id"],
    )
    op.create_table(
        "tenant_statistics",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        *counts(),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_count", sa.BigInteger(), nullable=False),
        sa.Column("senders", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("tenant_statistics_tenant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("tenant_statistics_pkey")),
    )
