"""The typed Python client: generated from the SDL, and resuming while the server is killed."""

import asyncio
import filecmp
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from benchmarks.faults.rig import Rig, rig
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id

EXAMPLE = Path(__file__).parents[2] / "client-examples/python"
SCHEMA = EXAMPLE.parents[1] / "schema/schema.graphql"
GENERATOR = EXAMPLE / ".venv/bin/ariadne-codegen"
PATIENCE = 60
MESSAGES = 12

if not (EXAMPLE / "parley_client/generated").exists():
    pytest.skip("the typed client is not generated: make clients", allow_module_level=True)

sys.path.append(str(EXAMPLE))

from gql.transport.exceptions import TransportQueryError  # noqa: E402
from parley_client import Backoff, ParleyClient, connect, resume  # noqa: E402
from parley_client.generated import SendMessageInput  # noqa: E402


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

    async with connect(f"http://{made.addresses[0]}/graphql", given) as client:
        yield client


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


async def test_what_no_try_mends_is_raised(client: ParleyClient) -> None:
    with pytest.raises(TransportQueryError, match="cursor"):
        async with aclosing(resume(client, await town(client), "no cursor")) as events:
            await anext(events)
