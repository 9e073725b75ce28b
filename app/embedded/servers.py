"""The two servers together, and who uses them.

A data directory holds `postgres/` (the cluster), `valkey/`, `log/`, `run/` (the sockets, unless the
path is too long), `binaries/` (copies, for root alone where they are needed), and the locks:
`turn.lock` (who starts or stops), `users.lock` (who uses), and one that each living server holds.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from app.embedded.accounts import account_for
from app.embedded.errors import EmbeddedError
from app.embedded.locks import exclusive, share, try_exclusive
from app.embedded.places import make_data_dir, make_private_dir, socket_dir_for
from app.embedded.postgres import DATABASE, OWNER, PORT, Postgres
from app.embedded.server import Place, Server
from app.embedded.valkey import Valkey


class EmbeddedServers:
    """PostgreSQL and Valkey with one data directory, shared by every process that uses it.

    The first to start them starts them, the others adopt them, and the last to stop stops them. A
    process that is killed leaves them to the next one.

    `database_url` is that of `parley_owner`, who owns the database `parley` and may create roles
    and databases; `redis_url` is in redis-py's form. Methods block: call them from a thread where
    an event loop runs.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._socket_dir = socket_dir_for(self._data_dir)
        self._use: int | None = None
        self.database_url = self.url_for(OWNER)
        self.redis_url = f"unix://{self._socket_dir / Valkey.socket_name}"

    def url_for(self, role: str, database: str = DATABASE) -> str:
        """The URL by which `role` connects to `database`; no role has a password here."""
        who, where = quote(role, safe=""), quote(database, safe="")
        return f"postgresql://{who}@/{where}?host={self._socket_dir}&port={PORT}"

    def start(self) -> None:
        """Return when both servers accept connections; calling it again does no harm.

        Raises EmbeddedError where they cannot run.
        """
        with self._explained():
            place = self._make_place()
            with exclusive(self._turn):
                try:
                    self._start_in_turn(place)
                except BaseException:
                    self._stop_in_turn(place)
                    raise

    def stop(self) -> None:
        """End this process's use; the last user of the data directory stops both servers."""
        if self._use is None:
            return
        with self._explained(), exclusive(self._turn):
            self._stop_in_turn(Place(self._data_dir, self._socket_dir, account_for(self._data_dir)))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _turn(self) -> Path:
        return self._data_dir / "turn.lock"

    @property
    def _users(self) -> Path:
        return self._data_dir / "users.lock"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EmbeddedError(
                f"The embedded servers cannot use {self._data_dir}: {error}. "
                "Choose another data directory, or set DATABASE_URL and REDIS_URL."
            ) from error

    def _make_place(self) -> Place:
        account = account_for(self._data_dir)
        make_data_dir(self._data_dir, account)
        for folder in (self._socket_dir, self._data_dir / "log"):
            make_private_dir(folder, account)
        return Place(self._data_dir, self._socket_dir, account)

    def _start_in_turn(self, place: Place) -> None:
        if self._use is None:
            self._use = share(self._users)
        for server in _servers(place):
            server.start()

    def _stop_in_turn(self, place: Place) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None
        with try_exclusive(self._users) as last:
            if last is not None:
                for server in _servers(place):
                    server.stop()


def _servers(place: Place) -> list[Server]:
    return [Postgres(place), Valkey(place)]
