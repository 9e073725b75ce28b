"""Another tenant, who reads while an archive is imported; prints JSON when its input ends.

python -m benchmarks.imports.neighbour APPLICATION_URL OWNER_URL CHAT

CHAT is imported as the tenant's own; then the latest 50 messages are asked for `RATE` times a
second, as a page of the API reads them.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from statistics import quantiles
from uuid import UUID

import asyncpg

from app.garbage import spare_collections
from benchmarks.imports.child import Silent, make_tenant
from importing.load import import_archive
from models.database import Database
from models.ids import new_id
from resolvers.loaders import Loaders, PageKey
from resolvers.paging import PageRequest

RATE = 50
LATEST = PageRequest(50, backwards=True)


async def read_pages(url: str, owner_url: str, chat: Path) -> list[float]:
    """Milliseconds of each page, until the standard input ends; it says when it begins."""
    owner = await asyncpg.connect(owner_url)
    tenant = await make_tenant(owner)
    await owner.close()
    database = Database(url)
    await database.connect()
    place = (await import_archive(database, Silent(), tenant, chat)).conversation_id
    assert place is not None, "the chat has messages"
    await _read(database, tenant, place)
    print("reads", flush=True)
    over = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    times: list[float] = []
    while not over.done():
        times.append(await _read(database, tenant, place))
        await asyncio.wait([over], timeout=1 / RATE)
    await database.close()
    return times


async def _read(database: Database, tenant: UUID, conversation: UUID) -> float:
    started = time.perf_counter()
    loaders = Loaders(database.reader(tenant), new_id())
    await loaders.messages.load(PageKey(conversation, LATEST))
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    url, owner_url, chat = sys.argv[1:]
    spare_collections()
    times = asyncio.run(read_pages(url, owner_url, Path(chat)))
    hundredths = quantiles(times, n=100)
    print(json.dumps({"p50": hundredths[49], "p95": hundredths[94], "pages": len(times)}))


if __name__ == "__main__":
    main()
