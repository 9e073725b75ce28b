"""Media, import jobs and exports.

Revision 0005.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
OPEN = "status IN ('UPLOADING', 'QUEUED', 'RUNNING', 'UNDOING')"
STATUSES = "status IN ('UPLOADING', 'QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'UNDOING', 'UNDONE')"
STREAMS = "stream IN ('CONVERSATION', 'SCHEDULE', 'IMPORT')"
KINDS = "kind IN ('MESSAGE_ADDED', 'MESSAGE_EDITED', 'MESSAGE_DELETED', 'MESSAGES_IMPORTED', 'MESSAGES_REMOVED', 'REACTION_ADDED', 'REACTION_REMOVED', 'RECEIPT_READ', 'RECEIPT_DELIVERED', 'PARTICIPANT_JOINED', 'PARTICIPANT_LEFT', 'PARTICIPANT_CHANGED', 'CONVERSATION_CHANGED', 'SCHEDULE_CREATED', 'SCHEDULE_CHANGED', 'SCHEDULE_PROGRESS', 'IMPORT_CHANGED')"

FUNCTIONS = (
    # A worker takes the next job of any tenant: those with the fewest running imports come first.
    """
    CREATE FUNCTION parley_take_import(at timestamptz, until timestamptz)
    RETURNS TABLE (tenant_id uuid, id uuid, attempt integer, was text)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH next AS (
            SELECT i.id, i.status FROM imports i
            WHERE i.status = 'QUEUED'
                OR i.status IN ('RUNNING', 'UNDOING') AND coalesce(i.lease_until <= at, true)
                OR i.status = 'UPLOADING' AND i.created_at <= at - interval '1 day'
            ORDER BY (SELECT count(*) FROM imports r
                    WHERE r.tenant_id = i.tenant_id AND r.status = 'RUNNING' AND r.lease_until > at),
                i.created_at, i.id
            LIMIT 1 FOR UPDATE SKIP LOCKED)
        UPDATE imports i SET attempt = i.attempt + 1, lease_until = until,
            status = CASE i.status WHEN 'UNDOING' THEN 'UNDOING' ELSE 'RUNNING' END
        FROM next WHERE i.id = next.id
        RETURNING i.tenant_id, i.id, i.attempt, next.status
    $$
    """,
    # The application may not delete messages. It may undo an import, the newest messages first;
    # `contents` are the files that went with them, in the media store.
    f"""
    CREATE FUNCTION parley_remove_imported(import uuid, most integer)
    RETURNS TABLE (removed bigint, contents bytea[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        place uuid := (SELECT i.conversation_id FROM imports i
            WHERE i.id = import AND i.tenant_id = {TENANT} AND i.status = 'UNDOING');
        since timestamptz;
        ids uuid[];
    BEGIN
        SELECT min(newest.sent_at) INTO since FROM (
            SELECT m.sent_at FROM messages m
            WHERE m.conversation_id = place AND m.import_id = import
            ORDER BY m.sent_at DESC, m.id DESC LIMIT most) newest;
        WITH gone AS (
            DELETE FROM messages m
            WHERE m.conversation_id = place AND m.import_id = import AND m.sent_at >= since
            RETURNING m.id)
        SELECT coalesce(array_agg(gone.id), '{{}}') INTO ids FROM gone;
        DELETE FROM reactions r WHERE r.message_id = ANY (ids);
        DELETE FROM bookmarks b WHERE b.conversation_id = place AND b.message_id = ANY (ids);
        WITH gone AS (
            DELETE FROM attachments a WHERE a.message_id = ANY (ids) RETURNING a.sha256)
        SELECT cardinality(ids), coalesce(array_agg(DISTINCT gone.sha256)
            FILTER (WHERE gone.sha256 IS NOT NULL), '{{}}') INTO removed, contents FROM gone;
        RETURN NEXT;
    END $$
    """,
    # The last step of undoing: files that it brought to messages of other imports, names that
    # are left without a message, and a conversation that an import made and that is empty now.
    f"""
    CREATE FUNCTION parley_finish_undo(import uuid)
    RETURNS TABLE (emptied boolean, contents bytea[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        place uuid := (SELECT i.conversation_id FROM imports i
            WHERE i.id = import AND i.tenant_id = {TENANT} AND i.status = 'UNDOING');
    BEGIN
        SELECT coalesce(array_agg(DISTINCT a.sha256), '{{}}') INTO contents FROM attachments a
            WHERE a.conversation_id = place AND a.import_id = import AND a.sha256 IS NOT NULL;
        UPDATE attachments a SET sha256 = NULL, width = NULL, height = NULL, import_id = NULL
            WHERE a.conversation_id = place AND a.import_id = import;
        DELETE FROM participants p
            WHERE p.conversation_id = place AND p.user_id IS NULL
                AND NOT EXISTS (SELECT FROM messages m WHERE m.sender_id = p.id);
        emptied := EXISTS (
            SELECT FROM conversations c WHERE c.id = place AND c.source_key IS NOT NULL
                AND NOT EXISTS (SELECT FROM messages m WHERE m.conversation_id = place)
                AND NOT EXISTS (SELECT FROM participants p WHERE p.conversation_id = place)
                AND NOT EXISTS (SELECT FROM schedules s WHERE s.conversation_id = place)
                AND NOT EXISTS (SELECT FROM imports i WHERE i.conversation_id = place
                    AND i.id <> import AND i.{OPEN}));
        IF emptied THEN
            UPDATE imports i SET conversation_id = NULL WHERE i.conversation_id = place;
            DELETE FROM conversations c WHERE c.id = place;
        END IF;
        RETURN NEXT;
    END $$
    """,
    """
    CREATE FUNCTION parley_wake_importers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NOTIFY parley_imports;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER wake_importers AFTER INSERT ON imports
        FOR EACH ROW WHEN (NEW.status = 'QUEUED') EXECUTE FUNCTION parley_wake_importers()
    """,
    """
    CREATE TRIGGER wake_importers_again AFTER UPDATE OF status ON imports
        FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.status IN ('QUEUED', 'UNDOING'))
        EXECUTE FUNCTION parley_wake_importers()
    """,
)
NAMES = "parley_take_import, parley_remove_imported, parley_finish_undo"


def upgrade() -> None:
    widen_events()
    widen_imports()
    widen_messages()
    for statement in FUNCTIONS:
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {NAMES} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NAMES} TO parley_app")


def check_again(table: str, name: str, condition: str) -> None:
    """Replace a CHECK by one that takes more."""
    op.drop_constraint(op.f(f"{table}_{name}_check"), table)
    op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition)


def widen_events() -> None:
    check_again("events", "stream", STREAMS)
    check_again("events", "kind", KINDS)


def widen_imports() -> None:
    check_again("imports", "status", STATUSES)
    optional: dict[str, sa.types.TypeEngine[Any]] = {
        "created_by_id": sa.Uuid(),
        "upload_size": sa.BigInteger(),
        "lease_until": sa.DateTime(timezone=True),
        "detected": sa.Text(),
        "error_message": sa.Text(),
    }
    for name, kind in optional.items():
        op.add_column("imports", sa.Column(name, kind, nullable=True))
    required: dict[str, tuple[sa.types.TypeEngine[Any], str]] = {
        "options": (postgresql.JSONB(astext_type=sa.Text()), "{}"),
        "stored": (sa.Boolean(), "false"),
        "attempt": (sa.Integer(), "0"),
        "cancel_requested": (sa.Boolean(), "false"),
        "share": (sa.Float(), "0"),
        "media": (sa.BigInteger(), "0"),
        "last_seq": (sa.BigInteger(), "0"),
    }
    for name, (kind, default) in required.items():
        op.add_column("imports", sa.Column(name, kind, server_default=default, nullable=False))
        op.alter_column("imports", name, server_default=None)
    op.create_foreign_key(
        op.f("imports_tenant_id_created_by_id_fkey"),
        "imports",
        "users",
        ["tenant_id", "created_by_id"],
        ["tenant_id", "id"],
    )
    op.create_check_constraint(
        op.f("imports_lease_check"),
        "imports",
        "lease_until IS NULL OR status IN ('RUNNING', 'UNDOING')",
    )
    op.create_index("imports_open_idx", "imports", ["created_at"], postgresql_where=sa.text(OPEN))
    op.create_index("imports_conversation_idx", "imports", ["conversation_id"])


def widen_messages() -> None:
    details = sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    op.add_column("messages", details)
    op.add_column("attachments", sa.Column("sha256", sa.LargeBinary(), nullable=True))
    op.add_column("attachments", sa.Column("width", sa.Integer(), nullable=True))
    op.add_column("attachments", sa.Column("height", sa.Integer(), nullable=True))
    op.add_column("attachments", sa.Column("import_id", sa.Uuid(), nullable=True))
    op.create_index("attachments_name_idx", "attachments", ["conversation_id", "file_name"])
    op.create_index(
        "attachments_content_idx",
        "attachments",
        ["tenant_id", "sha256"],
        postgresql_where=sa.text("sha256 IS NOT NULL"),
    )
    op.execute(
        "GRANT UPDATE (sha256, size, media_type, width, height, import_id)"
        " ON attachments TO parley_app"
    )
