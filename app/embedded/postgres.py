"""The embedded PostgreSQL."""

import os
import shutil
import signal
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from app.embedded.binaries import find_postgres, within_reach
from app.embedded.errors import EmbeddedError
from app.embedded.places import make_private_dir
from app.embedded.server import Server

OWNER = "parley_owner"
DATABASE = "parley"
PORT = 5432

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "200",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    # A week of logs, a file a day, short lines: values and statements hold people's messages.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_MOST_BUFFERED = 4_096
_FIRST_WITH_IO_METHOD = 18
_FIRST_WITH_BUILTIN_LOCALES = 17
# Each line is one statement: so the single-user mode reads them.
_BOOTSTRAP = f"""\
CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE;
CREATE DATABASE {DATABASE} OWNER {OWNER};
"""


class Postgres(Server):
    """PostgreSQL 15 or later, by a Unix socket that only its account can reach."""

    name = "PostgreSQL"
    folder_name = "postgres"
    socket_name = f".s.PGSQL.{PORT}"
    pid_file_name = "postmaster.pid"
    # The "fast" shutdown, then the "immediate" one, which leaves recovery to the next start.
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    def _prepare(self, lock: int) -> Sequence[str | Path]:
        made_by = _major_of(self._folder)
        program = find_postgres(made_by)
        copies = self._place.data_dir / "binaries"
        executable = within_reach(program, self._place.account, copies)
        if made_by is None:
            self._initialise(executable, program.major, lock)
        settings = {
            **_SETTINGS,
            "shared_buffers": f"{_buffered_megabytes()}MB",
            "unix_socket_directories": str(self._place.socket_dir),
            "log_directory": str(self._logs),
        }
        if program.major >= _FIRST_WITH_IO_METHOD:
            settings["io_method"] = "sync"
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [executable, "-D", self._folder, *options]

    def _greets(self, connection: socket.socket) -> bool:
        connection.sendall(_startup_packet() + _TERMINATE)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
        return answer != b"" and _CANNOT_CONNECT_NOW not in answer

    def _initialise(self, executable: Path, major: int, lock: int) -> None:
        """Make the cluster aside and rename it when it is whole and on disk."""
        partial = self._folder.with_name("postgres.partial")
        shutil.rmtree(partial, ignore_errors=True)
        make_private_dir(partial, self._place.account)
        initdb: list[str | Path] = [executable.with_name("initdb"), "-D", partial]
        self._run([*initdb, *_initdb_options(major)], lock)
        alone = ["--single", "-D", str(partial), "-c", "exit_on_error=on", "-c", "fsync=off"]
        self._run([executable, *alone, "postgres"], lock, stdin=_BOOTSTRAP)
        self._run([*initdb, "--sync-only"], lock)
        partial.rename(self._folder)
        _sync_folder(self._folder.parent)

    def _run(self, command: Sequence[str | Path], lock: int, stdin: str = "") -> None:
        done = self._place.account.run(command, self._place.data_dir, stdin, [lock])
        if done.returncode != 0:
            raise EmbeddedError(f"{command[0]} failed: {done.stdout.strip()}")


def _buffered_megabytes() -> int:
    """A quarter of the machine's memory, as PostgreSQL's manual advises, up to 4 GB.

    The memory is taken only as pages are read.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(_MOST_BUFFERED, memory // 4 >> 20)


# The first message of a connection, and the last, of the frontend/backend protocol 3.0
# (https://www.postgresql.org/docs/current/protocol-message-formats.html).
_TERMINATE = b"X\0\0\0\4"
# The SQLSTATE field of the error that a server sends while it starts, recovers or shuts down.
_CANNOT_CONNECT_NOW = b"C57P03\0"


def _startup_packet() -> bytes:
    parameters = b"user\0postgres\0database\0postgres\0\0"
    return struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters


def _initdb_options(major: int) -> list[str]:
    """C.UTF-8 sorts by code point everywhere; up to PostgreSQL 16 the C library has to have it."""
    if major >= _FIRST_WITH_BUILTIN_LOCALES:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        locale = ["--locale=C.UTF-8"]
    return ["--username=postgres", "--auth=trust", "--encoding=UTF8", *locale, "--no-sync"]


def _major_of(folder: Path) -> int | None:
    """The PostgreSQL version that made the cluster in `folder`, None where there is none."""
    try:
        return int((folder / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
