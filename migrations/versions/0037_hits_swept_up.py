"""Find many of a query's newest hits by one statement, month after month until there are enough.

To count where matches are takes a thousand of them. Steps of more and more months read some in
vain and ask of every one of them whether the viewer may see it; a sweep stops within the month in
which it has enough, asks of no more than those, and ends when its time is up. Revision 0037.
"""

from alembic import op

revision = "0037"
down_revision = "0036"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
# As in revision 0019.
INDEXED = """
    CASE WHEN querytree(wanted) IN ('', 'T')
            OR coalesce(cardinality(places), 1000) > 10 AND coalesce(cardinality(senders), 1000) > 10
            AND parley_search_shares(tenant)
        THEN quote_literal('.t' || right(tenant::text, 12))::tsquery && wanted
        ELSE wanted END
"""
MONTHS = """
    SELECT begun AT TIME ZONE 'UTC' AS begins, (begun + interval '1 month') AT TIME ZONE 'UTC' AS ends
    FROM (
        SELECT make_timestamp(substr(relname, 11, 4)::int, substr(relname, 16, 2)::int, 1, 0, 0, 0)
            AS begun
        FROM pg_inherits JOIN pg_class ON oid = inhrelid
        WHERE inhparent = 'messages'::regclass) partitions
    ORDER BY begun DESC OFFSET 0
"""
# The months' order is that of the hits, because a nested loop keeps it: to ask for it would have
# PostgreSQL find all hits and sort them. The months are compared in such words that no index on
# times can be used beside that of words, as in revision 0025.
SWEEP = f"""
    CREATE FUNCTION parley_search_sweep_newest(
        wanted tsquery, places uuid[], senders uuid[], viewer uuid,
        low uuid, high uuid, since timestamptz, until timestamptz, enough integer,
        milliseconds integer)
    RETURNS TABLE (hit_id uuid, hit_at timestamptz, is_hit boolean,
        hit_conversation_id uuid, hit_sender_id uuid, hit_kind text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off
    SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
    #variable_conflict use_column
    DECLARE
        tenant uuid := {TENANT};
        indexed tsquery := {INDEXED};
        deadline timestamptz := clock_timestamp() + milliseconds * interval '1 millisecond';
        found integer;
    BEGIN
        RETURN QUERY SELECT m.id, m.sent_at, true, m.conversation_id, m.sender_id, m.kind
        FROM (
            SELECT month.begins, month.ends FROM ({MONTHS}) month
            WHERE month.ends > since AND month.begins <= until
                -- What is newest is always looked at.
                AND (clock_timestamp() < deadline OR month.ends > now())) month
        CROSS JOIN LATERAL (
            SELECT candidate.* FROM (
                SELECT id, sent_at, tenant_id, conversation_id, sender_id, kind, deleted_at
                FROM messages
                WHERE search @@ indexed
                    AND (sent_at >= ANY (ARRAY[month.begins]) AND sent_at < month.ends
                        OR sent_at = month.begins)
                OFFSET 0) candidate
            WHERE id > low AND id < high AND tenant_id = tenant AND deleted_at IS NULL
                AND (places IS NULL OR conversation_id = ANY (places))
                AND (senders IS NULL OR sender_id = ANY (senders))
            ORDER BY id DESC OFFSET 0) m
        WHERE EXISTS (
            SELECT FROM conversations c
            WHERE c.id = m.conversation_id AND c.tenant_id = tenant
                AND (c.visibility = 'TENANT' OR EXISTS (
                    SELECT FROM participants p
                    WHERE p.conversation_id = c.id AND p.user_id = viewer AND p.left_at IS NULL))
            -- A join in its place might lose the order.
            OFFSET 0)
        LIMIT enough;
        GET DIAGNOSTICS found = ROW_COUNT;
        IF found < enough AND clock_timestamp() >= deadline THEN
            -- No hit: there may be more.
            RETURN QUERY SELECT NULL::uuid, NULL::timestamptz, false, NULL::uuid, NULL::uuid,
                NULL::text;
        END IF;
    END $$
"""


def upgrade() -> None:
    op.execute(SWEEP)
    op.execute("REVOKE ALL ON FUNCTION parley_search_sweep_newest FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION parley_search_sweep_newest TO parley_app")
