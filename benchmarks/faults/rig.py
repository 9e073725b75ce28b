"""The processes that are killed: PostgreSQL, Valkey, two API processes and a worker."""

import asyncio
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread

import httpx

from app.embedded import EmbeddedServers
from app.migrate import let_in, migrate
from app.seed import ensure_user
from app.signin.tokens import Tokens
from models.base import now
from models.tenants import Role
from resolvers.context import Viewer

PARLEY = Path(sys.executable).with_name("parley")
LOGIN = "parley"
DATA = "data"
TENANT = "faults"
START_SECONDS = 120
A_DAY = timedelta(days=1)


@dataclass
class Program:
    """One `parley` process that is started again whenever it ends."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    ready_url: str | None = None
    process: Process | None = None

    async def start(self) -> None:
        """Begin; an API process answers when this returns."""
        self.process = await asyncio.create_subprocess_exec(
            PARLEY, *self.arguments, env=self.environment, stdout=DEVNULL, stderr=DEVNULL
        )
        if self.ready_url is not None:
            await answering(self.ready_url)

    async def end(self, how: signal.Signals) -> None:
        """Send the signal and wait until the process is gone."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()


@dataclass
class Rig:
    """A whole installation on this machine. `kills` are what chaos may do, by name."""

    servers: EmbeddedServers
    data_dir: Path
    environment: dict[str, str]
    apis: list[Program] = field(default_factory=list)
    worker: Program | None = None
    addresses: list[str] = field(default_factory=list)
    """Where clients are sent, as `127.0.0.1:port`: they look again at each connection."""

    async def token(self, handle: str, lifetime: timedelta = A_DAY) -> str:
        """An administrator's token; the user is made."""
        return self.token_of(await self.user(handle, Role.ADMIN), lifetime)

    async def user(self, handle: str, role: Role) -> Viewer:
        """A user of the one tenant; made if there is none."""
        return await ensure_user(self.servers.database_url, TENANT, handle, role)

    def token_of(self, viewer: Viewer, lifetime: timedelta = A_DAY) -> str:
        """A token that is good from now on."""
        keys = Tokens.from_file(Path(self.environment["PARLEY_SIGNING_KEY_FILE"]))
        return keys.issue(viewer, now(), lifetime)

    async def redeploy(self, program: Program) -> None:
        """Stop an instance and start it again, as a load balancer and an orchestrator do it:
        clients are sent elsewhere from SIGTERM until it answers again."""
        address = address_of(program)
        self.addresses.remove(address)
        await program.end(signal.SIGTERM)
        await program.start()
        self.addresses.append(address)

    async def kill_program(self, program: Program) -> None:
        """Kill a process of ours and start it again."""
        await program.end(signal.SIGKILL)
        await program.start()

    async def kill_server(self, name: str, pid_file: str) -> None:
        """Kill PostgreSQL or Valkey and start it again."""
        [path] = (self.data_dir / name).glob(pid_file)
        os.kill(int(path.read_text().split()[0]), signal.SIGKILL)
        await asyncio.to_thread(self.servers.start)


@asynccontextmanager
async def rig(instances: int = 2, settings: dict[str, str] | None = None) -> AsyncIterator[Rig]:
    """Everything, running; at the end all of it is gone."""
    with migrated() as (folder, servers):
        await let_in(servers.database_url, servers.url_for(LOGIN))
        environment = environment_of(servers, folder, settings or {})
        made = Rig(servers, folder / DATA, environment)
        try:
            await begin(made, instances)
            yield made
        finally:
            for program in (*made.apis, *filter(None, [made.worker])):
                await program.end(signal.SIGKILL)


@contextmanager
def migrated() -> Iterator[tuple[Path, EmbeddedServers]]:
    """Embedded servers at the newest revision, in a folder that is gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="parley-faults-"))
    folder.chmod(0o755)
    try:
        with EmbeddedServers(folder / DATA) as servers:
            # Migrations run a loop of their own.
            thread = Thread(target=migrate, args=[servers.database_url])
            thread.start()
            thread.join()
            yield folder, servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment_of(
    servers: EmbeddedServers, folder: Path, settings: dict[str, str]
) -> dict[str, str]:
    """What the processes are told."""
    return {
        **os.environ,
        "DATABASE_URL": servers.url_for(LOGIN),
        "REDIS_URL": servers.redis_url,
        "PARLEY_SIGNING_KEY_FILE": str(folder / "signing-keys.json"),
        "PARLEY_STORE_DIR": str(folder / "store"),
        "PARLEY_WORKER": "false",
        "PARLEY_MAX_SOCKETS_PER_VIEWER": "100000",
        "PARLEY_VIEWER_COST_PER_MINUTE": "2000000000",
        "PARLEY_TENANT_COST_PER_MINUTE": "2000000000",
        "PARLEY_ADDRESS_COST_PER_MINUTE": "2000000000",
        "PARLEY_SCHEDULES_PER_MINUTE": "1000000",
        **settings,
    }


async def begin(made: Rig, instances: int) -> None:
    """Start the API processes and the worker."""
    for _ in range(instances):
        port = free_port()
        made.apis.append(
            Program(
                ("serve", "--port", str(port)),
                made.environment,
                f"http://127.0.0.1:{port}/health/live",
            )
        )
    made.addresses = [address_of(program) for program in made.apis]
    made.worker = Program(("worker",), made.environment)
    await asyncio.gather(*(program.start() for program in (*made.apis, made.worker)))


def address_of(program: Program) -> str:
    """Of an API process."""
    return f"127.0.0.1:{program.arguments[-1]}"


def free_port() -> int:
    """A port that nobody listens on, and on which a server that was killed can begin anew.

    It is below those of which the system gives one to whoever asks for any, be it meanwhile.
    """
    while True:
        port = random.randrange(10_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


async def answering(url: str) -> None:
    """Return when the address answers; TimeoutError when it never does."""
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def kills(made: Rig) -> dict[str, Callable[[], Awaitable[None]]]:
    """What may be killed, by name: each call gives a coroutine that ends when it is back."""
    found: dict[str, Callable[[], Awaitable[None]]] = {
        f"api {number}": (lambda program=program: made.kill_program(program))
        for number, program in enumerate(made.apis, 1)
    }
    worker = made.worker
    assert worker is not None, "the rig has a worker"
    found["worker"] = lambda: made.kill_program(worker)
    found["valkey"] = lambda: made.kill_server("valkey", "valkey.pid")
    found["postgres"] = lambda: made.kill_server("postgres", "postmaster.pid")
    return found
