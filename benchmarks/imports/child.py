"""One measurement in a process of its own, so that its memory is its own too; prints JSON.

python -m benchmarks.imports.child parse|import|plain FILE [APPLICATION_URL OWNER_URL] [--store DIR]
"""

import argparse
import asyncio
import json
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from datetime import UTC
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg

import importing.running
from app.garbage import spare_collections
from benchmarks.imports.processes import Run
from importing.ahead import ReadAhead
from importing.batches import Batch, ImportOptions, read_batches
from importing.formats import whatsapp
from importing.load import import_archive
from importing.media_store import DirectoryStore, MediaStore
from importing.rows import Row
from models.database import Database
from models.ids import new_id

PARSE, COPY, INSERT, OTHER = "parse", "COPY", "INSERT", "other"
PLAIN_COLUMNS = (
    *("tenant_id", "conversation_id", "seq", "import_id", "id", "sent_at", "sender_id", "kind"),
    *("body", "language", "edited_at", "deleted_at", "archive_key"),
)
MONTHS = "SELECT parley_ensure_message_partitions($1, $1)"


class Silent:
    """Nobody listens."""

    async def ring(self, events: object) -> None:
        pass


class Stopwatch:
    """Seconds by what they were spent on."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

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

    def reading(self, path: Path, options: ImportOptions) -> Generator[Batch]:
        """`read_batches`, its time counted."""
        batches = read_batches(path, options)
        while True:
            started = time.perf_counter()
            batch = next(batches, None)
            self.seconds[PARSE] += time.perf_counter() - started
            if batch is None:
                return
            yield batch


async def make_tenant(owner: "asyncpg.Connection[asyncpg.Record]") -> UUID:
    """A fresh tenant."""
    tenant = new_id()
    await owner.execute(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, $2, $2, now())",
        tenant,
        tenant.hex,
    )
    return tenant


def parse(path: Path) -> Run:
    """The file becomes messages, as the other parsers make them: nothing is made ready to store."""
    started = time.perf_counter()
    with path.open("rb") as chat:
        messages = sum(map(len, whatsapp.read_batches(chat, whatsapp.learn(chat), UTC)))
    return Run(time.perf_counter() - started, messages)


async def load(path: Path, url: str, owner_url: str, media: MediaStore | None = None) -> Run:
    """The import, as the application's role and under its policies."""
    watch = Stopwatch()
    watch.watch("copy_to_table", lambda _table: COPY)
    watch.watch("execute", lambda sql: INSERT if "INSERT INTO messages" in sql else OTHER)
    owner = await asyncpg.connect(owner_url)
    tenant = await make_tenant(owner)
    await owner.close()
    database = Database(url)
    await database.connect()
    started = time.perf_counter()
    with patch.object(importing.running, "read_batches", watch.reading):
        result = await import_archive(database, Silent(), tenant, path, media=media)
    seconds = time.perf_counter() - started
    await database.close()
    shares = {name: watch.seconds[name] / seconds for name in (PARSE, COPY, INSERT)}
    return Run(seconds, result.added, shares=shares)


async def plain_load(path: Path, owner_url: str) -> Run:
    """The least that fills the same table: the same parsing, and binary COPY by the owner straight
    into it, without policies, keys looked up, counters, events, or a way to go on after a crash."""
    owner = await asyncpg.connect(owner_url)
    tenant = await make_tenant(owner)
    place = tenant, new_id(), 1, new_id()
    senders: dict[str | None, UUID | None] = {None: None}
    months: set[tuple[int, int]] = set()
    messages = 0
    started = time.perf_counter()
    async with ReadAhead(read_batches(path, ImportOptions())) as batches:
        async for batch in batches:
            batches.go_on()
            for row in batch.rows:
                senders.setdefault(row.sender, new_id() if row.sender not in senders else None)
            new = {(row.sent_at.year, row.sent_at.month): row.sent_at for row in batch.rows}
            for month in new.keys() - months:
                await owner.fetchval(MONTHS, new[month])
            months.update(new)
            await owner.copy_records_to_table(
                "messages",
                columns=PLAIN_COLUMNS,
                records=[(*place, *_plain(row, senders)) for row in batch.rows],
            )
            messages += len(batch.rows)
    seconds = time.perf_counter() - started
    await owner.close()
    return Run(seconds, messages)


def _plain(row: Row, senders: dict[str | None, UUID | None]) -> tuple[object, ...]:
    edited_at = row.sent_at if row.edited else None
    deleted_at = row.sent_at if row.deleted else None
    sender = senders[row.sender]
    of_row = row.id, row.sent_at, sender, row.kind, row.body, row.language, edited_at, deleted_at
    return *of_row, row.archive_key


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("parse", "import", "plain"))
    parser.add_argument("file", type=Path)
    parser.add_argument("urls", nargs="*")
    parser.add_argument("--store", type=Path, help="where the files beside the chat go")
    arguments = parser.parse_args()
    spare_collections()  # as the worker and `parley import` do
    if arguments.what == "parse":
        run = parse(arguments.file)
    elif arguments.what == "import":
        store = DirectoryStore(arguments.store) if arguments.store else None
        url, owner_url = arguments.urls
        run = asyncio.run(load(arguments.file, url, owner_url, store))
    else:
        run = asyncio.run(plain_load(arguments.file, arguments.urls[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(run._replace(megabytes=peak)._asdict()))


if __name__ == "__main__":
    main()
