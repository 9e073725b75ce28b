"""The index of the search.

The words of a message are folded and cut by a function of our own, the same on every platform and
the same as `analysis.search.tokens`; beside them stand the tenant, the conversation, the sender and the
kind. Because `@@` is not leakproof, row-level security would keep it from using the index:
functions that read the connection's tenant themselves use it instead. Revision 0008.
"""

import re

from alembic import op

revision = "0008"
down_revision = "0007"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"

# The classes of characters of analysis/search/tokens.py.
DROPPED = (
    r"\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    r"\u06ea-\u06ed\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef"
)
SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7"
    r"\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u2010-\u205f\u20a0-\u20cf\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufffc\ufffd"
)
UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf"
    r"\u3005-\u3007\u3021-\u302f\u3031-\u303f\u3041-\u30fa\u30fc-\u9fff\ua960-\ua97f"
    r"\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
SYMBOLS = r"\u2190-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"

WORDS = (
    # More words than these do not fit into a tsvector.
    # Two spaces around a run, and each of its characters written twice with a space between, make
    # pairs of all neighbours: `AB` becomes ` A AB B `.
    rf"""
    CREATE FUNCTION parley_words(given text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
    DECLARE
        folded text := left(given, 131072);
        has_pairs boolean;
    BEGIN
        IF octet_length(folded) = length(folded) THEN
            RETURN to_tsvector('pg_catalog.simple',
                regexp_replace(folded, '[^A-Za-z0-9]+', ' ', 'g'));
        END IF;
        folded := regexp_replace(lower(normalize(folded, NFKD)), '[{DROPPED}]+', '', 'g');
        folded := replace(translate(folded, 'øłđħıŧς', 'oldhitσ'), 'ß', 'ss');
        folded := normalize(replace(folded, 'æ', 'ae'), NFC);
        has_pairs := folded ~ '[{UNSPACED}{SYMBOLS}]';
        IF has_pairs THEN
            folded := left(folded, 65536);
        END IF;
        folded := regexp_replace(folded, '[{SEPARATORS}]+', ' ', 'g');
        IF has_pairs THEN
            folded := regexp_replace(folded, '([{SYMBOLS}]|[{UNSPACED}]+)', ' \1 ', 'g');
            folded := regexp_replace(folded, '([{UNSPACED}])', '\1 \1', 'g');
        END IF;
        RETURN to_tsvector('pg_catalog.simple', folded);
    END $$
    """,
    # What is no word begins with a full stop, which no word holds: where a message belongs (by the
    # random end of the id) and what it is. So one index answers for all of it.
    r"""
    CREATE FUNCTION parley_search_vector(
        tenant uuid, conversation uuid, sender uuid, body text, kind text, edited boolean
    ) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT public.parley_words(body) || array_to_tsvector(array_remove(ARRAY[
            '.t' || right(tenant::text, 12),
            '.c' || right(conversation::text, 12),
            '.s' || right(sender::text, 12),
            '.' || lower(kind),
            CASE WHEN body ~ '[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww]\.' THEN '.link' END,
            CASE WHEN edited THEN '.edited' END], NULL))
    $$
    """,
    """
    CREATE FUNCTION parley_name_words(tenant uuid, name text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT public.parley_words(name) || array_to_tsvector(ARRAY['.t' || right(tenant::text, 12)])
    $$
    """,
)


# Each message that the viewer may see, among candidates `m`.
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
# Ids hold the times, to the millisecond; the times beside them are for the planner alone, which
# prunes partitions by them.
WITHIN = """
    id > low AND id < high AND sent_at >= since AND sent_at <= until
"""
CANDIDATE = "id, sent_at, tenant_id, conversation_id, sender_id, deleted_at"
ARGUMENTS = """
    wanted tsquery, places uuid[], senders uuid[], viewer uuid,
    low uuid, high uuid, since timestamptz, until timestamptz, enough integer
"""
# A plan for each month would cost more than the search; a table that was small when it was planned
# must not be read through.
OPTIONS = """
    STABLE SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
"""


def walk(falling: bool) -> str:
    """A function that reads at most `steps` messages from one end, and gives those that match.

    Its last row is no hit but the last message it read, unless it found enough or read them all.
    """
    name, way = ("newest", "DESC") if falling else ("oldest", "ASC")

    def branch(scope: str, order: str) -> str:
        read = f"""
            SELECT {CANDIDATE}, search FROM messages WHERE {scope} {WITHIN}
            ORDER BY {order}"""
        return f"""
            RETURN QUERY SELECT m.id, m.sent_at, true FROM ({read} LIMIT steps) m
            WHERE (wanted IS NULL OR ts_match_vq(m.search, wanted)) AND {SEEN} LIMIT enough;
            GET DIAGNOSTICS found = ROW_COUNT;
            IF found < enough THEN
                RETURN QUERY SELECT m.id, m.sent_at, false FROM ({read} OFFSET steps - 1 LIMIT 1) m;
            END IF;"""

    by_time = f"sent_at {way}, id {way}"
    return f"""
        CREATE FUNCTION parley_search_walk_{name}({ARGUMENTS}, steps integer)
        RETURNS TABLE (hit_id uuid, hit_at timestamptz, is_hit boolean)
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

    A plan for all times must not know them: they look as if an index on times paid. A few months
    are planned each time, which is quick and right; more are asked all, by a plan that is kept.
    """
    name, way = ("newest", "DESC") if falling else ("oldest", "ASC")

    def hits(months: str) -> str:
        return f"""
            SELECT m.id, m.sent_at, true FROM (
                SELECT {CANDIDATE} FROM messages WHERE search @@ indexed {months} OFFSET 0) m
            WHERE id > low AND id < high AND {SEEN}
            ORDER BY m.id {way} LIMIT enough"""

    months = "AND sent_at >= since AND sent_at <= until"
    names = "tenant, indexed, places, senders, viewer, low, high, since, until, enough"
    planned = hits(months)
    for number, argument in enumerate(names.split(", "), start=1):
        planned = re.sub(rf"(?<![.\w]){argument}(?!\w)", f"${number}", planned)
    return f"""
        CREATE FUNCTION parley_search_probe_{name}({ARGUMENTS})
        RETURNS TABLE (hit_id uuid, hit_at timestamptz, is_hit boolean)
        LANGUAGE plpgsql {OPTIONS} ROWS 50 AS $$
        #variable_conflict use_column
        DECLARE
            tenant uuid := {TENANT};
            indexed tsquery := quote_literal('.t' || right(tenant::text, 12))::tsquery && wanted;
        BEGIN
            IF least(until, now()) - since > interval '200 days' THEN
                RETURN QUERY {hits("")};
            ELSE
                RETURN QUERY EXECUTE $months${planned}$months$
                    USING {names};
            END IF;
        END $$
    """


def named(table: str, column: str) -> str:
    """A function that gives the rows of a table whose names match."""
    return f"""
        CREATE FUNCTION parley_search_{table}(wanted tsquery, enough integer)
        RETURNS TABLE (found uuid) LANGUAGE plpgsql {OPTIONS} AS $$
        DECLARE
            tenant uuid := {TENANT};
            indexed tsquery := quote_literal('.t' || right(tenant::text, 12))::tsquery && wanted;
        BEGIN
            RETURN QUERY SELECT id FROM {table}
            WHERE tenant_id = tenant AND parley_name_words(tenant_id, {column}) @@ indexed
            LIMIT enough;
        END $$
    """


FUNCTIONS = {
    "parley_search_walk_newest": walk(falling=True),
    "parley_search_walk_oldest": walk(falling=False),
    "parley_search_probe_newest": probe(falling=True),
    "parley_search_probe_oldest": probe(falling=False),
    "parley_search_participants": named("participants", "name"),
    "parley_search_conversations": named("conversations", "title"),
}


def upgrade() -> None:
    op.execute("ALTER TABLE messages DROP COLUMN search")
    op.execute("DROP FUNCTION parley_search_vector(text)")
    op.execute("DROP TEXT SEARCH CONFIGURATION parley")
    for statement in WORDS:
        op.execute(statement)
    op.execute(
        "ALTER TABLE messages ADD COLUMN search tsvector"
        " GENERATED ALWAYS AS (parley_search_vector("
        "tenant_id, conversation_id, sender_id, body, kind, edited_at IS NOT NULL)) STORED"
    )
    # What waits to be sorted in is read by every search: 1 MB is little to read and enough to write.
    op.execute(
        "CREATE INDEX messages_search_idx ON messages USING gin (search)"
        " WITH (gin_pending_list_limit = 1024)"
    )
    op.execute(
        "CREATE INDEX participants_words_idx ON participants"
        " USING gin (parley_name_words(tenant_id, name))"
    )
    op.execute(
        "CREATE INDEX conversations_words_idx ON conversations"
        " USING gin (parley_name_words(tenant_id, title))"
    )
    # Months are partitions already. Beside the index of words it made PostgreSQL look through
    # whole pages for each hit.
    op.execute("DROP INDEX messages_sent_at_idx")
    for name, statement in FUNCTIONS.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO parley_app")
