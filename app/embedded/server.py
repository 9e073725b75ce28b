"""What the two servers have in common: start, adopt, stop."""

import os
import signal
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from app.embedded.accounts import Account
from app.embedded.errors import EmbeddedError
from app.embedded.locks import is_free, try_exclusive
from app.embedded.places import open_private_file

# Enough to recover from a crash: that replays about `max_wal_size` of log at most.
_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.01
_ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Place:
    """Where a server lives and whom it runs as."""

    data_dir: Path
    socket_dir: Path
    account: Account


class Server(ABC):
    """A server process that is shared by every process that uses its data directory.

    It inherits a locked file and so holds that lock for as long as it, or a child of its, lives:
    the kernel answers whether the server is there, whatever pid files and sockets were left behind.
    Its folder, its lock and its log bear one name. Callers take turns at `start` and `stop`.
    """

    name: str
    folder_name: str
    socket_name: str
    pid_file_name: str
    stop_signals: Sequence[signal.Signals]

    def __init__(self, place: Place) -> None:
        self._place = place
        self._folder = place.data_dir / self.folder_name
        self._socket = place.socket_dir / self.socket_name
        self._pid_file = self._folder / self.pid_file_name
        self._lock = place.data_dir / f"{self.folder_name}.lock"
        self._logs = place.data_dir / "log"

    def start(self) -> None:
        """Return when the server accepts connections, having started it unless it runs.

        Raises EmbeddedError if it dies or does not answer in time.
        """
        started = False
        deadline = time.monotonic() + _START_SECONDS
        while not self._accepts_connections():
            with try_exclusive(self._lock) as lock:
                if lock is not None:
                    if started:
                        raise self._failed("stopped as soon as it was started")
                    self._spawn(lock)
                    started = True
                elif time.monotonic() > deadline:
                    raise self._failed(f"took no connection within {_START_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Return when the server is gone; harsher signals follow a gentle one without effect."""
        for stop_signal in self.stop_signals:
            # Without a lock the pid file is a leftover: its pid may be somebody else's by now.
            if self._gone_within(0):
                return
            self._signal(stop_signal)
            if self._gone_within(_STOP_SECONDS):
                return
        raise self._failed("did not stop")

    @abstractmethod
    def _prepare(self, lock: int) -> Sequence[str | Path]:
        """Make what the server needs on disk and return the command that runs it.

        Whatever this runs has to inherit `lock`.
        """

    @abstractmethod
    def _greets(self, connection: socket.socket) -> bool:
        """Whether the server behind `connection` takes commands by now."""

    def _accepts_connections(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_SECONDS)
            try:
                connection.connect(str(self._socket))
                return self._greets(connection)
            except OSError:
                return False

    def _spawn(self, lock: int) -> None:
        command = self._prepare(lock)
        # Nobody else holds the lock, so no server lives and these are leftovers.
        self._pid_file.unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)
        output = open_private_file(self._logs / f"{self.folder_name}.log", os.O_WRONLY | os.O_TRUNC)
        try:
            child = self._place.account.spawn(command, self._folder, output, [lock])
        finally:
            os.close(output)
        # Whoever stops the server, its parent alone can reap it.
        Thread(target=child.wait, name=f"reap {self.name}", daemon=True).start()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.kill(int(self._pid_file.read_text().split()[0]), number)
        except (FileNotFoundError, IndexError, ProcessLookupError):
            return  # It is about to be gone; the lock will tell.

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not is_free(self._lock):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _failed(self, what: str) -> EmbeddedError:
        logs = sorted(
            self._logs.glob(f"{self.folder_name}*"), key=lambda path: path.stat().st_mtime
        )
        tail = "".join(f"\n  {line}" for path in logs[-1:] for line in _last_lines(path))
        return EmbeddedError(f"{self.name} {what}; its log in {self._logs} ends:{tail}")


def _last_lines(path: Path, count: int = 5) -> list[str]:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 4096))
        return log.read().decode(errors="replace").splitlines()[-count:]
