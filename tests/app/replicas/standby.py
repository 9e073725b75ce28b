"""A real replica of the run's PostgreSQL, by streaming replication."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from subprocess import Popen
from urllib.parse import quote

import asyncpg
import pytest

from app.embedded import EmbeddedServers
from app.embedded.accounts import Account, account_for
from app.embedded.binaries import find_postgres, within_reach
from app.embedded.postgres import PORT

SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    # No less than the primary's, or it refuses to start.
    "max_connections": "200",
    "shared_buffers": "16MB",
    "logging_collector": "off",
}


class Standby:
    """A replica that can be stopped and started again, and made to wait with what it replays."""

    def __init__(self, servers: EmbeddedServers, home: Path) -> None:
        self._servers = servers
        self._home = home
        self._account: Account = account_for(home)
        self._data, self._sockets = self._home / "data", self._home / "run"
        self._program = find_postgres(None)
        self._process: Popen[bytes] | None = None

    def url_for(self, role: str, database: str) -> str:
        """The URL by which `role` connects to it."""
        return f"postgresql://{quote(role)}@/{database}?host={self._sockets}&port={PORT}"

    def copy(self) -> None:
        """Take the primary's base backup. Skips the test where PostgreSQL brings no tool for it."""
        tool = self._program.executable.with_name("pg_basebackup")
        if not tool.exists():
            pytest.skip("this PostgreSQL has no pg_basebackup")
        primary = self._servers.url_for(SUPERUSER, "postgres")
        command = [tool, "-D", self._data, "-d", primary, "-X", "stream", "-c", "fast", "-R"]
        subprocess.run([*command, "--no-sync"], check=True, capture_output=True)
        self._sockets.mkdir()
        if self._account.switch:
            for path in (self._home, *self._home.rglob("*")):
                os.lchown(path, self._account.uid, self._account.gid)

    async def start(self) -> None:
        """Return when it answers."""
        copies = self._home / "binaries"
        copies.mkdir(exist_ok=True)
        executable = within_reach(self._program, self._account, copies)
        settings = {**SETTINGS, "unix_socket_directories": str(self._sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._home / "log").open("ab") as log:
            command = [executable, "-D", self._data, *options]
            self._process = self._account.spawn(command, self._home, log.fileno(), [])
        async with asyncio.timeout(60):
            while not await self._answers():
                assert self._process.poll() is None, (self._home / "log").read_text()
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        """Return when it is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    async def pause(self) -> None:
        """Return when it replays nothing any more."""
        connection = await asyncpg.connect(self.url_for(SUPERUSER, "postgres"))
        try:
            await connection.execute("SELECT pg_wal_replay_pause()")
            state = "SELECT pg_get_wal_replay_pause_state()"
            async with asyncio.timeout(60):
                while await connection.fetchval(state) != "paused":
                    pass
        finally:
            await connection.close()

    async def resume(self) -> None:
        """Let it go on."""
        connection = await asyncpg.connect(self.url_for(SUPERUSER, "postgres"))
        try:
            await connection.execute("SELECT pg_wal_replay_resume()")
        finally:
            await connection.close()

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url_for(SUPERUSER, "postgres"))
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True
