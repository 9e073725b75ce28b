"""Why a schedule was set aside, for those who look at it.

Revision 0038.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("schedules", sa.Column("aside_code", sa.Text(), nullable=True))
