"""Tell with each hit of a search what is counted of it, so that it need not be read again.

And ask the index by one plan for any months, which is kept and reads those months only. Until now
a few months were planned each time, which took longer than to read them, and for many each month's
matches were read, within the bounds or not. Revision 0025.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
# Each message that the viewer may see, among candidates `m`, as in revision 0008.
SEEN = """
    m.tenant_id = tenant AND m.deleted_at IS NULL
    AND (places IS NULL OR m.conversation_id = ANY (places))
    AND (senders IS NULL OR m.sender_id = ANY (senders))
    AND EXISTS (
        SELECT FROM conversations c
        WHERE c.id = m.conversation_id AND c.tenant_id = tenant
            AND (c.visibility = 'TENANT' OR EXISTS (
                SELECT FROM participants p
                WHERE p.conversation_id = c.id AND p.user_id = viewer AND p.left_at IS NULL)))
"""
WITHIN = "id > low AND id < high AND sent_at >= since AND sent_at <= until"
CANDIDATE = "id, sent_at, tenant_id, conversation_id, sender_id, kind, deleted_at"
HIT = "m.id, m.sent_at, true, m.conversation_id, m.sender_id, m.kind"
ARGUMENTS = """
    wanted tsquery, places uuid[], senders uuid[], viewer uuid,
    low uuid, high uuid, since timestamptz, until timestamptz, enough integer
"""
RESULT = """
    TABLE (hit_id uuid, hit_at timestamptz, is_hit boolean,
        hit_conversation_id uuid, hit_sender_id uuid, hit_kind text)
"""
OPTIONS = """
    STABLE SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
"""
# As in revision 0019.
INDEXED = """
    CASE WHEN querytree(wanted) IN ('', 'T')
            OR coalesce(cardinality(places), 1000) > 10 AND coalesce(cardinality(senders), 1000) > 10
            AND parley_search_shares(tenant)
        THEN quote_literal('.t' || right(tenant::text, 12))::tsquery && wanted
        ELSE wanted END
"""


def walk(falling: bool) -> str:
    """A function that reads at most `steps` messages from one end, and gives those that match.

    Its last row is no hit but the last message it read, unless it found enough or read them all.
    """
    name, way = ("newest", "DESC") if falling else ("oldest", "ASC")

    def branch(scope: str, order: str) -> str:
        read = f"SELECT {CANDIDATE}, search FROM messages WHERE {scope} {WITHIN} ORDER BY {order}"
        return f"""
            RETURN QUERY SELECT {HIT} FROM ({read} LIMIT steps) m
            WHERE (wanted IS NULL OR ts_match_vq(m.search, wanted)) AND {SEEN} LIMIT enough;
            GET DIAGNOSTICS found = ROW_COUNT;
            IF found < enough THEN
                RETURN QUERY SELECT m.id, m.sent_at, false, NULL::uuid, NULL::uuid, NULL::text
                FROM ({read} OFFSET steps - 1 LIMIT 1) m;
            END IF;"""

    by_time = f"sent_at {way}, id {way}"
    return f"""
        CREATE FUNCTION parley_search_walk_{name}({ARGUMENTS}, steps integer)
        RETURNS {RESULT}
        LANGUAGE plpgsql {OPTIONS} ROWS 50 SET enable_bitmapscan = off SET enable_sort = off AS $$
        #variable_conflict use_column
        DECLARE
            tenant uuid := {TENANT};
            found integer;
        BEGIN
            IF cardinality(places) = 1 THEN
                {branch("conversation_id = places[1] AND", "conversation_id, " + by_time)}
            ELSIF cardinality(senders) = 1 THEN
                {branch("sender_id = senders[1] AND", "sender_id, " + by_time)}
            ELSE
                {branch("", f"id {way}")}
            END IF;
        END $$
    """


def probe(falling: bool) -> str:
    """A function that gives the newest or oldest matches of some months, by the index.

    Its plan is made once for all, since to plan a few months takes longer than to read them. It
    passes over months by their times, in such words that no index on times can be used beside that
    of words: BETWEEN is taken for so narrow that PostgreSQL would combine the two.
    """
    name, way = ("newest", "DESC") if falling else ("oldest", "ASC")
    return f"""
        CREATE FUNCTION parley_search_probe_{name}({ARGUMENTS})
        RETURNS {RESULT}
        LANGUAGE plpgsql {OPTIONS} ROWS 50 SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
        #variable_conflict use_column
        DECLARE
            tenant uuid := {TENANT};
            indexed tsquery := {INDEXED};
        BEGIN
            RETURN QUERY SELECT {HIT} FROM (
                SELECT {CANDIDATE} FROM messages
                WHERE search @@ indexed
                    AND (sent_at >= ANY (ARRAY[since]) AND sent_at <= until OR sent_at = until)
                OFFSET 0) m
            WHERE id > low AND id < high AND {SEEN}
            ORDER BY m.id {way} LIMIT enough;
        END $$
    """


FUNCTIONS = {
    "parley_search_walk_newest": walk(falling=True),
    "parley_search_walk_oldest": walk(falling=False),
    "parley_search_probe_newest": probe(falling=True),
    "parley_search_probe_oldest": probe(falling=False),
}


def upgrade() -> None:
    for name, statement in FUNCTIONS.items():
        op.execute(f"DROP FUNCTION {name}")
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO parley_app")
