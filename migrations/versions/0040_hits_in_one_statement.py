"""Find a page of hits by one statement: compare the newest few messages, then ask the index.

Until now the newest 1,500 messages were compared before the index was asked, and the index was
asked about more and more months by a statement each. Most words are either in many of a few hundred
messages or not worth more comparing, and months are swept up by one statement for less than it took
to ask about them all at once. So the functions that probed months go, and one for each direction
does both: it walks, and sweeps where the walk tells that hits are few. Revision 0040.
"""

from alembic import op

revision = "0040"
down_revision = "0039"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
# As in revision 0019.
INDEXED = """
    CASE WHEN querytree(wanted) IN ('', 'T')
            OR coalesce(cardinality(places), 1000) > 10 AND coalesce(cardinality(senders), 1000) > 10
            AND parley_search_shares(tenant)
        THEN quote_literal('.t' || right(tenant::text, 12))::tsquery && wanted
        ELSE wanted END
"""
SCOPE = "places uuid[], senders uuid[], viewer uuid, low uuid, high uuid"
RESULT = """
    TABLE (hit_id uuid, hit_at timestamptz, is_hit boolean,
        hit_conversation_id uuid, hit_sender_id uuid, hit_kind text)
"""
HEAD = (
    f"RETURNS {RESULT} LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp"
)
# Messages that are sent at a time or later have ids behind it.
PLACE = """
    CREATE FUNCTION parley_place_of(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT rpad(lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid
    $$
"""


def sweep(falling: bool) -> str:
    """A function that gives the newest or oldest hits by the index, month after month.

    Where its time is up it gives no hit but the place from which there may be more, once or more.
    The months' order is that of the hits, because a nested loop keeps it: to ask for it would have
    PostgreSQL find all hits and sort them. The months are compared in such words that no index on
    times can be used beside that of words, as in revision 0025.
    """
    if falling:
        name, way, edge = "newest", "DESC", "least(high, parley_place_of(month.ends))"
        first = "month.ends > least(until, now())"
    else:
        name, way, edge = "oldest", "ASC", "greatest(low, parley_place_of(month.begins))"
        first = "month.begins <= since"
    months = f"""
        SELECT begun AT TIME ZONE 'UTC' AS begins,
            (begun + interval '1 month') AT TIME ZONE 'UTC' AS ends
        FROM (
            SELECT make_timestamp(
                substr(relname, 11, 4)::int, substr(relname, 16, 2)::int, 1, 0, 0, 0) AS begun
            FROM pg_inherits JOIN pg_class ON oid = inhrelid
            WHERE inhparent = 'messages'::regclass) partitions
        ORDER BY begun {way} OFFSET 0
    """
    return f"""
        CREATE FUNCTION parley_search_sweep_{name}(
            wanted tsquery, {SCOPE}, since timestamptz, until timestamptz, enough integer,
            deadline timestamptz)
        {HEAD} ROWS 1000
        SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off
        SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
        #variable_conflict use_column
        DECLARE
            tenant uuid := {TENANT};
            indexed tsquery := {INDEXED};
        BEGIN
            RETURN QUERY SELECT hit.* FROM (
                -- What comes first is always looked at.
                SELECT month.begins, month.ends, clock_timestamp() < deadline OR {first} AS in_time
                FROM ({months}) month
                WHERE month.ends > since AND month.begins <= until OFFSET 0) month
            CROSS JOIN LATERAL (
                SELECT m.id, m.sent_at, true, m.conversation_id, m.sender_id, m.kind
                FROM (
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
                    ORDER BY id {way} OFFSET 0) m
                WHERE month.in_time AND EXISTS (
                    SELECT FROM conversations c
                    WHERE c.id = m.conversation_id AND c.tenant_id = tenant
                        AND (c.visibility = 'TENANT' OR EXISTS (
                            SELECT FROM participants p
                            WHERE p.conversation_id = c.id AND p.user_id = viewer
                                AND p.left_at IS NULL))
                    -- A join in its place might lose the order.
                    OFFSET 0)
                UNION ALL
                SELECT {edge}, NULL, false, NULL, NULL, NULL WHERE NOT month.in_time) hit
            LIMIT enough;
        END $$
    """


def find(falling: bool) -> str:
    """A function that compares some messages from one end, then asks the index.

    It walks through `steps` messages, as far as the time `near` at most, and on where hits are so
    dense that this is less to read. `wanted` is what messages are compared with, and `indexed` the
    same for the index; without it, it ends after the walk. Where there may be more, and there are
    not enough, the last row, or the last few, is no hit but the place from which they are.
    """
    if falling:
        name, window, beyond, is_all = "newest", "near, until", "near", "near <= since"
        rest = "high"
    else:
        name, window, beyond, is_all = "oldest", "since, near", "near + '1 ms'", "near >= until"
        rest = "low"
    return f"""
        CREATE FUNCTION parley_search_{name}(
            wanted tsquery, indexed tsquery, {SCOPE}, since timestamptz, until timestamptz,
            near timestamptz, enough integer, steps integer, milliseconds integer)
        {HEAD} ROWS 50 AS $$
        DECLARE
            deadline timestamptz := clock_timestamp() + milliseconds * interval '1 millisecond';
            is_narrow boolean := coalesce(cardinality(places) = 1, false)
                OR coalesce(cardinality(senders) = 1, false);
            missing integer := enough;
            hits integer;
            reached uuid;
            found record;
        BEGIN
            WHILE steps > 0 LOOP
                hits := 0;
                reached := NULL;
                FOR found IN SELECT walked.* FROM parley_search_walk_{name}(
                    wanted, places, senders, viewer, low, high, {window}, missing, steps) walked
                LOOP
                    IF found.is_hit THEN
                        hits := hits + 1;
                        RETURN QUERY SELECT found.hit_id, found.hit_at, true,
                            found.hit_conversation_id, found.hit_sender_id, found.hit_kind;
                    ELSE
                        reached := found.hit_id;
                    END IF;
                END LOOP;
                missing := missing - hits;
                IF missing = 0 OR reached IS NULL AND {is_all} THEN
                    RETURN;
                END IF;
                {rest} := coalesce(reached, parley_place_of({beyond}));
                -- A walk reads `steps / hits` messages for each that is missing, one beside the
                -- other. The index names all hits of a month, each in a place of its own, which
                -- takes eight times as long: of 125,000 messages, where both take the same. Those
                -- of one conversation or sender lie apart anyway.
                IF reached IS NULL OR is_narrow
                        OR (hits::float8 / steps) ^ 2 <= missing / (8 * 125000.0) THEN
                    steps := 0;
                ELSE
                    steps := least(24000, greatest(steps, 2 * steps * missing / hits));
                END IF;
                IF indexed IS NULL OR steps > 0 AND clock_timestamp() >= deadline THEN
                    RETURN QUERY SELECT {rest}, NULL::timestamptz, false, NULL::uuid, NULL::uuid,
                        NULL::text;
                    RETURN;
                END IF;
            END LOOP;
            RETURN QUERY SELECT swept.* FROM parley_search_sweep_{name}(
                indexed, places, senders, viewer, low, high, since, until, missing, deadline) swept;
        END $$
    """


NEW = {
    "parley_search_sweep_newest": sweep(falling=True),
    "parley_search_sweep_oldest": sweep(falling=False),
    "parley_search_newest": find(falling=True),
    "parley_search_oldest": find(falling=False),
}


def upgrade() -> None:
    op.execute("DROP FUNCTION parley_search_probe_newest, parley_search_probe_oldest")
    op.execute("DROP FUNCTION parley_search_sweep_newest")
    op.execute(PLACE)
    for name, statement in NEW.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    # The others are called by these two only.
    op.execute("REVOKE ALL ON FUNCTION parley_search_walk_newest FROM parley_app")
    op.execute("REVOKE ALL ON FUNCTION parley_search_walk_oldest FROM parley_app")
    op.execute("GRANT EXECUTE ON FUNCTION parley_search_newest TO parley_app")
    op.execute("GRANT EXECUTE ON FUNCTION parley_search_oldest TO parley_app")
