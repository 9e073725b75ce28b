"""The servers that are measured, each on core 0; everything else stays on core 1."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.seed import ensure_user
from benchmarks.faults.rig import TENANT, Rig, answering, free_port, rig
from models.database import Database
from models.tenants import Role
from realtime.bus import Bus
from realtime.posting import lock_conversation, post_message
from realtime.unit_of_work import UnitOfWork
from resolvers.conversations import taking_part
from schema.ids import IdType, decode_id

SERVER_CORE, OTHER_CORE = 0, 1
PEERS = Path(__file__).parent.parent / "peers" / "realtime"
TICKS = os.sysconf("SC_CLK_TCK")
USERS = 250
BODY = "x" * 100
SELECTED = "message { id seq kind body sentAt sender { id name } }"
PEER_QUERY = (
    "subscription ($id: ID!) { conversationEvents(conversationId: $id)"
    f" {{ __typename cursor at {SELECTED} }} }}"
)
PARLEY_QUERY = PEER_QUERY.replace(SELECTED, f"... on MessageAddedEvent {{ {SELECTED} }}")


@dataclass(frozen=True)
class Server:
    """A server that runs: where it listens, what its clients say, and what makes it tell.

    `publish` tells `count` events, and returns when it began, by the monotonic clock.
    """

    name: str
    port: int
    pid: int
    query: str
    publish: Callable[[int], Awaitable[float]]
    variables: dict[str, Any] = field(default_factory=lambda: {"id": "1"})
    tokens: tuple[str, ...] = ()

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def pin(pid: int, core: int) -> None:
    """Keep all threads of a process on a core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


@asynccontextmanager
async def peer(name: str, command: list[str]) -> AsyncIterator[Server]:
    """One of the other servers. `PORT` in its command is a free port."""
    port = free_port()
    arguments = [part.replace("PORT", str(port)) for part in command]
    process = await asyncio.create_subprocess_exec(*arguments, stdout=DEVNULL, stderr=DEVNULL)
    pin(process.pid, SERVER_CORE)
    url = f"http://127.0.0.1:{port}/publish?count="
    try:
        await answering(f"{url}0")
        async with httpx.AsyncClient(trust_env=False, timeout=120) as client:

            async def publish(count: int) -> float:
                began = time.monotonic()
                tasks.add(task := asyncio.create_task(client.get(f"{url}{count}")))
                task.add_done_callback(tasks.discard)
                await asyncio.sleep(0)
                return began

            tasks: set[asyncio.Task[Any]] = set()
            yield Server(name, port, process.pid, PEER_QUERY, publish)
            await asyncio.gather(*tasks)
    finally:
        await _end(process)


def uvicorn(application: str) -> list[str]:
    """How the servers in Python are started: as `parley serve` starts its own."""
    return [
        *(sys.executable, "-m", "uvicorn", f"benchmarks.fanout.peers:{application}"),
        *("--port", "PORT", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
        *("--ws-ping-interval", "3600", "--log-level", "critical", "--backlog", "2048"),
    ]


def node(script: str) -> list[str]:
    """How the servers on Node are started."""
    return ["node", str(PEERS / script), "PORT"]


@asynccontextmanager
async def parley() -> AsyncIterator[Server]:
    """Ours, with PostgreSQL and Valkey on the clients' core."""
    # The clients do not answer pings.
    settings = {"PARLEY_PING_INTERVAL_SECONDS": "3600"}
    async with rig(instances=1, settings=settings) as made:
        (program,) = made.apis
        assert program.process is not None, "it was started"
        pin(program.process.pid, SERVER_CORE)
        tokens = tuple([await made.token(f"user{number}") for number in range(USERS)])
        key = await _conversation(made, tokens[0])
        async with _writing(made, decode_id(IdType.CONVERSATION, key)) as publish:
            yield Server(
                name="Parley",
                port=int(program.arguments[-1]),
                pid=program.process.pid,
                query=PARLEY_QUERY,
                publish=publish,
                variables={"id": key},
                tokens=tokens,
            )


async def _conversation(made: Rig, token: str) -> str:
    query = 'mutation { createConversation(input: {title: "c"}) { conversation { id } } }'
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"http://{made.addresses[0]}/graphql",
            json={"query": query},
            headers={"authorization": f"Bearer {token}"},
        )
    key: str = answer.json()["data"]["createConversation"]["conversation"]["id"]
    return key


@asynccontextmanager
async def _writing(
    made: Rig, conversation_id: UUID
) -> AsyncIterator[Callable[[int], Awaitable[float]]]:
    """What writes messages as another process would: one commit, and then the bell.

    The time of the commit is not measured, since the others keep nothing.
    """
    writer = await ensure_user(made.servers.database_url, TENANT, "user0", Role.ADMIN)
    database, bus = Database(made.environment["DATABASE_URL"]), Bus(made.servers.redis_url)
    await database.connect()
    await bus.connect()

    async def publish(count: int) -> float:
        async with database.transaction(writer.tenant_id) as session:
            work = UnitOfWork(session, writer.tenant_id)
            conversation = await lock_conversation(work, conversation_id)
            assert conversation is not None, "it was made"
            sender = await taking_part(work, writer, conversation)
            for _ in range(count):
                await post_message(work, conversation, sender, BODY, attended=False)
        began = time.monotonic()
        await bus.ring(work.kept)
        return began

    try:
        yield publish
    finally:
        await bus.close()
        await database.close()


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
