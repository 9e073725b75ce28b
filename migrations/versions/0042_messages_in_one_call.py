"""Write a message, and all that follows from it, by one function.

As one statement of CTEs it took a tenth more of PostgreSQL's time, most of it to begin so large a
plan, and what it read beside the row that it had to wait for was older than that row. Here each
statement sees what was committed before it began, so nothing has to be compared or tried again.
Revision 0042.
"""

from alembic import op

revision = "0042"
down_revision = "0041"

# `given_key` is a UUIDv7 of the message's time; the 12 bits after its version become the seq's, so
# that messages of one millisecond are read in their order.
POST = """
    CREATE FUNCTION parley_post_message(
        tenant uuid, place uuid, author uuid, reader uuid, is_patient boolean,
        given_key uuid, moment timestamptz, recorded_at timestamptz,
        new_kind text, new_body text, new_language text,
        new_ciphertext bytea, new_scheme text, new_key_id text, new_nonce bytea,
        replied_id uuid, replied_at timestamptz, client_key text, new_details jsonb)
    RETURNS TABLE (id uuid, sender_id uuid, sent_at timestamptz, seq bigint) ROWS 1
    LANGUAGE plpgsql VOLATILE AS $$
    #variable_conflict use_column
    DECLARE
        next_seq bigint;
        next_live_count bigint;
        last_id uuid;
        last_at timestamptz;
    BEGIN
        IF is_patient THEN
            SELECT c.last_seq + 1, c.live_count + 1, c.last_message_id, c.last_activity_at
            INTO next_seq, next_live_count, last_id, last_at
            FROM conversations c WHERE c.id = place AND c.tenant_id = tenant
            FOR NO KEY UPDATE;
        ELSE
            SELECT c.last_seq + 1, c.live_count + 1, c.last_message_id, c.last_activity_at
            INTO next_seq, next_live_count, last_id, last_at
            FROM conversations c WHERE c.id = place AND c.tenant_id = tenant
            FOR NO KEY UPDATE SKIP LOCKED;
        END IF;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        IF author IS NULL AND reader IS NOT NULL THEN
            SELECT p.id INTO author FROM participants p
            WHERE p.conversation_id = place AND p.user_id = reader AND p.left_at IS NULL;
            IF NOT FOUND
                OR client_key IS NOT NULL AND EXISTS (
                    SELECT FROM client_messages k
                    WHERE k.conversation_id = place AND k.sender_id = author
                        AND k.client_message_id = client_key)
                OR replied_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM messages m
                    WHERE m.id = replied_id AND m.sent_at = replied_at
                        AND m.conversation_id = place)
            THEN
                RETURN;
            END IF;
            -- Clocks differ, and locks are waited for: what is sent now comes after the last one.
            IF last_id IS NOT NULL AND last_at > moment AND last_at < moment + interval '1 minute'
            THEN
                moment := last_at;
                given_key := (left(last_id::text, 13) || right(given_key::text, 23))::uuid;
            END IF;
        END IF;
        id := (left(given_key::text, 15) || lpad(to_hex(next_seq & 4095), 3, '0')
            || right(given_key::text, 18))::uuid;
        INSERT INTO messages (tenant_id, conversation_id, id, seq, sent_at, sender_id, kind, body,
            language, ciphertext, scheme, key_id, nonce, reply_to_id, details)
        VALUES (tenant, place, id, next_seq, moment, author, new_kind, new_body,
            new_language, new_ciphertext, new_scheme, new_key_id, new_nonce, replied_id,
            new_details);
        INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)
        VALUES (tenant, place, next_seq, 'CONVERSATION', 'MESSAGE_ADDED',
            jsonb_build_object('message_id', id), recorded_at);
        IF last_id IS NULL OR last_at <= moment THEN
            last_id := id;
            last_at := moment;
        END IF;
        UPDATE conversations c
        SET last_seq = next_seq, message_count = c.message_count + 1, live_count = next_live_count,
            last_message_id = last_id, last_activity_at = last_at
        WHERE c.id = place;
        IF client_key IS NOT NULL AND author IS NOT NULL THEN
            INSERT INTO client_messages
                (tenant_id, conversation_id, sender_id, client_message_id, message_id)
            VALUES (tenant, place, author, client_key, id);
        END IF;
        IF reader IS NOT NULL THEN
            INSERT INTO read_positions AS known
                (tenant_id, conversation_id, user_id, live_count, seq, read_at)
            VALUES (tenant, place, reader, next_live_count, next_seq, recorded_at)
            ON CONFLICT (conversation_id, user_id) DO UPDATE
                SET live_count = excluded.live_count, seq = excluded.seq, read_at = excluded.read_at
                WHERE known.live_count < excluded.live_count;
        END IF;
        sender_id := author;
        sent_at := moment;
        seq := next_seq;
        RETURN NEXT;
    END $$
"""


def upgrade() -> None:
    op.execute(POST)
