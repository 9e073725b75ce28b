"""Subscribers that resume after their cursor: our own, and npm's graphql-ws in a Node process."""

import asyncio
import json
import random
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from models.base import now

SUBSCRIPTION = """
    subscription ($conversation: ID!, $after: String) {
        conversationEvents(conversationId: $conversation, after: $after) {
            __typename cursor ... on MessageAddedEvent { message { id sentAt } }
        }
    }
"""
FIELD = "conversationEvents"
PROTOCOL = Subprotocol("graphql-transport-ws")
PAUSE_SECONDS = 0.25
OPEN_SECONDS = 10
SILENCE_SECONDS = 20
NODE_FOLDER = Path(__file__).parent


class Cut(Exception):  # noqa: N818 - it reads as what happened
    """The server ended the operation; its cursor goes on."""


@dataclass
class Reader:
    """One subscriber of one conversation, and all that it was told.

    `worst` is the longest time from a message's `sentAt` to its arrival, in seconds.
    """

    name: str
    conversation: str
    cursor: str | None = None
    heard: list[str] = field(default_factory=list)
    resets: int = 0
    connections: int = 0
    worst: float = 0.0
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    goal: int | None = None

    def came(self) -> None:
        """Count a connection."""
        self.connections += 1
        self.connected.set()

    def take(self, event: dict[str, Any]) -> None:
        """Keep an event."""
        self.cursor = event["cursor"]
        if event["__typename"] == "ResetEvent":
            self.resets += 1
        elif event["__typename"] == "MessageAddedEvent":
            self.heard.append(event["message"]["id"])
            delay = now() - datetime.fromisoformat(event["message"]["sentAt"])
            self.worst = max(self.worst, delay.total_seconds())
        self.check()

    def check(self) -> None:
        """Say when as much has come as is to come."""
        if self.goal is not None and len(self.heard) >= self.goal:
            self.settled.set()


async def follow(reader: Reader, addresses: Sequence[str], token: str) -> None:
    """Subscribe, and again after every cut, until cancelled."""
    while True:
        address = random.choice(addresses)
        with suppress(OSError, TimeoutError, WebSocketException, Cut):
            async with asyncio.timeout(OPEN_SECONDS):
                socket = await connect(
                    f"ws://{address}/graphql",
                    subprotocols=[PROTOCOL],
                    proxy=None,
                    # The server neither compresses nor needs to be pinged: two thousand readers
                    # share a processor with what they measure.
                    compression=None,
                    ping_interval=None,
                )
            async with socket:
                await _read(reader, socket, token)
        await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))


async def _read(reader: Reader, socket: ClientConnection, token: str) -> None:
    await _send(socket, "connection_init", payload={"authorization": f"Bearer {token}"})
    async with asyncio.timeout(OPEN_SECONDS):
        await socket.recv()
    reader.came()
    variables = {"conversation": reader.conversation, "after": reader.cursor}
    await _send(socket, "subscribe", "1", {"query": SUBSCRIPTION, "variables": variables})
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(SILENCE_SECONDS) as silence:
        while True:
            message = orjson.loads(await socket.recv(decode=False))
            silence.reschedule(loop.time() + SILENCE_SECONDS)
            match message["type"]:
                case "next":
                    if not message["payload"].get("data"):
                        raise Cut(message)
                    reader.take(message["payload"]["data"][FIELD])
                case "ping":
                    await _send(socket, "pong")
                case "error" | "complete":
                    raise Cut(message)


async def _send(
    socket: ClientConnection, kind: str, key: str | None = None, payload: Any = None
) -> None:
    message = {"type": kind}
    if key is not None:
        message["id"] = key
    if payload is not None:
        message["payload"] = payload
    await socket.send(json.dumps(message))


@asynccontextmanager
async def node_readers(
    readers: Sequence[Reader], addresses: Sequence[str], token: str
) -> AsyncIterator[None]:
    """Have the readers' subscriptions held by npm's graphql-ws, which reports what it hears.

    `npm ci` must have been run in this folder.
    """
    if not readers:
        yield
        return
    node = shutil.which("node")
    assert node is not None, "Node.js is needed for npm's graphql-ws"
    process = await asyncio.create_subprocess_exec(
        node, str(NODE_FOLDER / "readers.mjs"), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    task = {
        "addresses": list(addresses),
        "token": token,
        "query": SUBSCRIPTION,
        "field": FIELD,
        "readers": [{"conversation": each.conversation, "after": each.cursor} for each in readers],
    }
    process.stdin.write(json.dumps(task).encode() + b"\n")
    listening = asyncio.create_task(_report(process.stdout, readers))
    try:
        yield
    finally:
        process.kill()
        await process.wait()
        await listening


async def _report(lines: asyncio.StreamReader, readers: Sequence[Reader]) -> None:
    async for line in lines:
        report = json.loads(line)
        reader = readers[report["reader"]]
        if "event" in report:
            reader.take(report["event"])
        else:
            reader.came()
