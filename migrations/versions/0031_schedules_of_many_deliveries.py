"""Deliveries and recipients in bulk: their schedule is looked for once a statement, not once a row.

Revision 0031.
"""

from alembic import op

revision = "0031"
down_revision = "0030"

TABLES = ("deliveries", "schedule_recipients")
FUNCTIONS = (
    # As a sub-select with a limit, so that schedules are looked up by key, however many there are.
    """
    CREATE FUNCTION parley_require_schedules() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM (SELECT DISTINCT tenant_id, schedule_id FROM added) AS a
            WHERE (SELECT s.id FROM schedules s
                WHERE s.tenant_id = a.tenant_id AND s.id = a.schedule_id LIMIT 1) IS NULL)
        THEN
            RAISE EXCEPTION 'a row of % is of no schedule', TG_TABLE_NAME
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION parley_keep_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a row of % stays with its schedule', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END $$
    """,
    # Whoever may delete a schedule deletes what is of it, as with ON DELETE CASCADE.
    """
    CREATE FUNCTION parley_delete_with_schedules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        DELETE FROM deliveries WHERE schedule_id = ANY (ARRAY(SELECT id FROM deleted));
        DELETE FROM schedule_recipients WHERE schedule_id = ANY (ARRAY(SELECT id FROM deleted));
        RETURN NULL;
    END $$
    """,
    "REVOKE ALL ON FUNCTION parley_delete_with_schedules FROM PUBLIC",
    """
    CREATE TRIGGER delete_with AFTER DELETE ON schedules REFERENCING OLD TABLE AS deleted
        FOR EACH STATEMENT EXECUTE FUNCTION parley_delete_with_schedules()
    """,
)


def upgrade() -> None:
    for statement in FUNCTIONS:
        op.execute(statement)
    for table in TABLES:
        op.drop_constraint(op.f(f"{table}_tenant_id_schedule_id_fkey"), table, type_="foreignkey")
        op.execute(f"""
            CREATE TRIGGER require_schedule AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
                FOR EACH STATEMENT EXECUTE FUNCTION parley_require_schedules()
        """)
        op.execute(f"""
            CREATE TRIGGER keep_schedule BEFORE UPDATE OF schedule_id, tenant_id ON {table}
                FOR EACH ROW WHEN (OLD.schedule_id <> NEW.schedule_id
                    OR OLD.tenant_id <> NEW.tenant_id)
                EXECUTE FUNCTION parley_keep_schedule()
        """)
