"""PostgreSQL and Valkey of a benchmark's own."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded import EmbeddedServers
from app.migrate import let_in, migrate


@contextmanager
def own_servers(name: str, data: Path | None = None) -> Iterator[tuple[Path, EmbeddedServers]]:
    """A folder that is gone at the end, and servers in it: migrated, the application let in.

    With `data` the servers keep what they hold there, for the next run. Runs event loops of its
    own, so there must be none in the thread.
    """
    with tempfile.TemporaryDirectory(prefix=f"parley-{name}-", dir="/tmp") as path:
        folder = Path(path)
        # The servers' account has to enter it.
        folder.chmod(0o755)
        with EmbeddedServers(data or folder / "data") as servers:
            migrate(servers.database_url)
            asyncio.run(let_in(servers.database_url, servers.url_for("parley")))
            yield folder, servers
