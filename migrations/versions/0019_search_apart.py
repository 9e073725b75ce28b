"""Ask the index of the search for the tenant only where nothing else tells its messages apart.

Every message has its tenant's mark. Beside a word GIN looks that mark up for each message that has
the word, which takes ten times as long as the word alone; and a conversation's or a sender's mark
is the tenant's own anyway. Whose messages the candidates are is compared in any case. Revision 0019.
"""

import re

from alembic import op

revision = "0019"
down_revision = "0018"

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
ARGUMENTS = """
    wanted tsquery, places uuid[], senders uuid[], viewer uuid,
    low uuid, high uuid, since timestamptz, until timestamptz, enough integer
"""
OPTIONS = """
    STABLE SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
"""
# The installation's messages are a tenant's where it has a quarter of them or more, as they were
# counted last: of four candidates one at least is its own. A query of which nothing can be looked
# up, `!monday`, would read the whole index.
SHARES = """
    CREATE FUNCTION parley_search_shares(tenant uuid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
        SELECT NOT coalesce(4 * (SELECT message_count FROM tenant_statistics WHERE tenant_id = tenant)
            >= (SELECT sum(message_count) FROM tenant_statistics), false)
    $$
"""
INDEXED = """
    CASE WHEN querytree(wanted) IN ('', 'T')
            OR coalesce(cardinality(places), 1000) > 10 AND coalesce(cardinality(senders), 1000) > 10
            AND parley_search_shares(tenant)
        THEN quote_literal('.t' || right(tenant::text, 12))::tsquery && wanted
        ELSE wanted END
"""


def probe(falling: bool) -> str:
    """A function that gives the newest or oldest matches of some months, by the index.

    It is that of revision 0008 but for `indexed`.
    """
    name, way = ("newest", "DESC") if falling else ("oldest", "ASC")

    def hits(months: str) -> str:
        return f"""
            SELECT m.id, m.sent_at, true FROM (
                SELECT id, sent_at, tenant_id, conversation_id, sender_id, deleted_at
                FROM messages WHERE search @@ indexed {months} OFFSET 0) m
            WHERE id > low AND id < high AND {SEEN}
            ORDER BY m.id {way} LIMIT enough"""

    months = "AND sent_at >= since AND sent_at <= until"
    names = "tenant, indexed, places, senders, viewer, low, high, since, until, enough"
    planned = hits(months)
    for number, argument in enumerate(names.split(", "), start=1):
        planned = re.sub(rf"(?<![.\w]){argument}(?!\w)", f"${number}", planned)
    return f"""
        CREATE OR REPLACE FUNCTION parley_search_probe_{name}({ARGUMENTS})
        RETURNS TABLE (hit_id uuid, hit_at timestamptz, is_hit boolean)
        LANGUAGE plpgsql {OPTIONS} ROWS 50 AS $$
        #variable_conflict use_column
        DECLARE
            tenant uuid := {TENANT};
            indexed tsquery := {INDEXED};
        BEGIN
            IF least(until, now()) - since > interval '200 days' THEN
                RETURN QUERY {hits("")};
            ELSE
                RETURN QUERY EXECUTE $months${planned}$months$
                    USING {names};
            END IF;
        END $$
    """


def upgrade() -> None:
    op.execute(SHARES)
    op.execute("REVOKE ALL ON FUNCTION parley_search_shares FROM PUBLIC")
    op.execute(probe(falling=True))
    op.execute(probe(falling=False))
