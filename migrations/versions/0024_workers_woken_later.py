"""Workers woken after a commit; the schedules of new deliveries checked a statement at a time.

Revision 0024.
"""

from alembic import op

revision = "0024"
down_revision = "0022"

# Commits that notify wait for each other, each until it is on disk: who makes many says that it
# notifies by itself, afterwards.
WAKING = """
CREATE OR REPLACE FUNCTION parley_wake_workers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('parley.wakes_later', true) IS DISTINCT FROM 'yes' THEN
        NOTIFY parley_work;
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(WAKING)
