"""The processes that are measured, one at a time."""

import json
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
NODE = HERE / "node"
HEAP = 12_000
"""Megabytes that Node may use; its default is too little for 100 MB of text."""


class Run(NamedTuple):
    """What one process took, from the file to the result; its start is not counted."""

    seconds: float
    messages: int
    megabytes: float = 0
    """The most memory it had."""
    shares: Mapping[str, float] | None = None
    """Of the seconds, by step; parsing goes on beside the other steps."""

    def times(self, factor: float) -> "Run":
        """What a file so many times as long would take, if all grew with its length."""
        return Run(self.seconds * factor, round(self.messages * factor), self.megabytes * factor)


class Parsers:
    """Other people's parsers, installed in a folder."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "whatstk", with_pip=True)
        self._python = str(folder / "whatstk" / "bin" / "python")
        wanted = str(HERE / "whatstk.txt")
        install = [self._python, "-m", "pip", "install", "--quiet", "-r", wanted]
        subprocess.run(install, check=True)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)

    def whatstk(self, path: Path) -> Run:
        """whatstk, from PyPI."""
        return _run([self._python, str(HERE / "whatstk_parse.py"), str(path)])

    def npm(self, path: Path) -> Run:
        """whatsapp-chat-parser, from npm."""
        heap = f"--max-old-space-size={HEAP}"
        return _run(["node", heap, str(NODE / "parse.mjs"), str(path)])


def parley(what: str, path: Path, *urls: str) -> Run:
    """One of the measurements of `benchmarks.imports.child`."""
    return _run([sys.executable, "-m", "benchmarks.imports.child", what, str(path), *urls])


class Reads(NamedTuple):
    """How long another tenant waited for a page of 50 messages, in milliseconds."""

    p50: float
    p95: float
    pages: int


@contextmanager
def neighbour(chat: Path, *urls: str) -> Iterator[list[Reads]]:
    """Another tenant, who reads as long as the block lasts; then the list holds what it took."""
    command = [sys.executable, "-m", "benchmarks.imports.neighbour", *urls, str(chat)]
    reads: list[Reads] = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline() != "reads\n":
            raise SystemExit("the other tenant could not read")
        yield reads
        process.stdin.close()
        reads.append(Reads(**json.loads(process.stdout.read())))


def _run(command: Sequence[str]) -> Run:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Run(**json.loads(done.stdout.splitlines()[-1]))
