"""The typed Python client: generated from the SDL, and resuming while the server is killed."""

import asyncio
import filecmp
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.graphql.errors import TransportCode
from benchmarks.faults.rig import Rig, rig
from resolvers.errors import Code
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id
from tests.client_examples.feeds import forget, turn

EXAMPLE = Path(__file__).parents[2] / "client-examples/python"
SCHEMA = EXAMPLE.parents[1] / "schema/schema.graphql"
GENERATOR = EXAMPLE / ".venv/bin/ariadne-codegen"
GUIDE = EXAMPLE.parents[1] / "docs/guides/client.md"
# A server that was killed has to come back within it, on the slowest machine.
PATIENCE = 180
MESSAGES = 12

if not (EXAMPLE / "parley_client/generated").exists():
    pytest.skip("the typed client is not generated: make clients", allow_module_level=True)

sys.path.append(str(EXAMPLE))

from gql.transport.exceptions import TransportQueryError  # noqa: E402
from parley_client import (  # noqa: E402
    Backoff,
    ParleyClient,
    TokenRefusedError,
    connect,
    endless,
    resume,
    resume_schedules,
)
from parley_client.generated import SendMessageInput  # noqa: E402
from parley_client.resuming import PASSING  # noqa: E402


@pytest.fixture(scope="module")
async def made() -> AsyncIterator[Rig]:
    """An installation with one API process."""
    async with rig(instances=1) as made:
        yield made


@pytest.fixture
async def client(made: Rig) -> AsyncIterator[ParleyClient]:
    token = await made.token("ana")

    async def given() -> str:
        return token

    async with connect(url_of(made), given) as client:
        yield client


def url_of(made: Rig) -> str:
    """Of the one API process."""
    return f"http://{made.addresses[0]}/graphql"


@dataclass(frozen=True)
class Told:
    """An event of no server."""

    cursor: str


async def town(client: ParleyClient) -> str:
    """A new conversation's id."""
    await client.create_conversation("Town")
    page = await client.conversations(first=1)
    found: str = page.conversations.nodes[0].id
    return found


async def send(client: ParleyClient, place: str, body: str) -> None:
    """Send until it is acknowledged; the server takes it once."""
    given = SendMessageInput(conversationId=place, body=body, clientMessageId=body)
    pause = Backoff(longest=1)
    while True:
        try:
            sent = await client.send_message(given)
        except Exception:
            await pause.wait()
        else:
            assert sent.send_message.user_errors == []
            return


def test_the_generated_client_is_not_stale(tmp_path: Path) -> None:
    if not GENERATOR.exists():
        pytest.skip("the generator is not installed: make clients")
    copy = tmp_path / "client-examples/python"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".venv", "generated"))
    (tmp_path / "schema").mkdir()
    shutil.copy(SCHEMA, tmp_path / "schema")
    subprocess.run([GENERATOR], cwd=copy, check=True, capture_output=True)

    places = [each / "parley_client/generated" for each in (EXAMPLE, copy)]
    compared = filecmp.dircmp(*places, ignore=["__pycache__"])
    assert (compared.diff_files, compared.left_only, compared.right_only) == ([], [], [])


async def test_it_reads_and_writes(client: ParleyClient) -> None:
    place = await town(client)
    await send(client, place, "hello")

    read = await client.messages(place, last=5)

    assert read.conversation is not None
    [message] = read.conversation.messages.nodes
    assert (message.body, message.sender and message.sender.name) == ("hello", "Ana")


async def test_the_program_in_the_guide_runs(made: Rig, client: ParleyClient) -> None:
    await town(client)
    program = GUIDE.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(compile(program, GUIDE, "exec"), names)

    async with asyncio.timeout(PATIENCE):
        assert await names["greet"](url_of(made), await made.token("ana")) == "Hello"


async def test_it_hears_everything_once_while_the_server_is_killed(
    made: Rig, client: ParleyClient
) -> None:
    place, heard = await town(client), []
    start = cursor_at(decode_id(IdType.CONVERSATION, place), 0)

    async def listen() -> None:
        async with aclosing(resume(client, place, start, backoff=Backoff(longest=1))) as events:
            async for event in events:
                if event.typename__ == "MessageAddedEvent":
                    heard.append(event.message.body)
                if len(heard) == MESSAGES:
                    return

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(listen())
        for each in range(MESSAGES):
            await send(client, place, f"message {each}")
            if each == MESSAGES // 3:
                group.create_task(made.kill_program(made.apis[0]))
    assert heard == [f"message {each}" for each in range(MESSAGES)]


async def test_it_goes_on_with_another_token_when_the_first_has_expired(
    made: Rig, client: ParleyClient
) -> None:
    place, asked, heard = await town(client), asyncio.Event(), []
    lifetimes = iter([timedelta(seconds=2)])

    async def token() -> str:
        if (short := next(lifetimes, None)) is not None:
            return await made.token("ana", short)
        asked.set()
        return await made.token("ana")

    async def listen(after: str) -> None:
        async with (
            connect(url_of(made), token) as expiring,
            aclosing(resume(expiring, place, after)) as events,
        ):
            async for event in events:
                if event.typename__ == "MessageAddedEvent":
                    heard.append(event.message.body)
                if len(heard) == 2:
                    return

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(listen(cursor_at(decode_id(IdType.CONVERSATION, place), 0)))
        await send(client, place, "before")
        # The server has closed the socket.
        await asked.wait()
        await send(client, place, "after")
    assert heard == ["before", "after"]


async def test_a_token_that_was_refused_is_not_sent_again(made: Rig) -> None:
    asked = []

    async def token() -> str:
        asked.append("once more")
        return "nonsense"

    async with connect(url_of(made), token) as client:
        with pytest.raises(TokenRefusedError):
            await anext(resume(client, "c"))
        with pytest.raises(TokenRefusedError):
            await client.conversations()
    async with connect(url_of(made), token) as client:
        with pytest.raises(TokenRefusedError):
            await client.conversations()
    assert len(asked) == 2 + 1 + 2


async def test_what_is_not_kept_is_told_and_fetched_anew(made: Rig, client: ParleyClient) -> None:
    token = await made.token("ana")
    old = await forget(made, url_of(made), token, await town(client))

    async with aclosing(resume(client, old.conversation_id, old.conversation_cursor)) as events:
        assert (await anext(events)).typename__ == "ResetEvent"
        await send(client, old.conversation_id, "after the reset")
        assert (await anext(events)).message.body == "after the reset"

    stale = (client, old.schedule_id, old.schedule_cursor)
    with pytest.raises(TransportQueryError, match="not kept"):
        await anext(resume_schedules(*stale))
    fetched = []

    async def refetch() -> None:
        fetched.append("once")

    changes = resume_schedules(*stale, refetch=refetch)
    heard = asyncio.create_task(anext(changes))
    async with asyncio.timeout(PATIENCE):
        # The protocol does not tell when a subscription has begun.
        while not heard.done():
            await turn(url_of(made), token, old.schedule_id)
    assert (await heard).schedule.id == old.schedule_id
    assert fetched == ["once"]
    await changes.aclose()


@pytest.mark.parametrize(
    ("place", "after", "message"),
    [(None, "no cursor", "cursor"), ("no id", None, "id"), (None, 5, "String")],
    ids=["BAD_CURSOR", "BAD_ID", "VARIABLES_INVALID"],
)
async def test_what_no_try_mends_is_raised(
    client: ParleyClient, place: str | None, after: str, message: str
) -> None:
    place = place or await town(client)
    async with aclosing(resume(client, place, after)) as events:
        with pytest.raises(TransportQueryError, match=message):
            await anext(events)


async def test_what_was_told_is_not_told_again() -> None:
    tries = iter([["a", "b", "c"], ["b", "c", "d"]])
    begun = []

    async def subscribe(after: str | None) -> AsyncIterator[Told]:
        begun.append(after)
        for cursor in next(tries):
            yield Told(cursor)

    events = endless(subscribe, lambda told: told, "a", backoff=Backoff(first=0, longest=0))
    heard = [(await anext(events)).cursor for _ in range(3)]

    assert (heard, begun) == (["b", "c", "d"], ["a", "c"])


def test_the_codes_that_pass_are_those_of_the_server() -> None:
    typescript = (EXAMPLE.parent / "typescript/src/endings.ts").read_text(encoding="utf-8")
    listed = typescript.partition("PASSING = new Set([")[2].partition("]")[0]

    assert set(re.findall(r"\w+", listed)) == PASSING
    assert {*Code, *TransportCode} >= PASSING
