"""Contacts, groups, templates and devices.

Revision 0006.
"""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing yet."""
