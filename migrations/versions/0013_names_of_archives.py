"""The names under which archives show participants, who may be users; closed connections.

Revision 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
OPEN = "status IN ('UPLOADING', 'QUEUED', 'RUNNING', 'UNDOING')"

# As before, but a conversation in which only archives' names are left is empty as well.
FINISH_UNDO = f"""
    CREATE OR REPLACE FUNCTION parley_finish_undo(import uuid)
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
                AND NOT EXISTS (SELECT FROM participants p
                    WHERE p.conversation_id = place AND p.archive_name IS NULL)
                AND NOT EXISTS (SELECT FROM schedules s WHERE s.conversation_id = place)
                AND NOT EXISTS (SELECT FROM imports i WHERE i.conversation_id = place
                    AND i.id <> import AND i.{OPEN}));
        IF emptied THEN
            UPDATE imports i SET conversation_id = NULL WHERE i.conversation_id = place;
            DELETE FROM conversations c WHERE c.id = place;
        END IF;
        RETURN NEXT;
    END $$
"""


ACTIONS = "action IN ('SESSION_STARTED', 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED', 'API_KEY_CREATED', 'API_KEY_REVOKED', 'WALLET_LINKED', 'WALLET_UNLINKED', 'MEMBER_INVITED', 'INVITATION_REVOKED', 'INVITATION_ACCEPTED', 'MEMBER_SIGNED_UP', 'ROLE_CHANGED', 'MEMBER_REMOVED', 'TENANT_SUSPENDED', 'TENANT_RESUMED', 'WALLET_SIGN_UP_CHANGED', 'PUBLIC_KEY_PUBLISHED', 'PUBLIC_KEY_REVOKED', 'DEVICE_CREATED', 'DEVICE_CHANGED', 'DEVICE_ARCHIVED', 'CONNECTION_CLOSED')"


def upgrade() -> None:
    op.add_column("participants", sa.Column("archive_name", sa.Text(), nullable=True))
    op.execute("UPDATE participants SET archive_name = name WHERE user_id IS NULL")
    op.drop_index("participants_archived_name_key", "participants")
    op.create_index(
        "participants_archive_name_key",
        "participants",
        ["conversation_id", "archive_name"],
        unique=True,
        postgresql_where=sa.text("archive_name IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("participants_somebody_check"),
        "participants",
        "num_nonnulls(user_id, archive_name) > 0",
    )
    op.execute(FINISH_UNDO)
    op.drop_constraint(op.f("audit_action_check"), "audit")
    op.create_check_constraint(op.f("audit_action_check"), "audit", ACTIONS)
