"""Sign-in, roles and the audit trail.

Revision 0003.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
ROLES = "role IN ('OWNER', 'ADMIN', 'AGENT', 'VIEWER')"
ACTIONS = "action IN ('SESSION_STARTED', 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED', 'API_KEY_CREATED', 'API_KEY_REVOKED', 'WALLET_LINKED', 'WALLET_UNLINKED', 'MEMBER_INVITED', 'INVITATION_REVOKED', 'INVITATION_ACCEPTED', 'MEMBER_SIGNED_UP', 'ROLE_CHANGED', 'MEMBER_REMOVED', 'TENANT_SUSPENDED', 'TENANT_RESUMED', 'WALLET_SIGN_UP_CHANGED')"

# The audit trail only grows: the application may neither change nor delete what is in it.
TENANT_TABLES = {
    "sessions": "SELECT, INSERT, UPDATE, DELETE",
    "refresh_tokens": "SELECT, INSERT, UPDATE",
    "api_keys": "SELECT, INSERT, UPDATE",
    "invitations": "SELECT, INSERT, UPDATE",
    "wallets": "SELECT, INSERT, DELETE",
    "wallet_nonces": "SELECT, INSERT, DELETE",
    "audit": "SELECT, INSERT",
}

# Credentials are looked up before their tenant is known, hence SECURITY DEFINER: each function
# answers for exactly the digests, names or ids that it is given.
FUNCTIONS = (
    # What the holder of a credential is now; no row where there is no such user.
    """
    CREATE FUNCTION parley_standings(
        tenant_ids uuid[], user_ids uuid[], session_ids uuid[], key_ids uuid[])
    RETURNS TABLE (
        tenant_id uuid, user_id uuid, session_id uuid, key_id uuid,
        role text, suspended boolean, removed boolean, ended boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT a.tenant_id, a.user_id, a.session_id, a.key_id,
            u.role, t.suspended_at IS NOT NULL, u.removed_at IS NOT NULL,
            a.session_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM sessions s WHERE s.id = a.session_id
                    AND s.tenant_id = a.tenant_id AND s.ended_at IS NULL)
            OR a.key_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM api_keys k WHERE k.id = a.key_id
                    AND k.tenant_id = a.tenant_id AND k.revoked_at IS NULL)
        FROM unnest(tenant_ids, user_ids, session_ids, key_ids)
            AS a (tenant_id, user_id, session_id, key_id)
        JOIN users u ON u.id = a.user_id AND u.tenant_id = a.tenant_id
        JOIN tenants t ON t.id = a.tenant_id
    $$
    """,
    """
    CREATE FUNCTION parley_api_key(wanted bytea) RETURNS TABLE (
        tenant_id uuid, user_id uuid, session_id uuid, key_id uuid,
        key_role text, read_only boolean, expires_at timestamptz,
        role text, suspended boolean, removed boolean, ended boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT k.tenant_id, k.user_id, NULL::uuid, k.id, k.role, k.read_only, k.expires_at,
            u.role, t.suspended_at IS NOT NULL, u.removed_at IS NOT NULL, k.revoked_at IS NOT NULL
        FROM api_keys k
        JOIN users u ON u.id = k.user_id AND u.tenant_id = k.tenant_id
        JOIN tenants t ON t.id = k.tenant_id
        WHERE k.digest = wanted
    $$
    """,
    # For tokens of outside issuers, which name a tenant by its slug and a user by the handle.
    """
    CREATE FUNCTION parley_member(wanted_slug text, wanted_handle text) RETURNS TABLE (
        tenant_id uuid, user_id uuid, session_id uuid, key_id uuid,
        role text, suspended boolean, removed boolean, ended boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT u.tenant_id, u.id, NULL::uuid, NULL::uuid,
            u.role, t.suspended_at IS NOT NULL, u.removed_at IS NOT NULL, false
        FROM tenants t JOIN users u ON u.tenant_id = t.id
        WHERE t.slug = wanted_slug AND u.handle = wanted_handle
    $$
    """,
    """
    CREATE FUNCTION parley_touch_api_keys(key_ids uuid[], moments timestamptz[])
    RETURNS TABLE (key_id uuid)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, used.moment)
        FROM unnest(key_ids, moments) AS used (key_id, moment) WHERE k.id = used.key_id
        RETURNING k.id
    $$
    """,
    """
    CREATE FUNCTION parley_tenant(wanted_slug text) RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT t.id FROM tenants t WHERE t.slug = wanted_slug AND t.suspended_at IS NULL
    $$
    """,
    # Of those who bring one nonce at the same moment, one gets the row.
    """
    CREATE FUNCTION parley_take_wallet_nonce(wanted text)
    RETURNS TABLE (tenant_id uuid, address text, chain_id bigint, expires_at timestamptz)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DELETE FROM wallet_nonces n WHERE n.nonce = wanted
        RETURNING n.tenant_id, n.address, n.chain_id, n.expires_at
    $$
    """,
)
NAMES = (
    "parley_standings, parley_api_key, parley_member, parley_touch_api_keys, parley_tenant,"
    " parley_take_wallet_nonce"
)


def upgrade() -> None:
    op.add_column("tenants", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tenants", sa.Column("wallet_role", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("tenants_wallet_role_check"), "tenants", "wallet_role IN ('AGENT', 'VIEWER')"
    )
    op.add_column("users", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    make_tables()
    for table, rights in TENANT_TABLES.items():
        protect(table, rights)
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(f"REVOKE ALL ON FUNCTION {NAMES} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NAMES} TO parley_app")


def protect(table: str, rights: str) -> None:
    """Show and accept only rows of the connection's tenant, and grant the application its rights."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table}"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute(f"GRANT {rights} ON {table} TO parley_app")


def keyed() -> list[sa.Column[object]]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        moment("created_at", nullable=False),
    ]


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def of_user(table: str, column: str = "user_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        ["users.tenant_id", "users.id"],
        name=op.f(f"{table}_tenant_id_{column}_fkey"),
    )


def make_tables() -> None:
    op.create_table(
        "sessions",
        *keyed(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        moment("expires_at", nullable=False),
        moment("ended_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("sessions_tenant_id_id_key")),
        of_user("sessions"),
    )
    op.create_index("sessions_user_idx", "sessions", ["user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        moment("created_at", nullable=False),
        moment("used_at"),
        sa.PrimaryKeyConstraint("digest", name=op.f("refresh_tokens_pkey")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_id"],
            ["sessions.tenant_id", "sessions.id"],
            name=op.f("refresh_tokens_tenant_id_session_id_fkey"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("refresh_tokens_session_idx", "refresh_tokens", ["session_id"])
    op.create_table(
        "api_keys",
        *keyed(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        moment("expires_at"),
        moment("last_used_at"),
        moment("revoked_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("digest", name=op.f("api_keys_digest_key")),
        sa.CheckConstraint(ROLES, name=op.f("api_keys_role_check")),
        of_user("api_keys"),
    )
    op.create_index("api_keys_list_idx", "api_keys", ["tenant_id", "created_at", "id"])
    op.create_index("api_keys_user_idx", "api_keys", ["user_id"])
    op.create_table(
        "invitations",
        *keyed(),
        sa.Column("invited_by_id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        moment("expires_at", nullable=False),
        moment("ended_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("invitations_pkey")),
        sa.UniqueConstraint("digest", name=op.f("invitations_digest_key")),
        sa.CheckConstraint(ROLES, name=op.f("invitations_role_check")),
        of_user("invitations", "invited_by_id"),
    )
    op.create_index("invitations_list_idx", "invitations", ["tenant_id", "created_at", "id"])
    op.create_table(
        "wallets",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        moment("created_at", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "address", name=op.f("wallets_pkey")),
        of_user("wallets"),
    )
    op.create_index("wallets_user_idx", "wallets", ["user_id"])
    op.create_table(
        "wallet_nonces",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        moment("expires_at", nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("wallet_nonces_pkey")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("wallet_nonces_tenant_id_fkey")
        ),
    )
    op.create_index("wallet_nonces_expiry_idx", "wallet_nonces", ["tenant_id", "expires_at"])
    op.create_table(
        "audit",
        *keyed(),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_pkey")),
        sa.CheckConstraint(ACTIONS, name=op.f("audit_action_check")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("audit_tenant_id_fkey")),
    )
    op.create_index("audit_list_idx", "audit", ["tenant_id", "created_at", "id"])
