"""Where Parley's process spends its time on one operation, whole requests in a running server.

    python -m benchmarks.peers.profile [Page] [--seconds 10]

Printed are the share of each function (with what it calls) and of its own lines; what C code does,
such as asyncpg's decoding, counts for the Python function that called it.
"""

import argparse
import asyncio
import os
import signal
import tempfile
from pathlib import Path

import uvloop

from app.embedded import EmbeddedServers
from benchmarks.peers.dataset import make_dataset
from benchmarks.peers.load import http_request, load
from benchmarks.peers.operations import bodies, operations
from benchmarks.peers.servers import OTHER_CORE, PARLEY, PEERS, started, wait_until_it_listens
from benchmarks.peers.world import describe

PORT = 8790


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("operation", nargs="?", default="Page")
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {OTHER_CORE})
    with tempfile.TemporaryDirectory(prefix="parley-profile-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServers(Path(folder) / "data") as servers:
            uvloop.run(profile(servers, folder, arguments))
        print((Path(folder) / "profile.txt").read_text(encoding="utf-8"))


async def profile(servers: EmbeddedServers, folder: str, arguments: argparse.Namespace) -> None:
    """Load the server with the operation; it writes its profile when it is told to stop."""
    dataset = await asyncio.to_thread(make_dataset, servers)
    world = {**describe(servers, folder, dataset), "profile": f"{folder}/profile.txt"}
    (peer,) = [peer for peer in PEERS if peer.name == PARLEY]
    (operation,) = [op for op in operations(dataset) if op.name == arguments.operation]
    requests = [http_request(b, world["token"]) for b in bodies(operation, "parley", dataset)]
    with started(peer, world, PORT) as server:
        await wait_until_it_listens(server)
        await load(server.port, requests, 2)
        server.process.send_signal(signal.SIGUSR1)
        answers, took = await load(server.port, requests, arguments.seconds)
    print(f"{operation.name}: {answers / took:,.0f} answers a second while sampled")


if __name__ == "__main__":
    main()
