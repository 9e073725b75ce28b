"""Contacts, recipient groups and templates.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

TENANT = "NULLIF(current_setting('parley.tenant_id', true), '')::uuid"
# Templates are archived and never deleted: schedules name them.
RIGHTS = {
    "contacts": "SELECT, INSERT, UPDATE, DELETE",
    "contact_identities": "SELECT, INSERT, UPDATE, DELETE",
    "recipient_groups": "SELECT, INSERT, UPDATE, DELETE",
    "recipient_group_members": "SELECT, INSERT, DELETE",
    "templates": "SELECT, INSERT, UPDATE",
}


def upgrade() -> None:
    make_contacts()
    make_groups()
    make_templates()
    for table, rights in RIGHTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table}"
            f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
        op.execute(f"GRANT {rights} ON {table} TO parley_app")


def make_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("jsonb_typeof(fields) = 'object'", name=op.f("contacts_fields_check")),
        sa.CheckConstraint(
            "num_nonnulls(quiet_from, quiet_until) <> 1 AND quiet_from <> quiet_until",
            name=op.f("contacts_quiet_hours_check"),
        ),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR archived_at IS NOT NULL",
            name=op.f("contacts_merged_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("contacts_tenant_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merged_into_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("contacts_tenant_id_merged_into_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("contacts_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("contacts_tenant_id_id_key")),
    )
    op.create_index(
        "contacts_list_idx", "contacts", ["tenant_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "contacts_merged_idx",
        "contacts",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_table(
        "contact_identities",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('PHONE', 'WHATSAPP_USER', 'WALLET', 'USER', 'EMAIL')",
            name=op.f("contact_identities_kind_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("contact_identities_tenant_id_contact_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("contact_identities_pkey")),
        sa.UniqueConstraint(
            "tenant_id", "kind", "value", name=op.f("contact_identities_tenant_id_kind_value_key")
        ),
    )
    op.create_index(
        "contact_identities_list_idx",
        "contact_identities",
        ["tenant_id", "contact_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "contact_identities_primary_key",
        "contact_identities",
        ["contact_id", "kind"],
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )


def make_groups() -> None:
    op.create_table(
        "recipient_groups",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("recipient_groups_size_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("recipient_groups_tenant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("recipient_groups_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("recipient_groups_tenant_id_id_key")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("recipient_groups_tenant_id_name_key")),
    )
    op.create_index(
        "recipient_groups_list_idx",
        "recipient_groups",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "recipient_group_members",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("recipient_group_members_tenant_id_contact_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["recipient_groups.tenant_id", "recipient_groups.id"],
            name=op.f("recipient_group_members_tenant_id_group_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "group_id", "contact_id", name=op.f("recipient_group_members_pkey")
        ),
    )
    op.create_index(
        "recipient_group_members_contact_idx",
        "recipient_group_members",
        ["contact_id", "group_id"],
        unique=False,
    )
    op.create_index(
        "recipient_group_members_list_idx",
        "recipient_group_members",
        ["group_id", "added_at", "contact_id"],
        unique=False,
    )


def make_templates() -> None:
    op.create_table(
        "templates",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("variables", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("whatsapp_name", sa.Text(), nullable=True),
        sa.Column("whatsapp_language", sa.Text(), nullable=True),
        sa.Column("whatsapp_parameters", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "jsonb_typeof(variables) = 'array'", name=op.f("templates_variables_check")
        ),
        sa.CheckConstraint(
            "num_nonnulls(whatsapp_name, whatsapp_language) <> 1",
            name=op.f("templates_whatsapp_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("templates_tenant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("templates_pkey")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("templates_tenant_id_id_key")),
    )
    op.create_index(
        "templates_list_idx", "templates", ["tenant_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "templates_name_key",
        "templates",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
