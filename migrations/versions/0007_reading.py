"""Search, labels and statistics.

Revision 0007.
"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing yet."""
