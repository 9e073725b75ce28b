"""The embedded Valkey."""

import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from app.embedded.binaries import find_valkey, within_reach
from app.embedded.places import make_private_dir
from app.embedded.server import Server

# It holds only what can be had again from PostgreSQL: nothing is saved, and when memory runs out
# what was used least recently goes.
_OPTIONS = {
    "--port": "0",
    "--save": "",
    "--appendonly": "no",
    "--maxmemory": "256mb",
    "--maxmemory-policy": "allkeys-lru",
    "--loglevel": "warning",
}


class Valkey(Server):
    """Valkey, or Redis 7 or later, in memory, by a Unix socket that only its account can reach."""

    name = "Valkey"
    folder_name = "valkey"
    socket_name = "valkey.sock"
    pid_file_name = "valkey.pid"
    stop_signals = (signal.SIGTERM, signal.SIGKILL)

    def _prepare(self, lock: int) -> Sequence[str | Path]:
        make_private_dir(self._folder, self._place.account)
        copies = self._place.data_dir / "binaries"
        executable = within_reach(find_valkey(), self._place.account, copies)
        options = {**_OPTIONS, "--unixsocket": str(self._socket), "--pidfile": self.pid_file_name}
        return [executable, *(part for option in options.items() for part in option)]

    def _greets(self, connection: socket.socket) -> bool:
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")
