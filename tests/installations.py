"""Installations with the demo, made once a run and copied where a test wants one."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg

from app.embedded import EmbeddedServers
from app.embedded.locks import exclusive
from tests.places import run_folder

PARLEY = Path(sys.executable).with_name("parley")
# What only a loss of power would make felt: most of the time goes into waiting for the disk.
CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


def environment(data_dir: Path) -> dict[str, str]:
    """The environment of a command on the installation in a folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PARLEY_") and name not in {"DATABASE_URL", "REDIS_URL"}
    }
    return kept | {
        "PARLEY_DATA_DIR": str(data_dir),
        # Whatever subscribers share is made again for each, and compared.
        "PARLEY_SHADOW_SHARE": "1",
        # On a busy machine a search would come back before it has found anything.
        "PARLEY_SEARCH_SECONDS": "30",
    }


async def write_carelessly(servers: EmbeddedServers) -> None:
    """Let PostgreSQL, which has to run, not wait for the disk from now on."""
    connection = await asyncpg.connect(servers.url_for("postgres", "postgres"))
    try:
        for setting in CARELESS:
            await connection.execute(f"ALTER SYSTEM SET {setting}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


def copy_demo(data_dir: Path) -> None:
    """Make a data directory with an installation that has the demo and is stopped. Blocks."""
    original = run_folder() / "demo"
    with exclusive(run_folder() / "demo.lock"):
        if not original.exists():
            _make_demo(original)
    subprocess.run(["cp", "-a", original, data_dir], check=True)


def _make_demo(data_dir: Path) -> None:
    partial = data_dir.with_name("demo.partial")
    with EmbeddedServers(partial) as servers:
        asyncio.run(write_carelessly(servers))
        subprocess.run([PARLEY, "seed"], env=environment(partial), check=True, capture_output=True)
    partial.rename(data_dir)
