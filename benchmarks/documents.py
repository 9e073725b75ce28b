"""What a document costs that never comes again, here and in stock Strawberry with its caches on.

    python -m benchmarks.documents [--documents 300]

No server and no database: each document has ten fields of the viewer and one name of its own. The
least CPU time of a document over five rounds, in which the two take turns.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast
from uuid import UUID

from strawberry.extensions import ParserCache, ValidationCache

from app.graphql.compiled import CompiledExecutor
from app.graphql.documents import DocumentStore
from app.graphql.limits import MIB, Limits
from models.tenants import Role
from resolvers.context import Context, Viewer
from schema.build import build_schema, graphql_schema
from schema.shortcuts import SHORTCUTS

ROUNDS = 5
NOBODY = UUID(int=1)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="What documents cost that never come again")
    parser.add_argument("--documents", type=int, default=300)
    asyncio.run(compare(parser.parse_args().documents))


async def compare(count: int) -> None:
    """Run so many documents a round, each of them once."""
    nothing = cast(Any, None)
    context = Context(Viewer(NOBODY, NOBODY, Role.AGENT), nothing, nothing, nothing)
    core = graphql_schema()
    documents = DocumentStore(core, Limits(), cache_bytes=32 * MIB)
    executor = CompiledExecutor(core, SHORTCUTS)
    stock = build_schema()
    stock.extensions = (partial(ParserCache, maxsize=100), partial(ValidationCache, maxsize=100))

    async def here(text: str) -> None:
        prepared = documents.prepare(text, None)
        result = await executor.execute(prepared, root=None, context=context, variables={})
        assert result.errors is None

    async def there(text: str) -> None:
        result = await stock.execute(text, context_value=context)
        assert result.errors is None

    servers: dict[str, Callable[[str], Awaitable[None]]] = {"Parley": here, "stock": there}
    least = dict.fromkeys(servers, float("inf"))
    for turn in range(ROUNDS):
        for name, run in servers.items():
            started = time.process_time()
            for number in range(count):
                await run(text_of(turn * count + number))
            least[name] = min(least[name], (time.process_time() - started) / count)
    for name, seconds in least.items():
        print(f"{name}: {seconds * 1e6:,.0f} µs a document")
    statistics = executor.statistics
    print(f"compiled: {statistics.compiled}; kept: {documents.statistics.bytes / MIB:.1f} MB")


def text_of(number: int) -> str:
    """A document like no other."""
    fields = " ".join(f"f{each}: id" for each in range(10))
    return f"query Q{number} {{ viewer {{ {fields} role }} }}"


if __name__ == "__main__":
    main()
