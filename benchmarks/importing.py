"""How long an import takes from the file to searchable messages, and where the time goes.

    python -m benchmarks.importing [--shape ios] [--megabytes 10 100]

Servers of its own are started in a temporary folder. For each size it measures, in one run:

- parsing alone: the file becomes rows with ids and keys, nothing is stored;
- the import, as the application's role and under its policies, and the part of it spent in COPY
  (into the temporary table) and in INSERT (search vectors, partitions and indexes);
- the same file again, where every message is a duplicate;
- a plain load: the same parsing, and COPY by the owner straight into the same partitions and
  indexes, without policies, keys looked up, events, or restart: the floor to compare with.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from app.embedded import EmbeddedServers
from app.migrate import let_in, migrate
from benchmarks.corpus import SHAPES, write
from importing.batches import ImportOptions, in_thread, read_batches
from importing.load import import_archive
from models.database import Database
from models.ids import new_id

PLAIN_COLUMNS = (
    *(
        "tenant_id",
        "conversation_id",
        "seq",
        "id",
        "sent_at",
        "kind",
        "body",
        "language",
        "archive_key",
    ),
)


class Silent:
    """Nobody listens."""

    async def ring(self, events: object) -> None:
        pass


class Stopwatch:
    """Seconds by name, spent within the driver's methods."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def watch(self, method: str, name_of: Callable[[str], str]) -> None:
        """Count the time of a method of every connection under the name of its first argument."""
        original = getattr(asyncpg.Connection, method)

        async def timed(connection: object, first: str, *rest: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return await original(connection, first, *rest, **named)
            finally:
                self.seconds[name_of(first)] += time.perf_counter() - started

        setattr(asyncpg.Connection, method, timed)


async def make_tenant(owner: "asyncpg.Connection[asyncpg.Record]") -> UUID:
    """A fresh tenant."""
    tenant = new_id()
    await owner.execute(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, $2, $2, now())",
        tenant,
        tenant.hex,
    )
    return tenant


async def parse(path: Path) -> int:
    """Make the rows and drop them; how many there were."""
    messages = 0
    async with aclosing(in_thread(read_batches(path, ImportOptions()))) as batches:
        async for batch in batches:
            messages += len(batch.rows)
    return messages


async def plain_load(owner: "asyncpg.Connection[asyncpg.Record]", path: Path) -> None:
    """Parse, and COPY straight into the table."""
    tenant, conversation = await make_tenant(owner), new_id()
    async with aclosing(in_thread(read_batches(path, ImportOptions()))) as batches:
        async for batch in batches:
            await owner.copy_records_to_table(
                "messages",
                columns=PLAIN_COLUMNS,
                records=(
                    (tenant, conversation, 1, *r[:2], r.kind, r.body, r.language, r.archive_key)
                    for r in batch.rows
                ),
            )


async def measure(servers: EmbeddedServers, path: Path, megabytes: float, watch: Stopwatch) -> None:
    """Print a line for each way to read the file."""
    database = Database(servers.url_for("parley"))
    await database.connect()
    owner = await asyncpg.connect(servers.url_for("parley_owner"))
    tenant = await make_tenant(owner)
    started = time.perf_counter()
    messages = await parse(path)

    def report(name: str, more: str = "") -> float:
        took = time.perf_counter() - started
        rate = messages / took
        print(f"{megabytes:g} MB  {name:<10} {took:6.1f} s  {rate:>9,.0f} messages/s  {more}")
        return took

    report("parse")

    watch.seconds.clear()
    started = time.perf_counter()
    result = await import_archive(database, Silent(), tenant, path)
    assert result.added == messages
    copy, insert = watch.seconds["copy"], watch.seconds["insert"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = report("import", f"COPY {copy:.1f} s, INSERT {insert:.1f} s, peak {peak:.0f} MB")

    started = time.perf_counter()
    await import_archive(database, Silent(), tenant, path)
    report("again")

    # The floor fills indexes of the same size.
    await owner.execute("TRUNCATE messages")
    started = time.perf_counter()
    await plain_load(owner, path)
    floor = report("plain load")
    print(f"{megabytes:g} MB  import / plain load: {took / floor:.2f}")
    await owner.close()
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shape", choices=SHAPES, default="ios")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[10, 100])
    arguments = parser.parse_args()
    watch = Stopwatch()
    watch.watch("copy_records_to_table", lambda _table: "copy")
    watch.watch("execute", lambda sql: "insert" if "INSERT INTO messages" in sql else "other")
    with tempfile.TemporaryDirectory(prefix="parley-benchmark-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data") as servers:
            migrate(servers.url_for("parley_owner"))
            asyncio.run(let_in(servers.database_url, servers.url_for("parley")))
            for megabytes in arguments.megabytes:
                path = Path(folder) / f"WhatsApp Chat with {megabytes:g}.txt"
                write(path, SHAPES[arguments.shape], int(megabytes * 1_000_000))
                asyncio.run(measure(servers, path, megabytes, watch))


if __name__ == "__main__":
    main()
