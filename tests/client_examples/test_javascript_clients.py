"""The clients in TypeScript against a real server: pages, subscriptions, and a server that dies."""

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.faults.rig import Rig, rig
from benchmarks.faults.run import conversations
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id
from tests.client_examples.feeds import forget, turn

EXAMPLES = Path(__file__).parents[2] / "client-examples"
PROGRAMS = {
    "apollo": EXAMPLES / "apollo/dist/main.js",
    "urql": EXAMPLES / "urql/dist/main.js",
    "relay": EXAMPLES / "relay/dist/main.cjs",
}
FOLLOWER = Path(__file__).with_name("listening.mjs")
LISTENER = EXAMPLES / "typescript/dist/listen.js"
# A server that was killed has to come back within it, on the slowest machine.
PATIENCE = 180
MESSAGES = 12
PLACES = 5
EVENTS = """
    subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after)
        { __typename cursor ... on MessageAddedEvent { message { body } } }
    }
"""
CHANGES = """
    subscription ($id: ID!, $after: String) { scheduleEvents(scheduleId: $id, after: $after)
        { cursor schedule { id } }
    }
"""
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

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

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
    process = await asyncio.create_subprocess_exec(
        "node", program, *arguments, stdin=PIPE, stdout=PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


@dataclass
class Follower:
    """The wrapper in a program of a test, which answers what it asks for."""

    process: Process

    async def line(self) -> dict[str, Any]:
        """What it tells next."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            told: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return told

    async def event(self) -> dict[str, Any]:
        """The next event."""
        event: dict[str, Any] = (await self.line())["event"]
        return event

    async def answers(self, question: str, answer: str) -> None:
        """Answer what it asks next."""
        assert await self.line() == {"asks": question}
        await self.replies(answer)

    async def replies(self, answer: str) -> None:
        """Answer what it has asked."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{answer}\n".encode())


@asynccontextmanager
async def following(town: Town, document: str, **variables: Any) -> AsyncIterator[Follower]:
    """The wrapper on a subscription, for the block."""
    arguments = (LISTENER.with_name("resume.js"), town.socket_url, document, json.dumps(variables))
    process = await asyncio.create_subprocess_exec(
        "node", FOLLOWER, *arguments, stdin=PIPE, stdout=PIPE
    )
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def bodies(told: list[dict[str, Any]]) -> list[str]:
    """The messages in what a follower told."""
    events = [each.get("event", {}) for each in told]
    return [event["message"]["body"] for event in events if "message" in event]


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


async def sends(client: Process, words: str) -> None:
    """It shows what is typed before it has waited for any answer, and sends it."""
    assert client.stdin is not None
    client.stdin.write(f"{words}\n".encode())
    assert await line(client, "shown:") == f"shown: {words}"
    assert await line(client, "sent:") == f"sent: {words}"


async def test_they_take_another_token_page_send_and_hear_what_comes_also_after_a_restart(
    town: Town,
) -> None:
    async with AsyncExitStack() as stack:
        by_name = {
            name: await stack.enter_async_context(node(program, town.url, "refused", town.token))
            for name, program in PROGRAMS.items()
        }
        clients = list(by_name.values())
        for client in clients:
            await reads_all(client)
        for name in ("apollo", "urql"):
            await sends(by_name[name], f"typed into {name}")
        await all_hear(town, clients, "first")
        await town.made.kill_program(town.made.apis[0])
        await all_hear(town, clients, "after the restart")


async def test_the_wrapper_hears_everything_once_while_the_server_is_killed(town: Town) -> None:
    place = town.places[1]
    start = cursor_at(decode_id(IdType.CONVERSATION, place), 0)
    async with (
        node(LISTENER, town.socket_url, town.token, place, start) as client,
        asyncio.TaskGroup() as group,
    ):
        for each in range(MESSAGES):
            await town.send(place, f"message {each}")
            if each == MESSAGES // 3:
                group.create_task(town.made.kill_program(town.made.apis[0]))
        heard = [await line(client, "Ana:") for _ in range(MESSAGES)]
    assert heard == [f"Ana: message {each}" for each in range(MESSAGES)]


async def test_the_wrapper_goes_on_with_another_token_when_the_first_has_expired(
    town: Town,
) -> None:
    place = town.places[2]
    start = cursor_at(decode_id(IdType.CONVERSATION, place), 0)
    async with following(town, EVENTS, id=place, after=start) as follower:
        await follower.answers("token", await town.made.token("ana", timedelta(seconds=2)))
        await town.send(place, "before")
        told = [await follower.line()]
        while "asks" not in told[-1]:
            told.append(await follower.line())
        # The server has closed the socket.
        await follower.replies(town.token)
        await town.send(place, "after")
        while len(bodies(told)) < 2:
            told.append(await follower.line())
    assert bodies(told) == ["before", "after"]


async def test_the_wrapper_does_not_send_a_refused_token_again(town: Town) -> None:
    async with following(town, EVENTS, id=town.places[2]) as follower:
        await follower.answers("token", "nonsense")
        await follower.answers("token", "nonsense")
        assert await follower.line() == {"ends": "TokenRefused"}


async def test_the_wrapper_begins_anew_after_a_reset(town: Town) -> None:
    old = await forget(town.made, town.url, town.token, town.places[3])

    async with following(
        town, EVENTS, id=old.conversation_id, after=old.conversation_cursor
    ) as follower:
        await follower.answers("token", town.token)
        assert (await follower.line())["event"]["__typename"] == "ResetEvent"
        await town.send(old.conversation_id, "after the reset")
        assert (await follower.line())["event"]["message"]["body"] == "after the reset"

    async with following(town, CHANGES, id=old.schedule_id, after=old.schedule_cursor) as follower:
        await follower.answers("token", town.token)
        await follower.answers("cursor", "")
        # Where there is no subscription there is no socket.
        await follower.answers("token", town.token)
        changed = asyncio.create_task(follower.event())
        # The protocol does not tell when a subscription has begun.
        while not changed.done():
            await turn(town.url, town.token, old.schedule_id)
        assert (await changed)["schedule"]["id"] == old.schedule_id


@pytest.mark.parametrize(
    ("variables", "code"),
    [({"after": "no cursor"}, "BAD_CURSOR"), ({"after": 5}, "VARIABLES_INVALID")],
    ids=["BAD_CURSOR", "VARIABLES_INVALID"],
)
async def test_the_wrapper_gives_up_what_no_try_mends(
    town: Town, variables: dict[str, Any], code: str
) -> None:
    async with following(town, EVENTS, id=town.places[0], **variables) as follower:
        await follower.answers("token", town.token)
        assert await follower.line() == {"ends": [code]}


async def test_the_wrapper_passes_its_own_tests() -> None:
    process = await asyncio.create_subprocess_exec(
        *("npm", "--prefix", EXAMPLES / "typescript", "--loglevel=error", "test"),
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
