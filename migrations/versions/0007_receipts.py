"""What has come to users, and what they have read.

Revision 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("delivered_seq", sa.BigInteger(), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("receipts_pkey")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("receipts_tenant_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("receipts_tenant_id_user_id_fkey"),
        ),
        sa.CheckConstraint("read_seq <= delivered_seq", name=op.f("receipts_order_check")),
    )
    op.create_index(
        "receipts_list_idx", "receipts", ["conversation_id", sa.text("changed_at DESC")]
    )
    op.execute("ALTER TABLE receipts ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON receipts"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON receipts TO parley_app")
