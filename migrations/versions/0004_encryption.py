"""Encrypted messages and public keys.

Revision 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
KINDS = "kind IN ('TEXT', 'NOTICE', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'GIF', 'CONTACT', 'LOCATION', 'POLL', 'MEDIA', 'ENCRYPTED')"
ACTIONS = "action IN ('SESSION_STARTED', 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED', 'API_KEY_CREATED', 'API_KEY_REVOKED', 'WALLET_LINKED', 'WALLET_UNLINKED', 'MEMBER_INVITED', 'INVITATION_REVOKED', 'INVITATION_ACCEPTED', 'MEMBER_SIGNED_UP', 'ROLE_CHANGED', 'MEMBER_REMOVED', 'TENANT_SUSPENDED', 'TENANT_RESUMED', 'WALLET_SIGN_UP_CHANGED', 'PUBLIC_KEY_PUBLISHED', 'PUBLIC_KEY_REVOKED')"


def upgrade() -> None:
    seal_messages()
    make_public_keys()
    replace_check("audit", "action", ACTIONS)


def seal_messages() -> None:
    """An encrypted body is whole until its message is deleted, and stands in no other message."""
    for table in ("messages", "attachments"):
        replace_check(table, "kind", KINDS)
    op.add_column("messages", sa.Column("ciphertext", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("scheme", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("key_id", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("nonce", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("messages_sealed_check"),
        "messages",
        "num_nonnulls(ciphertext, scheme, key_id, nonce) ="
        " CASE WHEN kind = 'ENCRYPTED' AND deleted_at IS NULL THEN 4 ELSE 0 END",
    )
    op.create_check_constraint(
        op.f("messages_sealed_body_check"), "messages", "kind <> 'ENCRYPTED' OR body = ''"
    )


def make_public_keys() -> None:
    op.create_table(
        "public_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("public_keys_pkey")),
        sa.UniqueConstraint("user_id", "key_id", name=op.f("public_keys_user_id_key_id_key")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("public_keys_tenant_id_user_id_fkey"),
        ),
    )
    op.create_index("public_keys_list_idx", "public_keys", ["user_id", "created_at", "id"])
    op.execute("ALTER TABLE public_keys ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON public_keys"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    # A published key is never exchanged for another: only its end may be written.
    op.execute("GRANT SELECT, INSERT, UPDATE (revoked_at) ON public_keys TO parley_app")


def replace_check(table: str, column: str, condition: str) -> None:
    name = op.f(f"{table}_{column}_check")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, condition)
