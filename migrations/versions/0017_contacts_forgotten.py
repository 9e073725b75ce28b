"""Rates of tenants and the system by priority, deliveries that came to nothing, contacts erased.

Revision 0017.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    wait_for_tiers()
    op.create_index(
        "deliveries_dead_idx",
        "deliveries",
        ["tenant_id", "updated_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('FAILED', 'EXPIRED', 'UNKNOWN')"),
    )
    op.add_column("contacts", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    widen("audit", "action", "CONTACT_ERASED", "CONTACT_EXPORTED")
    # To forget somebody is to change, or take away, all that names them.
    op.execute("GRANT UPDATE ON schedule_recipients TO parley_app")
    op.execute("GRANT UPDATE (file_name) ON attachments TO parley_app")
    op.execute("GRANT DELETE ON device_threads, heard_messages, delivery_reports TO parley_app")


def wait_for_tiers() -> None:
    """Have a lane wait for the buckets of its tier too, whatever else it waits for by now."""
    [definition] = (
        op.get_bind()
        .execute(sa.text("SELECT pg_get_functiondef('parley_lanes(uuid)'::regprocedure)"))
        .one()
    )
    own, common = "b.key IN ('tenant',", "b.key = 'system'"
    assert own in definition, "lanes wait for the tenant's bucket"
    assert common in definition, "lanes wait for the system's bucket"
    definition = definition.replace(own, f"{own} 'tenant/' || p.priority,")
    op.execute(definition.replace(common, "b.key IN ('system', 'system/' || p.priority)"))


def widen(table: str, column: str, *values: str) -> None:
    """Let a CHECK of `one_of` take more values, whatever it takes now."""
    name = op.f(f"{table}_{column}_check")
    [definition] = (
        op.get_bind()
        .execute(
            sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
            {"name": name},
        )
        .one()
    )
    taken = [*re.findall(r"'(\w+)'", definition), *values]
    listed = ", ".join(f"'{value}'" for value in taken)
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({listed})")
