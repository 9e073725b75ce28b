"""Lists: whose the rows may be is worked out once a statement; those who joined stand in order.

Revision 0041.
"""

from alembic import op

revision = "0041"
down_revision = "0040"

# Of these a statement reads many rows; 0036 says what a sub-select saves. Of a page of 50 messages
# with senders it is two fifths of PostgreSQL's time. Where a statement touches a single row, as of
# `conversations` when a message is sent, it would cost more than it saves.
TABLES = ("messages", "participants")
TENANT = "(SELECT NULLIF(current_setting('parley.tenant_id', true), '')::uuid)"


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"ALTER POLICY tenant ON {table}"
            f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
    # A list of conversations shows the first of each, who need not be sorted out of all then.
    op.create_index(
        "participants_joined_idx", "participants", ["conversation_id", "created_at", "id"]
    )
