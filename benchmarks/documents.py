"""Ten thousand documents in a minute, none of which comes again, here and in stock Strawberry.

    python -m benchmarks.documents [--documents 10000] [--seconds 60] [--write]

Starts PostgreSQL and Redis in a temporary folder and fills them, then one server after the other on
one core; the database and the clients have the other. Each is asked an ordinary operation, a page
of messages, 50 times a second: at first alone, then while the documents come. Stock Strawberry has
its caches of 100 parsed and validated documents on. With --write the table goes into
docs/performance.md. Needs Linux and two cores; takes about three minutes, for two runs of --seconds
and what is beside them.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import orjson
import uvloop

from app.embedded import EmbeddedServers
from benchmarks.page import write_table
from benchmarks.peers.dataset import Dataset, make_dataset
from benchmarks.peers.load import http_request
from benchmarks.peers.operations import bodies, operations
from benchmarks.peers.servers import (
    OTHER_CORE,
    PARLEY,
    PEERS,
    STOCK,
    Peer,
    Running,
    started,
    wait_until_it_listens,
)
from benchmarks.peers.world import describe

PORT = 8770
LINES = 8
HOT_RATE = 50
WARMING = 200
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Phase:
    """What was measured while a server was asked. Times are seconds."""

    cpu: float
    hot: Sequence[float]
    """How long each of the hot operation's answers took from when it was due."""

    @property
    def p95(self) -> float:
        """What nineteen of twenty of these took at most."""
        return quantiles(self.hot, n=20)[-1]


@dataclass(frozen=True, slots=True)
class Flooded:
    """A server before and while the documents came. Memory and caches are in bytes."""

    name: str
    alone: Phase
    meanwhile: Phase
    documents: int
    memory: tuple[int, int]
    cache: tuple[int, int] | None
    hits: int | None

    @property
    def cpu(self) -> float:
        """The CPU seconds of one document."""
        hot = self.alone.cpu / len(self.alone.hot) * len(self.meanwhile.hot)
        return (self.meanwhile.cpu - hot) / self.documents


class Lines:
    """Connections to one server, each of which asks one thing at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]

    async def __aenter__(self) -> "Lines":
        self._idle = asyncio.Queue()
        for _ in range(LINES):
            self._idle.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self._idle.empty():
            self._idle.get_nowait()[1].close()

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer, which must be one without errors."""
        reader, writer = line = await self._idle.get()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        self._idle.put_nowait(line)
        assert head.startswith(b"http/1.1 200") and b'"errors"' not in body, body[:500]
        return body


def main() -> None:
    """Measure, and print or write what was measured."""
    parser = argparse.ArgumentParser(description="Documents that never come again")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {OTHER_CORE})
    with tempfile.TemporaryDirectory(prefix="parley-documents-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data") as servers:
            dataset = make_dataset(servers)
            world = describe(servers, folder, dataset)
            runs = [
                uvloop.run(flood(peer, world, dataset, arguments.documents, arguments.seconds))
                for peer in PEERS
                if peer.name in {PARLEY, STOCK}
            ]
    print(table(runs, arguments.seconds))
    if arguments.write:
        write_table("benchmarks.documents", table(runs, arguments.seconds))


async def flood(
    peer: Peer, world: dict[str, object], dataset: Dataset, count: int, seconds: float
) -> Flooded:
    """Ask one server the hot operation alone, then beside so many documents."""
    token = str(world["token"])
    (page,) = [operation for operation in operations(dataset) if operation.name == "Page"]
    pages = cycle([http_request(body, token) for body in bodies(page, "parley", dataset)])
    documents = [http_request(orjson.dumps({"query": text_of(n)}), token) for n in range(count)]
    with started(peer, world, PORT) as server:
        await wait_until_it_listens(server)
        async with Lines(PORT) as lines:
            for _ in range(WARMING):
                await lines.ask(next(pages))
            alone = await _phase(server, lines, lambda: next(pages), [], seconds / 4)
            memory, known = _memory(server), await _known(server, lines, token)
            meanwhile = await _phase(server, lines, lambda: next(pages), documents, seconds)
            after = await _known(server, lines, token)
            return Flooded(
                peer.name,
                alone,
                meanwhile,
                count,
                (memory, _memory(server)),
                (known["parley_document_bytes"], after["parley_document_bytes"]) if known else None,
                _grown("parley_document_hits_total", known, after) if known else None,
            )


async def _phase(
    server: Running,
    lines: Lines,
    hot: Callable[[], bytes],
    documents: Sequence[bytes],
    seconds: float,
) -> Phase:
    """Ask the hot operation at its rate for so long, and the documents evenly meanwhile."""
    cpu = server.cpu_seconds
    pages = [hot() for _ in range(max(2, int(HOT_RATE * seconds)))]
    took, _ = await asyncio.gather(_paced(lines, pages, seconds), _paced(lines, documents, seconds))
    return Phase(server.cpu_seconds - cpu, took)


async def _paced(lines: Lines, requests: Sequence[bytes], seconds: float) -> list[float]:
    """Ask each when it is due, whether or not the ones before are answered; how long each took."""
    loop, started_at = asyncio.get_running_loop(), perf_counter()

    async def ask(request: bytes, due: float) -> float:
        await lines.ask(request)
        return perf_counter() - due

    tasks = []
    for number, request in enumerate(requests):
        due = started_at + seconds * number / len(requests)
        await asyncio.sleep(max(0, due - perf_counter()))
        tasks.append(loop.create_task(ask(request, due)))
    return list(await asyncio.gather(*tasks))


def _memory(server: Running) -> int:
    """The resident memory of the server's process, in bytes."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def _known(server: Running, lines: Lines, token: str) -> dict[str, int]:
    """The plain numbers of Parley's metrics; of another server none."""
    if server.peer.name != PARLEY:
        return {}
    request = http_request(b"", token).replace(b"POST /graphql", b"GET /metrics")
    pairs = [line.split() for line in (await lines.ask(request)).decode().splitlines()]
    return {pair[0]: int(float(pair[1])) for pair in pairs if len(pair) == 2}


def _grown(name: str, before: dict[str, int], after: dict[str, int]) -> int:
    return after[name] - before[name]


def table(runs: Sequence[Flooded], seconds: float) -> str:
    """The table, in Markdown."""
    lines = [
        f"| {runs[0].documents:,} documents in {seconds:g} s | CPU a document |"
        " page alone, p95 | page meanwhile, p95 | memory | cache of documents | pages known |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        cache = "100 documents" if run.cache is None else _change(run.cache)
        pages = len(run.meanwhile.hot)
        hits = "" if run.hits is None else f"{run.hits:,} of {pages:,}"
        lines.append(
            f"| {run.name} | {run.cpu * 1e6:,.0f} µs | {run.alone.p95 * 1e3:.1f} ms |"
            f" {run.meanwhile.p95 * 1e3:.1f} ms | {_change(run.memory)} | {cache} | {hits} |"
        )
    return "\n".join(lines)


def _change(pair: tuple[int, int]) -> str:
    return f"{pair[0] / MIB:.1f} → {pair[1] / MIB:.1f} MB"


def text_of(number: int) -> str:
    """A document like no other: eleven fields of the viewer, without SQL."""
    fields = " ".join(f"f{each}: id" for each in range(10))
    return f"query Q{number} {{ viewer {{ {fields} role }} }}"


if __name__ == "__main__":
    main()
