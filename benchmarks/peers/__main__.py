"""Parley beside other GraphQL servers: the same rows, the same answers, one core each.

    python -m benchmarks.peers [--quick] [--rounds 5] [--seconds 1] [--only Page Flat]

Starts PostgreSQL and Redis in a temporary folder and fills them. Each server runs on one core; the
database and the clients (16 connections, each asking again as soon as it is answered) have the
other. All must answer the same data before anything is measured. Each round asks every server
each operation, one after the other, so that what disturbs the machine disturbs all alike: read the
ratios. Reads have their rounds first, then the mutation has. The table is printed, and with
--write goes into docs/performance.md with its picture.

Needs Linux, two cores and npm. A full run takes about five minutes.
"""

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop

from app.embedded import EmbeddedServers
from benchmarks.peers.dataset import Dataset, make_dataset
from benchmarks.peers.load import ask, http_request, load
from benchmarks.peers.operations import Operation, bodies, canonical, operations
from benchmarks.peers.report import Measured, Results, table, write_page
from benchmarks.peers.servers import (
    OTHER_CORE,
    PEERS,
    Database,
    Running,
    install_node,
    started,
    wait_until_it_listens,
)
from benchmarks.peers.world import describe

FIRST_PORT = 8710


def main() -> None:
    """Measure, and print or write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--only", nargs="+", metavar="OPERATION")
    parser.add_argument("--servers", nargs="+", metavar="NAME", help="beginnings of their names")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 1, 0.3
    install_node()
    os.sched_setaffinity(0, {OTHER_CORE})
    with tempfile.TemporaryDirectory(prefix="parley-peers-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data") as servers:
            dataset = make_dataset(servers)
            world = describe(servers, folder, dataset)
            database = Database.within(Path(folder))
            results = uvloop.run(compare(dataset, world, database, arguments))
    print(table(results))
    if arguments.write:
        write_page(results)


async def compare(
    dataset: Dataset, world: dict[str, Any], database: Database, arguments: argparse.Namespace
) -> Results:
    """Start every server, check, warm and measure."""
    chosen = [op for op in operations(dataset) if op.name in (arguments.only or op.name)]
    wanted = tuple(arguments.servers or ("",))
    peers = [peer for peer in PEERS if peer.name.startswith(wanted)]
    with ExitStack() as stack:
        running = [
            stack.enter_context(started(peer, world, FIRST_PORT + number))
            for number, peer in enumerate(peers)
        ]
        for server in running:
            await wait_until_it_listens(server)
        requests = {
            (server.peer.name, operation.name): [
                http_request(body, world["token"])
                for body in bodies(operation, server.peer.dialect, dataset)
            ]
            for server in running
            for operation in chosen
        }
        results = Results([server.peer.name for server in running], chosen)
        # What is sent waits in the index of words, at the cost of who searches next: whoever reads
        # comes first, and finds a database at rest.
        for is_write in False, True:
            group = [operation for operation in chosen if operation.is_write == is_write]
            for operation in group:
                await check(running, operation, requests)
            pairs = [(server, operation.name) for operation in group for server in running]
            for server, name in pairs:
                await load(server.port, requests[server.peer.name, name], arguments.seconds)
            for _ in range(arguments.rounds):
                for server, name in pairs:
                    key = server.peer.name, name
                    run = await measure(server, database, requests[key], arguments.seconds)
                    results.runs[key].append(run)
    return results


async def measure(
    server: Running, database: Database, requests: list[bytes], seconds: float
) -> Measured:
    """Answers a second, and the CPU time of the server and of the database for each."""
    before = server.cpu_seconds, database.cpu_seconds
    answers, took = await load(server.port, requests, seconds)
    after = server.cpu_seconds, database.cpu_seconds
    of_server, of_database = (
        (end - start) / answers for start, end in zip(before, after, strict=True)
    )
    return Measured(answers / took, of_server, of_database)


async def check(
    running: list[Running], operation: Operation, requests: dict[tuple[str, str], list[bytes]]
) -> None:
    """Raise AssertionError unless all servers answer the same data to each request."""
    for number in range(len(operation.variables)):
        answers = {
            server.peer.name: canonical(
                operation.name,
                await ask(server.port, requests[server.peer.name, operation.name][number]),
            )
            for server in running
        }
        first, *others = answers.items()
        for name, data in others:
            assert data == first[1], f"{operation.name}: {name} and {first[0]} differ: {data}"


if __name__ == "__main__":
    main()
