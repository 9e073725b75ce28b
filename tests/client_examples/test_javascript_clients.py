"""The clients in TypeScript against a real server: pages, subscriptions, and a server that dies."""

import asyncio
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.faults.rig import Rig, rig
from benchmarks.faults.run import conversations
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id

EXAMPLES = Path(__file__).parents[2] / "client-examples"
PROGRAMS = {
    "apollo": EXAMPLES / "apollo/dist/main.js",
    "urql": EXAMPLES / "urql/dist/main.js",
    "relay": EXAMPLES / "relay/dist/main.cjs",
}
LISTENER = EXAMPLES / "typescript/dist/listen.js"
PATIENCE = 60
MESSAGES = 12
PLACES = 5
SEND = """
    mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }
"""

if not all(path.exists() for path in (*PROGRAMS.values(), LISTENER)) or not shutil.which("node"):
    pytest.skip("the clients are not built: make clients (with npm)", allow_module_level=True)


@dataclass
class Town:
    """An installation with one API process, a user and some conversations."""

    made: Rig
    token: str
    places: list[str]

    @property
    def url(self) -> str:
        return f"http://{self.made.addresses[0]}/graphql"

    async def send(self, place: str, body: str) -> None:
        """Send until it is acknowledged; the server takes it once."""
        given: dict[str, Any] = {"conversationId": place, "body": body, "clientMessageId": body}
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:
            while True:
                try:
                    request = {"query": SEND, "variables": {"input": given}}
                    answer = (await client.post(self.url, json=request)).json()
                    if not answer.get("errors"):
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def town() -> AsyncIterator[Town]:
    async with rig(instances=1) as made:
        token = await made.token("ana")
        yield Town(made, token, await conversations(made.addresses[0], token, PLACES))


@asynccontextmanager
async def node(program: Path, *arguments: str) -> AsyncIterator[Process]:
    """A program in Node for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec("node", program, *arguments, stdout=PIPE)
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def line(process: Process, *starts: str) -> str:
    """The next line of the output that starts so."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        async for raw in process.stdout:
            text = raw.decode().strip()
            if text.startswith(starts):
                return text
    raise AssertionError(f"it ended before it said {starts}")


async def reads_all(client: Process) -> None:
    """It shows a page of two, and in the end all."""
    first = await line(client, "page:")
    assert len(set(first.removeprefix("page: ").split(", "))) == 2
    everything = await line(client, "all:")
    titles = set(everything.removeprefix("all: ").split(", "))
    assert titles == {f"Town {n}" for n in range(PLACES)}


async def all_hear(town: Town, clients: list[Process], word: str) -> None:
    """Write until each has heard: when its subscription has begun, only the server knows."""
    hearing = [asyncio.create_task(line(client, f"added: {word}")) for client in clients]
    for number in count():
        await town.send(town.places[0], f"{word} {number}")
        _, waiting = await asyncio.wait(hearing, timeout=0.5)
        if not waiting:
            break
    for task in hearing:
        await task


async def test_they_page_and_hear_what_comes_also_after_a_restart(town: Town) -> None:
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(node(program, town.url, town.token))
            for program in PROGRAMS.values()
        ]
        for client in clients:
            await reads_all(client)
        await all_hear(town, clients, "first")
        await town.made.kill_program(town.made.apis[0])
        await all_hear(town, clients, "after the restart")


async def test_the_wrapper_hears_everything_once_while_the_server_is_killed(town: Town) -> None:
    place = town.places[1]
    start = cursor_at(decode_id(IdType.CONVERSATION, place), 0)
    socket = town.url.replace("http", "ws", 1)
    async with (
        node(LISTENER, socket, town.token, place, start) as client,
        asyncio.TaskGroup() as group,
    ):
        for each in range(MESSAGES):
            await town.send(place, f"message {each}")
            if each == MESSAGES // 3:
                group.create_task(town.made.kill_program(town.made.apis[0]))
        heard = [await line(client, "Ana:") for _ in range(MESSAGES)]
    assert heard == [f"Ana: message {each}" for each in range(MESSAGES)]


async def test_the_wrapper_gives_up_what_no_try_mends(town: Town) -> None:
    socket = town.url.replace("http", "ws", 1)
    process = await asyncio.create_subprocess_exec(
        *("node", LISTENER, socket, town.token, town.places[0], "no cursor"), stderr=PIPE
    )
    async with asyncio.timeout(PATIENCE):
        _, errors = await process.communicate()
    assert b"BAD_CURSOR" in errors
    assert process.returncode == 1
