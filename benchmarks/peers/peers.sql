-- What the other servers need in the benchmark's database: a login under the same policies, and
-- two functions that each of them calls alike.

CREATE ROLE peer LOGIN IN ROLE parley_app;

-- One word, by Parley's index of words. The function sees past row-level security, because no
-- search by an index goes through it, and is bound to the tenant by its first condition.
CREATE FUNCTION search_messages(query text, viewer uuid, most integer) RETURNS SETOF messages
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.* FROM messages m
    WHERE m.tenant_id = current_setting('parley.tenant_id')::uuid AND m.deleted_at IS NULL
        AND m.search @@ (quote_literal('.t' || right(current_setting('parley.tenant_id'), 12))
            || ' & ' || quote_literal(query))::tsquery
        AND EXISTS (
            SELECT FROM conversations c WHERE c.id = m.conversation_id
                AND (c.visibility = 'TENANT' OR EXISTS (
                    SELECT FROM participants p WHERE p.conversation_id = c.id
                        AND p.user_id = viewer AND p.left_at IS NULL)))
    ORDER BY m.sent_at DESC, m.id DESC LIMIT most
$$;

-- All that Parley writes for a message, in one round trip: the least that it can cost.
CREATE FUNCTION send_message(conversation uuid, viewer uuid, body text) RETURNS messages
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    place conversations;
    sender participants;
    sent messages;
    key uuid := uuidv7();
BEGIN
    SELECT * INTO STRICT place FROM conversations c
    WHERE c.id = conversation AND c.visibility = 'TENANT' FOR UPDATE;
    SELECT * INTO STRICT sender FROM participants p
    WHERE p.conversation_id = conversation AND p.user_id = viewer;
    INSERT INTO messages (tenant_id, conversation_id, id, sent_at, sender_id, seq, kind, body)
    VALUES (place.tenant_id, conversation, key, uuid_extract_timestamp(key), sender.id,
        place.last_seq + 1, 'TEXT', send_message.body)
    RETURNING * INTO sent;
    INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)
    VALUES (place.tenant_id, conversation, sent.seq, 'CONVERSATION', 'MESSAGE_ADDED',
        jsonb_build_object('message_id', key), now());
    UPDATE conversations c SET last_seq = sent.seq, message_count = c.message_count + 1,
        live_count = c.live_count + 1, last_message_id = key, last_activity_at = sent.sent_at
    WHERE c.id = conversation;
    INSERT INTO read_positions (tenant_id, conversation_id, user_id, live_count, seq, read_at)
    VALUES (place.tenant_id, conversation, viewer, place.live_count + 1, sent.seq, now())
    ON CONFLICT (conversation_id, user_id) DO UPDATE
        SET live_count = excluded.live_count, seq = excluded.seq, read_at = excluded.read_at;
    RETURN sent;
END
$$;

-- PostGraphile reads relations from these.
COMMENT ON TABLE messages IS
    E'@unique id\n@foreignKey (sender_id) references participants (id)|@fieldName sender\n'
    '@foreignKey (conversation_id) references conversations (id)|@foreignFieldName messages';
COMMENT ON TABLE conversations IS
    E'@foreignKey (last_message_id) references messages (id)|@fieldName lastMessage';
COMMENT ON TABLE participants IS
    E'@foreignKey (conversation_id) references conversations (id)|@foreignFieldName participants';
