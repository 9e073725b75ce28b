"""`parley` as a process of its own, and public clients that talk to it."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from typing import Any, TypeAlias

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from httpx import AsyncClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.installations import PARLEY, environment

LAST_LINES = ("Ctrl-C stops it", "Sign in with a token")
START_SECONDS = 180
EVENT_SECONDS = 60
STOP_SECONDS = 60
PATH = "/graphql"
SUBPROTOCOL = Subprotocol("graphql-transport-ws")

Event: TypeAlias = dict[str, Any]
Events: TypeAlias = asyncio.Queue[Event]


@dataclass(frozen=True)
class Serving:
    """A `parley serve` that listens: its address, what it printed, and the token it printed."""

    process: Process
    address: str
    welcome: str
    token: str

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def socket_url(self) -> str:
        return self.address.replace("http", "ws", 1) + PATH

    @asynccontextmanager
    async def over_http(self) -> AsyncIterator[AsyncClientSession]:
        """A session of the public client gql, by HTTP."""
        transport = AIOHTTPTransport(self.address + PATH, headers=self.authorization)
        async with Client(transport=transport, execute_timeout=EVENT_SECONDS) as session:
            yield session

    @asynccontextmanager
    async def over_socket(self) -> AsyncIterator[AsyncClientSession]:
        """A session of the public client gql, by graphql-transport-ws."""
        transport = WebsocketsTransport(
            self.socket_url,
            init_payload={"authorization": f"Bearer {self.token}"},
            subprotocols=[SUBPROTOCOL],
            connect_timeout=EVENT_SECONDS,
            ack_timeout=EVENT_SECONDS,
        )
        async with Client(transport=transport, execute_timeout=EVENT_SECONDS) as session:
            yield session

    @asynccontextmanager
    async def bare_socket(self) -> AsyncIterator[ClientConnection]:
        """A signed-in socket that shows how it is closed."""
        async with connect(
            self.socket_url, subprotocols=[SUBPROTOCOL], open_timeout=EVENT_SECONDS
        ) as socket:
            payload = {"authorization": f"Bearer {self.token}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            yield socket

    async def stop(self) -> int:
        """Send SIGTERM; the status with which the process ends."""
        self.process.send_signal(SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()


async def ask(session: AsyncClientSession, document: str, **variables: Any) -> dict[str, Any]:
    """The data of an operation that must not fail."""
    answer: dict[str, Any] = await session.execute(
        GraphQLRequest(document, variable_values=variables)
    )
    return answer


@asynccontextmanager
async def hearing(
    session: AsyncClientSession, document: str, knock: Callable[[], Awaitable[None]]
) -> AsyncIterator[Events]:
    """Subscribe for the block to events in a queue.

    The protocol does not tell when a subscription has begun, so `knock`, which causes an event,
    is called until one is heard.
    """
    events: Events = asyncio.Queue()

    async def listen() -> None:
        async for event in session.subscribe(GraphQLRequest(document)):
            events.put_nowait(event)

    listener = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(EVENT_SECONDS):
            while events.empty() and not listener.done():
                await knock()
        yield events
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def first(events: Events, wanted: Callable[[Event], bool]) -> Event:
    """The first event that is wanted."""
    async with asyncio.timeout(EVENT_SECONDS):
        while not wanted(event := await events.get()):
            pass
        return event


@asynccontextmanager
async def serving(
    data_dir: Path, *arguments: str, token: str = "", user: str | None = None
) -> AsyncIterator[Serving]:
    """Run `parley serve` on a free port for the block. `token`: where it prints none."""
    process = await asyncio.create_subprocess_exec(
        PARLEY,
        *("serve", "--port", "0", *arguments),
        env=environment(data_dir),
        stdout=PIPE,
        user=user,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            welcome = await _read_welcome(process)
            words = welcome.split()
            address = next(word[: -len(PATH)] for word in words if word.endswith(PATH))
            # It listens already; what comes in waits until the application is there.
            async with AsyncClient(timeout=START_SECONDS) as client:
                await client.get(f"{address}/health/live")
        printed = next((word for word in words if word.startswith("eyJ")), token)
        yield Serving(process, address, welcome, printed)
        if process.returncode is None:
            await _nothing_differed(address)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _nothing_differed(address: str) -> None:
    """What subscribers shared was the same for each of them."""
    async with AsyncClient(timeout=START_SECONDS) as client:
        metrics = (await client.get(f"{address}/metrics")).text
    assert "parley_group_differences_total 0.0" in metrics.splitlines()


async def _read_welcome(process: Process) -> str:
    assert process.stdout is not None, "it is piped"
    lines: list[str] = []
    async for line in process.stdout:
        lines.append(line.decode())
        if lines[-1].strip().startswith(LAST_LINES):
            return "".join(lines)
    raise AssertionError(f"it ended instead of serving: {''.join(lines)}")


async def run_parley(
    data_dir: Path, *arguments: str | Path, **settings: str
) -> tuple[int, str, str]:
    """Run a command to its end, with settings in its environment: status, output and errors."""
    process = await asyncio.create_subprocess_exec(
        PARLEY, *arguments, env=environment(data_dir) | settings, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(START_SECONDS):
        output, errors = await process.communicate()
    assert process.returncode is not None, "it has ended"
    return process.returncode, output.decode(), errors.decode()
