"""Reading the events of all streams, and forgetting old ones.

Revision 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# Deletes some of the events that are older than the days given, the first of their streams each
# time: what is kept of a stream never has a hole. The application may not delete events otherwise.
FORGET = """
    CREATE FUNCTION parley_forget_events(days integer) RETURNS TABLE (forgotten bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF days IS NULL OR days < 1 THEN
            RAISE EXCEPTION 'events are kept for at least one day, not %', days
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF NOT pg_try_advisory_xact_lock(hashtext('parley_forget_events')) THEN
            RETURN QUERY SELECT 0::bigint;
            RETURN;
        END IF;
        RETURN QUERY
        WITH old AS (
            SELECT aged.stream_id, max(aged.seq) AS seq FROM (
                SELECT e.stream_id, e.seq FROM events e
                WHERE e.created_at < now() - make_interval(days => parley_forget_events.days) LIMIT 10000
            ) AS aged GROUP BY aged.stream_id
        ), gone AS (
            DELETE FROM events e USING old
            WHERE e.stream_id = old.stream_id AND e.seq <= old.seq
            RETURNING e.tenant_id, e.xid
        ), noted AS (
            UPDATE tenants t SET forgotten_xid = greatest(t.forgotten_xid, newest.xid)
            FROM (SELECT g.tenant_id, max(g.xid) AS xid FROM gone g GROUP BY g.tenant_id) AS newest
            WHERE t.id = newest.tenant_id
        )
        SELECT count(*) FROM gone;
    END $$
"""


def upgrade() -> None:
    # Events of before get the number of this transaction: when it ends, all of them are there.
    op.add_column(
        "events",
        sa.Column(
            "xid",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
    )
    op.create_index("events_transaction_idx", "events", ["tenant_id", "xid"])
    op.add_column(
        "tenants",
        sa.Column("forgotten_xid", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION parley_forget_events FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION parley_forget_events TO parley_app")
