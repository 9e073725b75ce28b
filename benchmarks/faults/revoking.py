"""How soon there is silence: members are removed while much is told to them.

The sockets are with one instance, and the removal is asked of the other.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.faults.readers import PROTOCOL, SUBSCRIPTION
from benchmarks.faults.rig import Rig
from benchmarks.faults.run import conversations
from benchmarks.faults.writers import SEND
from models.tenants import Role
from schema.ids import IdType, encode_id

REMOVE = """
    mutation ($input: RemoveMemberInput!) { removeMember(input: $input) { userErrors { code } } }
"""
EVERY = 0.01
"""Seconds between messages."""
GOAL = 0.1
PATIENCE = 300


@dataclass
class Member:
    """A member who listens. Times are monotonic seconds."""

    user_id: str
    token: str
    heard_at: float = 0.0
    closed_at: float = 0.0
    removed_at: float = 0.0
    close_code: int | None = None
    hears: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def silence(self) -> float:
        """From the answer to the removal to the last thing that was heard, seconds."""
        return max(0.0, self.heard_at - self.removed_at)

    @property
    def cut(self) -> float:
        """From the answer to the removal to the close of the socket, seconds."""
        return max(0.0, self.closed_at - self.removed_at)

    @property
    def fault(self) -> str | None:
        """What went wrong, if anything did."""
        if self.close_code != 4403:
            return f"closed with {self.close_code}"
        return f"heard {self.silence * 1000:.0f} ms later" if self.silence > GOAL else None


async def revoke(made: Rig, count: int, tell: Callable[[str], None]) -> list[str]:
    """Remove so many members one after the other; what went wrong, in words."""
    here, there = made.addresses
    token = await made.token("mayor")
    [place] = await conversations(here, token, 1)
    members = [await member(made, number) for number in range(count)]
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(
            base_url=f"http://{here}", headers=headers, timeout=PATIENCE, trust_env=False
        ) as client,
        listening(members, there, place),
        writing(client, place),
    ):
        for each in members:
            await each.hears.wait()
        for each in members:
            variables = {"input": {"userId": each.user_id}}
            answer = await client.post("/graphql", json={"query": REMOVE, "variables": variables})
            each.removed_at = time.monotonic()
            assert answer.json()["data"]["removeMember"]["userErrors"] == [], answer.text
            await each.gone.wait()
    for name, times in (
        ("last message heard", sorted(each.silence for each in members)),
        ("socket closed", sorted(each.cut for each in members)),
    ):
        middle, longest = times[len(times) // 2] * 1000, times[-1] * 1000
        tell(f"{name}: {middle:.1f} ms after the removal (median), {longest:.1f} ms (longest)")
    return [fault for each in members if (fault := each.fault) is not None]


async def member(made: Rig, number: int) -> Member:
    """A new member of the tenant."""
    viewer = await made.user(f"member {number}", Role.AGENT)
    return Member(encode_id(IdType.USER, viewer.user_id), made.token_of(viewer))


@asynccontextmanager
async def listening(members: list[Member], address: str, place: str) -> AsyncIterator[None]:
    """The members' sockets, while the block lasts."""
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        tasks = [group.create_task(listen(each, address, place)) for each in members]
        yield
        for task in tasks:
            task.cancel()


async def listen(member: Member, address: str, place: str) -> None:
    """Subscribe, and note when something is heard and when it is over."""
    socket = await connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None)
    async with socket:
        with suppress(ConnectionClosed):
            await read(member, socket, place)
        member.closed_at = time.monotonic()
        member.close_code = socket.close_code
        member.gone.set()


async def read(member: Member, socket: ClientConnection, place: str) -> None:
    """Until the socket is closed."""
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {member.token}"}}
    await socket.send(json.dumps(init))
    await socket.recv()
    asked = {"query": SUBSCRIPTION, "variables": {"conversation": place}}
    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
    async for message in socket:
        if json.loads(message)["type"] == "next":
            member.heard_at = time.monotonic()
            member.hears.set()


@asynccontextmanager
async def writing(client: httpx.AsyncClient, place: str) -> AsyncIterator[None]:
    """Somebody who writes all the time, while the block lasts."""

    async def write() -> None:
        while True:
            variables = {"input": {"conversationId": place, "body": "news"}}
            await client.post("/graphql", json={"query": SEND, "variables": variables})
            await asyncio.sleep(EVERY)

    task = asyncio.create_task(write())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
