"""What was measured: as a table, on the terminal and on the page, and as a picture."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.page import PICTURES, write_table
from benchmarks.peers.operations import Operation
from benchmarks.peers.picture import Bar, picture
from benchmarks.peers.servers import PARLEY


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one operation on one server."""

    answers: float
    """A second."""

    cpu: float
    """Seconds of the server's process for each answer."""

    database_cpu: float
    """Seconds of the database's processes for each answer."""


class Results:
    """The runs of all servers, round by round."""

    def __init__(self, servers: Sequence[str], operations: Sequence[Operation]) -> None:
        self.servers = servers
        self.operations = operations
        self.runs: defaultdict[tuple[str, str], list[Measured]] = defaultdict(list)

    def answers(self, server: str, operation: str) -> float:
        """The median of the answers a second."""
        return median(run.answers for run in self.runs[server, operation])

    def cpu(self, server: str, operation: str) -> float:
        """The median of the microseconds of CPU that an answer takes of the server."""
        return median(run.cpu for run in self.runs[server, operation]) * 1e6

    def database_cpu(self, server: str, operation: str) -> float:
        """The median of the microseconds of CPU that an answer takes of the database."""
        return median(run.database_cpu for run in self.runs[server, operation]) * 1e6

    def ratios(self, server: str, operation: str) -> tuple[float, float, float]:
        """Parley's answers to the server's, of each round: lower quartile, median, upper one."""
        pairs = zip(self.runs[PARLEY, operation], self.runs[server, operation], strict=True)
        found = [ours.answers / theirs.answers for ours, theirs in pairs]
        if len(found) < 2:
            return found[0], found[0], found[0]
        low, middle, high = quantiles(found, n=4, method="inclusive")
        return low, middle, high


def table(results: Results) -> str:
    """The table, in Markdown."""
    lines = [
        "| | " + " | ".join(operation.title for operation in results.operations) + " |",
        "|---|" + "---|" * len(results.operations),
    ]
    for server in results.servers:
        cells = [_cell(results, server, operation.name) for operation in results.operations]
        lines.append(f"| {server} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(results: Results, server: str, operation: str) -> str:
    cell = (
        f"{results.answers(server, operation):,.0f}/s, {results.cpu(server, operation):,.0f}"
        f" + {results.database_cpu(server, operation):,.0f} µs"
    )
    if server == PARLEY or PARLEY not in results.servers:
        return cell
    low, middle, high = results.ratios(server, operation)
    return f"{cell}; **{middle:.2f}×** ({low:.2f}-{high:.2f})"


def write_page(results: Results) -> None:
    """Put the table and the picture into the documents."""
    write_table("benchmarks.peers", table(results))
    groups = {op.title: list(_bars(results, op.name)) for op in results.operations}
    (PICTURES / "peers.svg").write_text(picture(groups), encoding="utf-8")


def _bars(results: Results, operation: str) -> Iterator[Bar]:
    for server in results.servers:
        if server != PARLEY:
            yield Bar(server, *results.ratios(server, operation))
