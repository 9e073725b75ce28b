"""Who writes in a tenant's archives, and how fast a tenant answers.

Revision 0033.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Null until the tenant is counted again."""
    op.add_column("tenant_statistics", sa.Column("response_seconds", sa.Float))
    op.add_column("tenant_statistics", sa.Column("names", JSONB))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("tenant_statistics", "names")
    op.drop_column("tenant_statistics", "response_seconds")
