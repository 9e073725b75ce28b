"""An import that gets on is not given up, however often its workers are restarted.

Revision 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0025"


def upgrade() -> None:
    """Remember the last attempt of an import that got further than those before."""
    column = sa.Column("advanced_attempt", sa.Integer, nullable=False, server_default="0")
    op.add_column("imports", column)
    op.alter_column("imports", "advanced_attempt", server_default=None)


def downgrade() -> None:
    """Count all attempts alike again."""
    op.drop_column("imports", "advanced_attempt")
