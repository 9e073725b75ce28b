"""Deliveries are listed by their key, so that each step of theirs is written to one index less.

An index of pages by time took a quarter of what a delivery costs PostgreSQL. The functions that
found work tenant by tenant go: no version that was released has asked for them. Revision 0044.
"""

from alembic import op

revision = "0044"
down_revision = "0043"

KEY = "deliveries_schedule_id_occurrence_at_recipient_key"
STATEMENTS = (
    # Status, so that deliveries are counted without their rows.
    "CREATE UNIQUE INDEX deliveries_key_with_status"
    " ON deliveries (schedule_id, occurrence_at, recipient) INCLUDE (status)",
    f"ALTER TABLE deliveries DROP CONSTRAINT {KEY}",
    f"ALTER TABLE deliveries ADD CONSTRAINT {KEY} UNIQUE USING INDEX deliveries_key_with_status",
    "DROP INDEX deliveries_listing_idx",
    "DROP FUNCTION parley_tenants_with_due_work(timestamptz)",
    "DROP FUNCTION parley_next_work_at()",
    "DROP FUNCTION parley_work_by_tenant()",
    "DROP FUNCTION parley_lanes(uuid)",
    "DROP FUNCTION parley_queue_depth()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
