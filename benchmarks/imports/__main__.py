"""How long an import takes from the file to searchable messages, beside others.

    python -m benchmarks.imports [--megabytes 10 100 500] [--shapes ios russian] [--write]

Starts PostgreSQL in a temporary folder, writes seeded chats, and measures, each in a process of its
own and one after the other:

- the import, as the application's role and under its policies; the share of it in which the file
  was parsed (beside the other two), the rows were copied, and they were inserted, which is mostly
  words for the search and indexes;
- a plain load: the same parsing, and binary COPY by the owner straight into the same table with the
  same indexes, without policies, keys looked up, counters, events or restart: the floor;
- parsing alone, nothing stored: Parley's, whatstk's (PyPI) and whatsapp-chat-parser's (npm);
- how long another tenant waits for a page of messages while nothing is imported, and while the
  smallest chat is.

The smallest size is measured in every shape, the others in the first. Above 100 MB the other
parsers, which hold the whole file in memory, are extrapolated from the size before (~). With
--write the table and a picture go into docs/performance.md. Needs npm and pip. All sizes take about
fifteen minutes on a quiet machine; `--megabytes 10` two.
"""

import argparse
import asyncio
import time
from pathlib import Path

import asyncpg

from app.embedded import EmbeddedServers
from benchmarks.corpus import SHAPES, write
from benchmarks.imports.processes import Parsers, Reads, Run, neighbour, parley
from benchmarks.imports.report import Measured, meeting, table, write_page
from benchmarks.own_servers import own_servers

MEASURED_UP_TO = 100
"""Megabytes that the other parsers are given."""
IDLE_SECONDS = 5


def main() -> None:
    """Measure, print, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=float, nargs="+", default=[10, 100, 500])
    parser.add_argument("--shapes", choices=SHAPES, nargs="+", default=list(SHAPES))
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    arguments = parser.parse_args()
    results: list[Measured] = []
    with own_servers("importing") as (folder, servers):
        parsers = Parsers(folder)
        for megabytes in sorted(arguments.megabytes):
            first_size = megabytes == min(arguments.megabytes)
            for shape in arguments.shapes if first_size else arguments.shapes[:1]:
                path = folder / f"WhatsApp Chat with {shape}.txt"
                write(path, SHAPES[shape], int(megabytes * 1_000_000))
                measured = measure(servers, parsers, path, (shape, megabytes), results)
                path.unlink()
                results.append(measured)
                print(table([measured]).splitlines()[-1], flush=True)
        met = meeting(*meet(servers, folder, min(arguments.megabytes)))
    print(table(results), met, sep="\n\n")
    if arguments.write:
        write_page(results, met)


def measure(
    servers: EmbeddedServers,
    parsers: Parsers,
    path: Path,
    chat: tuple[str, float],
    before: list[Measured],
) -> Measured:
    """Every way to read one chat."""
    urls = servers.url_for("parley"), servers.url_for("parley_owner")
    shape, megabytes = chat
    smaller = [found for found in before if found.shape == shape and not found.extrapolated]
    extrapolated = megabytes > MEASURED_UP_TO and bool(smaller)
    whatstk: Run
    npm: Run
    if extrapolated:
        factor = megabytes / smaller[-1].megabytes
        whatstk, npm = smaller[-1].whatstk.times(factor), smaller[-1].npm.times(factor)
    else:
        whatstk, npm = parsers.whatstk(path), parsers.npm(path)
    empty(servers)
    whole, parse = parley("import", path, *urls), parley("parse", path)
    if whole.messages != parse.messages:
        raise SystemExit(f"{parse.messages} messages were read and {whole.messages} imported")
    empty(servers)
    return Measured(
        shape=shape,
        megabytes=megabytes,
        whole=whole,
        plain=parley("plain", path, *urls),
        parse=parse,
        whatstk=whatstk,
        npm=npm,
        extrapolated=extrapolated,
    )


def empty(servers: EmbeddedServers) -> None:
    """Take all messages away, so that each measurement fills the same empty table."""

    async def truncate() -> None:
        owner = await asyncpg.connect(servers.url_for("parley_owner"))
        await owner.execute("TRUNCATE messages")
        await owner.close()

    asyncio.run(truncate())


def meet(servers: EmbeddedServers, folder: Path, megabytes: float) -> tuple[Reads, Reads]:
    """How another tenant reads while nothing is imported, and while a chat is."""
    urls = servers.url_for("parley"), servers.url_for("parley_owner")
    theirs, ours = (folder / f"WhatsApp Chat with {name}.txt" for name in ("theirs", "ours"))
    write(theirs, SHAPES["ios"], 500_000)
    write(ours, SHAPES["ios"], int(megabytes * 1_000_000))
    empty(servers)
    with neighbour(theirs, *urls) as idle:
        time.sleep(IDLE_SECONDS)
    with neighbour(theirs, *urls) as busy:
        parley("import", ours, *urls)
    return idle[0], busy[0]


if __name__ == "__main__":
    main()
