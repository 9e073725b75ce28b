"""The house.

Tables, tenant policies, grants and the functions they need. Revision 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"

# What the application may do with each table. What is missing here is refused by PostgreSQL:
# events, for one, are never changed.
TENANT_TABLES = {
    "users": "SELECT, INSERT, UPDATE",
    "conversations": "SELECT, INSERT, UPDATE",
    "participants": "SELECT, INSERT, UPDATE",
    "read_positions": "SELECT, INSERT, UPDATE",
    "messages": "SELECT, INSERT, UPDATE",
    "client_messages": "SELECT, INSERT",
    "attachments": "SELECT, INSERT",
    "reactions": "SELECT, INSERT, DELETE",
    "bookmarks": "SELECT, INSERT, UPDATE, DELETE",
    "events": "SELECT, INSERT",
    "schedules": "SELECT, INSERT, UPDATE",
    "deliveries": "SELECT, INSERT, UPDATE",
    "imports": "SELECT, INSERT, UPDATE",
}

BEFORE_TABLES = (
    """
    DO $$ BEGIN
        CREATE ROLE parley_app NOLOGIN NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
    """,
    "GRANT USAGE ON SCHEMA public TO parley_app",
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE TEXT SEARCH CONFIGURATION parley (COPY = simple)",
    """
    ALTER TEXT SEARCH CONFIGURATION parley
        ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple
    """,
    # The parser would make "-20231" of "INV-20231" and one token of a whole address. On UTF-8 this
    # is twice as fast as translate().
    """
    CREATE FUNCTION parley_search_vector(body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT to_tsvector('public.parley'::regconfig,
            regexp_replace(body, '[-/._@:?=&+#]', ' ', 'g'))
    $$
    """,
)

AFTER_TABLES = (
    # An unknown word is otherwise estimated at thousands of rows, and the index is passed over.
    "ALTER TABLE messages ALTER COLUMN search SET STATISTICS 1000",
    # A tenant sees its own row, by key rather than by tenant_id.
    "ALTER TABLE tenants ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY tenant ON tenants USING (id = {TENANT})",
    "GRANT SELECT ON tenants TO parley_app",
    "GRANT SELECT ON alembic_version TO parley_app",
    # ATTACH, unlike PARTITION OF, does not lock readers of `messages` out.
    """
    CREATE FUNCTION parley_ensure_message_partitions(first timestamptz, last timestamptz)
    RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        month timestamp := date_trunc('month', first AT TIME ZONE 'UTC');
        made integer := 0;
        name text;
    BEGIN
        IF first < '2000-01-01' OR last > now() + interval '10 years' OR last < first THEN
            RAISE EXCEPTION 'no partitions for messages from % to %', first, last
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('parley_ensure_message_partitions'));
        WHILE month AT TIME ZONE 'UTC' <= last LOOP
            name := format('messages_y%sm%s', to_char(month, 'YYYY'), to_char(month, 'MM'));
            IF to_regclass('public.' || name) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE messages INCLUDING ALL)', name);
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
                EXECUTE format(
                    'ALTER TABLE messages ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
                    month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
                made := made + 1;
            END IF;
            month := month + interval '1 month';
        END LOOP;
        RETURN made;
    END $$
    """,
    "SELECT parley_ensure_message_partitions(now(), now() + interval '3 months')",
    # The dispatcher asks which tenants have work, and then works within each of them.
    """
    CREATE FUNCTION parley_tenants_with_due_work(at timestamptz) RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT s.tenant_id FROM schedules s WHERE s.status = 'ACTIVE' AND s.next_at <= at
        UNION
        SELECT d.tenant_id FROM deliveries d WHERE d.status = 'QUEUED' AND d.due_at <= at
        UNION
        SELECT d.tenant_id FROM deliveries d WHERE d.status = 'SENDING' AND d.lease_until <= at
    $$
    """,
    """
    CREATE FUNCTION parley_next_work_at() RETURNS TABLE (at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT least(
            (SELECT min(next_at) FROM schedules WHERE status = 'ACTIVE'),
            (SELECT min(due_at) FROM deliveries WHERE status = 'QUEUED'),
            (SELECT min(lease_until) FROM deliveries WHERE status = 'SENDING'))
    $$
    """,
    # Workers sleep until the next due time; a change that may be earlier wakes them.
    """
    CREATE FUNCTION parley_wake_workers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NOTIFY parley_work;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER wake_workers AFTER INSERT OR UPDATE OF next_at, status ON schedules
        FOR EACH STATEMENT EXECUTE FUNCTION parley_wake_workers()
    """,
    """
    CREATE FUNCTION parley_check_delivery_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (OLD.status || '>' || NEW.status) <> ALL (ARRAY[
            'QUEUED>SENDING', 'QUEUED>CANCELLED', 'QUEUED>EXPIRED',
            'SENDING>QUEUED', 'SENDING>SENT', 'SENDING>DELIVERED', 'SENDING>READ',
            'SENDING>FAILED', 'SENDING>UNKNOWN',
            'SENT>DELIVERED', 'SENT>READ', 'SENT>FAILED', 'DELIVERED>READ',
            'FAILED>QUEUED', 'EXPIRED>QUEUED',
            'UNKNOWN>QUEUED', 'UNKNOWN>SENT', 'UNKNOWN>DELIVERED', 'UNKNOWN>READ',
            'UNKNOWN>FAILED']) THEN
            RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER check_step BEFORE UPDATE OF status ON deliveries
        FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
        EXECUTE FUNCTION parley_check_delivery_step()
    """,
    """
    REVOKE ALL ON FUNCTION parley_ensure_message_partitions, parley_tenants_with_due_work,
        parley_next_work_at FROM PUBLIC
    """,
    """
    GRANT EXECUTE ON FUNCTION parley_ensure_message_partitions, parley_tenants_with_due_work,
        parley_next_work_at TO parley_app
    """,
)


def protect(table: str, rights: str) -> None:
    """Show and accept only rows of the connection's tenant, and grant the application its rights."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table}"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute(f"GRANT {rights} ON {table} TO parley_app")


def upgrade() -> None:
    for statement in BEFORE_TABLES:
        op.execute(statement)
    make_tables()
    for statement in AFTER_TABLES:
        op.execute(statement)
    for table, rights in TENANT_TABLES.items():
        protect(table, rights)


def make_tables() -> None:
    op.create_table(
        "events",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('MESSAGE_ADDED', 'MESSAGE_EDITED', 'MESSAGE_DELETED', 'MESSAGES_IMPORTED', 'REACTION_ADDED', 'REACTION_REMOVED', 'RECEIPT_READ', 'RECEIPT_DELIVERED', 'PARTICIPANT_JOINED', 'PARTICIPANT_LEFT', 'PARTICIPANT_CHANGED', 'CONVERSATION_CHANGED', 'SCHEDULE_CREATED', 'SCHEDULE_CHANGED', 'SCHEDULE_PROGRESS')",
            name=op.f("events_kind_check"),
        ),
        sa.CheckConstraint(
            "stream IN ('CONVERSATION', 'SCHEDULE')", name=op.f("events_stream_check")
        ),
        sa.PrimaryKeyConstraint("stream_id", "seq", name=op.f("events_pkey")),
    )
    op.create_index(
        "events_retention_idx", "events", ["created_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "messages",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply_to_id", sa.Uuid(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("archive_key", sa.LargeBinary(), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("parley_search_vector(body)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "kind IN ('TEXT', 'NOTICE', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'GIF', 'CONTACT', 'LOCATION', 'POLL', 'MEDIA')",
            name=op.f("messages_kind_check"),
        ),
        sa.PrimaryKeyConstraint("id", "sent_at", name=op.f("messages_pkey")),
        postgresql_partition_by="RANGE (sent_at)",
    )
    op.create_index(
        "messages_archive_key",
        "messages",
        ["conversation_id", "archive_key", "sent_at"],
        unique=True,
        postgresql_where=sa.text("archive_key IS NOT NULL"),
    )
    op.create_index(
        "messages_reading_idx",
        "messages",
        ["conversation_id", sa.literal_column("sent_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "messages_search_idx", "messages", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "messages_sender_idx",
        "messages",
        ["sender_id", sa.literal_column("sent_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "messages_sent_at_idx", "messages", ["sent_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenants_pkey")),
        sa.UniqueConstraint("slug", name=op.f("tenants_slug_key")),
    )
    op.create_table(
        "conversations",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("message_count", sa.BigInteger(), nullable=False),
        sa.Column("live_count", sa.BigInteger(), nullable=False),
        sa.Column("last_message_id", sa.Uuid(), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('DIRECT', 'GROUP')", name=op.f("conversations_kind_check")),
        sa.CheckConstraint(
            "visibility IN ('TENANT', 'PRIVATE')", name=op.f("conversations_visibility_check")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("conversations_tenant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("conversations_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("conversations_tenant_id_id_key")),
        sa.UniqueConstraint(
            "tenant_id", "source_key", name=op.f("conversations_tenant_id_source_key_key")
        ),
    )
    op.create_index(
        "conversations_activity_idx",
        "conversations",
        ["tenant_id", sa.literal_column("last_activity_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('OWNER', 'ADMIN', 'AGENT', 'VIEWER')", name=op.f("users_role_check")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("users_tenant_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        sa.UniqueConstraint("tenant_id", "handle", name=op.f("users_tenant_id_handle_key")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("users_tenant_id_id_key")),
    )
    op.create_table(
        "attachments",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('TEXT', 'NOTICE', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'GIF', 'CONTACT', 'LOCATION', 'POLL', 'MEDIA')",
            name=op.f("attachments_kind_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("attachments_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("attachments_pkey")),
    )
    op.create_index("attachments_message_idx", "attachments", ["message_id"], unique=False)
    op.create_table(
        "bookmarks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("bookmarks_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("bookmarks_tenant_id_user_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bookmarks_pkey")),
        sa.UniqueConstraint("user_id", "message_id", name=op.f("bookmarks_user_id_message_id_key")),
    )
    op.create_table(
        "client_messages",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("client_message_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("client_messages_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "conversation_id", "sender_id", "client_message_id", name=op.f("client_messages_pkey")
        ),
    )
    op.create_table(
        "imports",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('RUNNING', 'COMPLETED', 'FAILED')", name=op.f("imports_status_check")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("imports_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("imports_pkey")),
    )
    op.create_index(
        "imports_listing_idx",
        "imports",
        ["tenant_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "participants",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("participants_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("participants_tenant_id_user_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("participants_pkey")),
        sa.UniqueConstraint(
            "conversation_id", "user_id", name=op.f("participants_conversation_id_user_id_key")
        ),
    )
    op.create_index(
        "participants_archived_name_key",
        "participants",
        ["conversation_id", "name"],
        unique=True,
        postgresql_where=sa.text("user_id IS NULL"),
    )
    op.create_index(
        "participants_user_idx", "participants", ["user_id", "conversation_id"], unique=False
    )
    op.create_table(
        "reactions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("reactions_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "message_id", "participant_id", "emoji", name=op.f("reactions_pkey")
        ),
    )
    op.create_table(
        "read_positions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("live_count", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("read_positions_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("read_positions_tenant_id_user_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("read_positions_pkey")),
    )
    op.create_table(
        "schedules",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELLED')",
            name=op.f("schedules_status_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("schedules_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("schedules_tenant_id_created_by_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("schedules_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("schedules_tenant_id_id_key")),
        sa.UniqueConstraint(
            "tenant_id", "idempotency_key", name=op.f("schedules_tenant_id_idempotency_key_key")
        ),
    )
    op.create_index(
        "schedules_due_idx",
        "schedules",
        ["tenant_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("status = 'ACTIVE' AND next_at IS NOT NULL"),
    )
    op.create_index(
        "schedules_listing_idx",
        "schedules",
        ["tenant_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'SENDING') = (lease_until IS NOT NULL)", name=op.f("deliveries_lease_check")
        ),
        sa.CheckConstraint(
            "status IN ('QUEUED', 'SENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'CANCELLED', 'EXPIRED', 'UNKNOWN')",
            name=op.f("deliveries_status_check"),
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("deliveries_attempt_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "schedule_id"],
            ["schedules.tenant_id", "schedules.id"],
            name=op.f("deliveries_tenant_id_schedule_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("deliveries_pkey")),
        sa.UniqueConstraint(
            "schedule_id",
            "occurrence_at",
            "recipient",
            name=op.f("deliveries_schedule_id_occurrence_at_recipient_key"),
        ),
    )
    op.create_index(
        "deliveries_due_idx",
        "deliveries",
        ["tenant_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'QUEUED'"),
    )
    op.create_index(
        "deliveries_lease_idx",
        "deliveries",
        ["tenant_id", "lease_until"],
        unique=False,
        postgresql_where=sa.text("status = 'SENDING'"),
    )
