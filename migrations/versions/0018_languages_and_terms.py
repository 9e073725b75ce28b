"""The language of messages, and the words of each tenant for what was misspelt.

The search vectors of all messages are made again: a minute or so for each million. Revision 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
# As it was in revision 0008, and the mark of the language.
SEARCH_VECTOR = r"""
    CREATE FUNCTION parley_search_vector(
        tenant uuid, conversation uuid, sender uuid, body text, kind text, edited boolean,
        language text
    ) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT public.parley_words(body) || array_to_tsvector(array_remove(ARRAY[
            '.t' || right(tenant::text, 12),
            '.c' || right(conversation::text, 12),
            '.s' || right(sender::text, 12),
            '.' || lower(kind),
            '.l-' || language,
            CASE WHEN body ~ '[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww]\.' THEN '.link' END,
            CASE WHEN edited THEN '.edited' END], NULL))
    $$
"""
# Whether a word is still said only the index tells soon, which row-level security keeps from being
# used: so it is a function of the owner's that reads the connection's tenant itself.
FORGET_TERMS = f"""
    CREATE FUNCTION parley_forget_terms(at timestamptz, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
    DECLARE
        tenant uuid := {TENANT};
        own tsquery := quote_literal('.t' || right(tenant::text, 12))::tsquery;
        looked text[];
        gone text[];
    BEGIN
        SELECT array_agg(t.term) INTO looked FROM (
            SELECT term FROM search_terms WHERE tenant_id = tenant
            ORDER BY checked_at LIMIT most) t;
        SELECT array_agg(t.term) INTO gone FROM unnest(looked) AS t (term) WHERE NOT EXISTS (
            SELECT FROM messages m
            WHERE m.search @@ (own && quote_literal(t.term)::tsquery) AND m.tenant_id = tenant);
        DELETE FROM search_terms WHERE tenant_id = tenant AND term = ANY (gone);
        UPDATE search_terms SET checked_at = at WHERE tenant_id = tenant AND term = ANY (looked);
        RETURN coalesce(cardinality(gone), 0);
    END $$
"""


def upgrade() -> None:
    know_languages()
    keep_terms()


def know_languages() -> None:
    op.add_column("messages", sa.Column("language", sa.Text(), nullable=True))
    op.execute("ALTER TABLE messages DROP COLUMN search")
    op.execute("DROP FUNCTION parley_search_vector(uuid, uuid, uuid, text, text, boolean)")
    op.execute(SEARCH_VECTOR)
    op.execute(
        "ALTER TABLE messages ADD COLUMN search tsvector"
        " GENERATED ALWAYS AS (parley_search_vector("
        "tenant_id, conversation_id, sender_id, body, kind, edited_at IS NOT NULL, language)) STORED"
    )
    op.execute(
        "CREATE INDEX messages_search_idx ON messages USING gin (search)"
        " WITH (gin_pending_list_limit = 1024)"
    )


def keep_terms() -> None:
    op.create_table(
        "search_terms",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "backwards",
            sa.Text(collation="C"),
            sa.Computed("reverse(term)", persisted=True),
            nullable=True,
        ),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("search_terms_tenant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "term", name=op.f("search_terms_pkey")),
    )
    op.create_index("search_terms_backwards_idx", "search_terms", ["tenant_id", "backwards"])
    op.execute("ALTER TABLE search_terms ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON search_terms"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute(f"GRANT {RIGHTS} ON search_terms TO parley_app")
    op.execute(FORGET_TERMS)
    op.execute("REVOKE ALL ON FUNCTION parley_forget_terms FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION parley_forget_terms TO parley_app")
