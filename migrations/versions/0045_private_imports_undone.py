"""Undoing the import of a private conversation takes it back although the importer is in it.

Revision 0045.
"""

from alembic import op

revision = "0045"
down_revision = "0044"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
OPEN = "status IN ('UPLOADING', 'QUEUED', 'RUNNING', 'UNDOING')"

# As before, but whoever imported a private conversation, and so came to be in it, does not keep it.
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
                AND NOT EXISTS (SELECT FROM messages m WHERE m.sender_id = p.id)
                AND p.id NOT IN (
                    SELECT r.participant_id FROM reactions r WHERE r.conversation_id = place);
        emptied := EXISTS (
            SELECT FROM conversations c WHERE c.id = place AND c.source_key IS NOT NULL
                AND NOT EXISTS (SELECT FROM messages m WHERE m.conversation_id = place)
                AND NOT EXISTS (SELECT FROM participants p
                    WHERE p.conversation_id = place AND p.archive_name IS NULL
                        AND (c.visibility <> 'PRIVATE' OR p.user_id IS DISTINCT FROM (
                            SELECT i.created_by_id FROM imports i WHERE i.id = import)))
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


def upgrade() -> None:
    op.execute(FINISH_UNDO)
