"""Writes the next migration from what the tables say: `python -m migrations.revise "Add a thing"`.

It compares the tables with a database of its own that is at the newest revision. What Alembic
cannot see (policies, grants, functions, triggers, data) is written by hand.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from app.embedded import EmbeddedServers
from app.migrate import configuration, head, migrate


def revise(message: str) -> None:
    """Add a file to migrations/versions, numbered after the newest; Alembic prints its path."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        # The servers' account has to enter it.
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data") as servers:
            migrate(servers.database_url)
            number = f"{int(head()) + 1:04}"
            command.revision(
                configuration(servers.database_url), message, autogenerate=True, rev_id=number
            )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Say in a few words what it does: python -m migrations.revise "Add a thing"')
    revise(sys.argv[1])
