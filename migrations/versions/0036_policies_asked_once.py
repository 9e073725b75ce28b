"""Rows in bulk: whose a statement's rows may be is worked out once, not once a row.

Revision 0036.
"""

from alembic import op

revision = "0036"
down_revision = "0035"

TABLES = ("deliveries", "schedule_recipients")
# A sub-select that names no column runs once a statement. To read the setting and to make a uuid of
# it for each row, be it written or read, took a fifth of the time of queueing one.
TENANT = "(SELECT NULLIF(current_setting('parley.tenant_id', true), '')::uuid)"


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"ALTER POLICY tenant ON {table}"
            f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
