"""What was measured: as a table on the terminal and on the page, and as a picture."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.peers.operations import Operation


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one operation on one server."""

    answers: float
    """A second."""

    cpu: float
    """Seconds of the server's process for each answer."""


class Results:
    """The runs of all servers; the first server is the one that others are compared with."""

    def __init__(self, servers: Sequence[str], operations: Sequence[Operation]) -> None:
        self.servers = servers
        self.operations = operations
        self.runs: defaultdict[tuple[str, str], list[Measured]] = defaultdict(list)

    def add(self, server: str, operation: str, run: Measured) -> None:
        self.runs[server, operation].append(run)

    def answers(self, server: str, operation: str) -> float:
        """The median of the answers a second."""
        return median(run.answers for run in self.runs[server, operation])

    def cpu(self, server: str, operation: str) -> float:
        return median(run.cpu for run in self.runs[server, operation])


def print_table(results: Results) -> None:
    width = max(map(len, results.servers)) + 2
    print(" " * width + "".join(f"{op.name:>22}" for op in results.operations))
    for server in results.servers:
        cells = "".join(
            f"{results.answers(server, op.name):>11,.0f}/s {results.cpu(server, op.name) * 1e6:>6.0f}µs"
            for op in results.operations
        )
        print(f"{server:<{width}}{cells}")


def write_page(results: Results) -> None:
    raise NotImplementedError
