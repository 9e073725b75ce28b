"""`parley serve` as a newcomer runs it, with the operations that README.md shows.

One server is shared by the tests that leave it running. The first test wants it fresh.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import orjson
import pytest

from app.embedded import EmbeddedServers
from app.embedded.locks import is_free
from models.base import now
from schema.build import sdl
from tests.app import readme
from tests.app.serving import Serving, ask, first, hearing, run_parley, serving
from tests.house.source import first_cells
from tests.installations import PARLEY

SAMPLE = Path(__file__).parents[1] / "samples/whatsapp-ios-export.zip"
CONVERSATION = "{ conversations(first: 1) { nodes { id lastMessage { body } } } }"
SEND = """
mutation Send($conversation: ID!, $body: String!) {
  sendMessage(input: {conversationId: $conversation, body: $body}) { userErrors { code } }
}
"""
SCHEDULE = """
mutation Schedule($conversation: ID!, $body: String!, $at: DateTime!) {
  createSchedule(input: {conversationId: $conversation, body: $body, sendAt: $at}) {
    schedule { id } userErrors { code }
  }
}
"""
AREAS = """
{
  contacts { nodes { identities { value } } }
  recipientGroups { nodes { size } }
  templates { nodes { name } }
  labels { name }
  devices { nodes { kind state } }
  schedules { nodes { recurrence recipientGroup { name } } }
}
"""
SCHEDULES = """
subscription { scheduleEvents { kind schedule { body status deliveryCounts { status count } } } }
"""


@pytest.fixture(scope="module")
async def parley(place: Path) -> AsyncIterator[Serving]:
    """A server with the demo tenant, for tests that leave it running."""
    async with serving(place / "shared", "--demo") as running:
        yield running


@pytest.fixture
def ordinary_user() -> str:
    """Somebody else than root, whom root can become to run Parley."""
    if os.geteuid() != 0:
        pytest.skip("this is an ordinary user: the other tests show it")
    user = "nobody"
    with suppress(PermissionError, subprocess.CalledProcessError):
        subprocess.run([PARLEY, "--help"], user=user, stdout=subprocess.DEVNULL, check=True)
        return user
    pytest.skip(f"Python or the checkout lies where {user} may not enter")


async def conversation(parley: Serving) -> tuple[str, str]:
    """The most recently active conversation: its id and its last message."""
    async with parley.over_http() as session:
        answer = await ask(session, CONVERSATION)
    (found,) = answer["conversations"]["nodes"]
    return found["id"], found["lastMessage"]["body"]


async def send(parley: Serving, body: str) -> None:
    """Send a message to the most recently active conversation."""
    key, _ = await conversation(parley)
    async with parley.over_http() as session:
        answer = await ask(session, SEND, conversation=key, body=body)
    assert answer["sendMessage"]["userErrors"] == []


async def test_readme_shows_what_a_client_gets(parley: Serving) -> None:
    async with parley.over_http() as http, parley.over_socket() as socket:
        latest = await ask(http, readme.operation("Latest"))
        assert readme.masked(latest, "id") == readme.masked(readme.answer("conversations"), "id")

        (found,) = latest["conversations"]["nodes"]
        async with hearing(
            socket, readme.operation("Live"), knock=lambda: send(parley, "Knock")
        ) as events:
            sent = await ask(http, readme.operation("Send"), conversation=found["id"])
            shown = readme.answer("sendMessage")
            assert readme.masked(sent, "id", "sentAt") == readme.masked(shown, "id", "sentAt")

            heard = await first(events, lambda event: event["messageAdded"]["body"] != "Knock")
            assert heard == readme.answer("messageAdded")


async def test_readme_shows_what_the_terminal_says(parley: Serving) -> None:
    shown = readme.block("text", "Parley serves").replace("http://127.0.0.1:8000", parley.address)

    assert parley.welcome.strip() == shown.replace("eyJ0eXAi…", parley.token).strip()


async def test_demo_shows_something_of_every_area(parley: Serving) -> None:
    async with parley.over_http() as session:
        answer = await ask(session, AREAS)

    (group,), (device,) = answer["recipientGroups"]["nodes"], answer["devices"]["nodes"]
    assert group["size"] == len(answer["contacts"]["nodes"]) == 4
    assert all(contact["identities"] for contact in answer["contacts"]["nodes"])
    assert device == {"kind": "LOOPBACK", "state": "CONNECTED"}
    assert answer["templates"]["nodes"] and answer["labels"]
    waiting = [each for each in answer["schedules"]["nodes"] if each["recipientGroup"]]
    assert sorted(each["recurrence"] or "" for each in waiting) == ["", "FREQ=WEEKLY"]


async def test_pages_are_told_where_the_documentation_is(parley: Serving) -> None:
    async with httpx.AsyncClient(base_url=parley.address, timeout=60) as client:
        told = (await client.get("/web/config.json")).json()["docs"]
        page = await client.get(told or "/docs")
    assert ("make docs" in page.text) is (told is None)


async def test_readme_shows_what_curl_gets(parley: Serving) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = readme.block("sh", "curl").replace("http://127.0.0.1:8000", parley.address)

    curl = await asyncio.create_subprocess_shell(
        command, env=os.environ | {"TOKEN": parley.token}, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await curl.communicate()

    assert orjson.loads(answer)["data"] == readme.answer("data")["data"]


async def test_without_a_token_only_page_health_and_metrics_answer(parley: Serving) -> None:
    async with httpx.AsyncClient(base_url=parley.address, timeout=60) as client:
        refused = await client.post("/graphql", json={"query": "{ viewer { id } }"})
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

        page = await client.get("/graphql", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")

        assert (await client.get("/health/live")).json() == {"status": "ok"}
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ok")
        metrics = await client.get("/metrics")
        assert "\nparley_redis_listening 1.0\n" in metrics.text
        names = re.findall(r"^# TYPE (\w+)(?<!_created) ", metrics.text, re.MULTILINE)
        assert sorted(names) == sorted(first_cells("operations.md", "Metrics"))


async def test_schedule_is_sent_when_it_is_due_and_tells(parley: Serving) -> None:
    key, _ = await conversation(parley)

    async with parley.over_http() as http, parley.over_socket() as socket:

        async def schedule(body: str, *waits: timedelta) -> None:
            """For the first of these times that is not past when the server reads it."""
            for wait in waits:
                at = (now() + wait).isoformat()
                answer = await ask(http, SCHEDULE, conversation=key, body=body, at=at)
                if answer["createSchedule"]["userErrors"] == []:
                    return
            raise AssertionError(answer)

        async with hearing(
            socket, SCHEDULES, knock=lambda: schedule("Knock", timedelta(days=300))
        ) as events:
            await schedule("On time", timedelta(seconds=1), timedelta(seconds=30))
            told = await first(
                events,
                lambda event: (
                    event["scheduleEvents"]["kind"] == "SCHEDULE_PROGRESS"
                    and event["scheduleEvents"]["schedule"]["body"] == "On time"
                ),
            )

    assert told["scheduleEvents"]["schedule"] == {
        "body": "On time",
        "status": "COMPLETED",
        "deliveryCounts": [{"status": "SENT", "count": 1}],
    }
    assert await conversation(parley) == (key, "On time")


async def test_processes_hear_each_other_and_end_apart(parley: Serving, place: Path) -> None:
    async with serving(place / "shared", "--workers", "2", token=parley.token) as second:
        async with (
            second.over_socket() as socket,
            hearing(
                socket, readme.operation("Live"), knock=lambda: send(parley, "Knock")
            ) as events,
        ):
            await send(parley, "From the other process")
            await first(
                events, lambda event: event["messageAdded"]["body"] == "From the other process"
            )

        async with second.bare_socket() as bare:
            assert await second.stop() == 0
            await bare.wait_closed()
            assert bare.close_code == 1012

    await send(parley, "Still here")


async def test_import_twice_adds_nothing_the_second_time(parley: Serving, place: Path) -> None:
    async def bring() -> list[int]:
        """How many messages were added, how many were there, how many lines were rejected."""
        command = ("import", SAMPLE, "--tenant", "campers", "--timezone", "Europe/Rome")
        status, output, errors = await run_parley(place / "shared", *command)
        assert (status, errors) == (0, "")
        return [int(number) for number in re.findall(r"\d+", output)[:3]]

    added, known, rejected = await bring()

    assert added > 0
    assert await bring() == [0, added + known, rejected]


async def test_import_of_no_chat_says_so_in_one_line(parley: Serving, place: Path) -> None:
    file = place / "shopping.txt"
    file.write_text("milk\nbread\n")

    status, output, errors = await run_parley(place / "shared", "import", file)

    assert (status, output) == (1, "")
    assert errors.startswith("parley: shopping.txt: No line of the file starts with a date")
    assert errors.endswith("(NOT_A_CHAT)\n")
    assert errors.count("\n") == 1


async def test_an_address_that_is_none_is_named_and_not_repeated(place: Path) -> None:
    status, output, errors = await run_parley(place, "doctor", REDIS_URL="hunter2@cache")

    assert (status, output) == (1, "")
    assert errors.startswith("parley: the setting REDIS_URL: ")
    assert "redis://" in errors
    assert "hunter2" not in errors


async def test_other_commands(parley: Serving, place: Path) -> None:
    data_dir = place / "shared"
    token, schema, doctor = await asyncio.gather(
        run_parley(data_dir, "token", "--tenant", "readers", "--user", "eve", "--role", "viewer"),
        run_parley(data_dir, "schema"),
        run_parley(data_dir, "doctor"),
    )

    assert schema[:2] == (0, sdl())
    assert doctor[0] == 0, doctor
    assert [line.split()[0] for line in doctor[1].splitlines()] == ["ok"] * 5
    assert token[0] == 0, token
    headers = {"Authorization": f"Bearer {token[1].strip()}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        answer = await client.post(
            f"{parley.address}/graphql",
            json={"query": "{ viewer { role user { handle } tenant { slug } } }"},
        )
    assert answer.json()["data"]["viewer"] == {
        "role": "VIEWER",
        "user": {"handle": "eve"},
        "tenant": {"slug": "readers"},
    }


async def test_killed_server_is_started_again_and_nothing_is_lost(demo_dir: Path) -> None:
    async with serving(demo_dir, "--demo") as killed:
        await send(killed, "Committed")
        database = _postmaster(demo_dir)
        killed.process.kill()
        assert await killed.process.wait() == -signal.SIGKILL

    async with serving(demo_dir, "--demo") as restarted:
        assert _postmaster(demo_dir) == database, "the servers of the killed process are adopted"
        assert (await conversation(restarted))[1] == "Committed"
        assert await restarted.stop() == 0

    assert is_free(demo_dir / "postgres.lock")
    assert is_free(demo_dir / "valkey.lock")
    with pytest.raises(OSError):
        await asyncpg.connect(EmbeddedServers(demo_dir).database_url)


async def test_without_redis_it_is_degraded_and_not_dead(demo_dir: Path) -> None:
    async with (
        serving(demo_dir, "--demo") as parley,
        httpx.AsyncClient(base_url=parley.address, timeout=60) as client,
        parley.over_socket() as socket,
        hearing(socket, readme.operation("Live"), knock=lambda: send(parley, "Knock")) as events,
    ):
        os.kill(int((demo_dir / "valkey/valkey.pid").read_text()), signal.SIGKILL)
        async with asyncio.timeout(60):
            status = "ok"
            while status == "ok":
                ready = await client.get("/health/ready")
                status = ready.json()["status"]
        assert (ready.status_code, status) == (200, "degraded")
        assert ready.json()["redis"] == "unreachable"

        await send(parley, "Without Redis")
        assert (await conversation(parley))[1] == "Without Redis"
        await first(events, lambda event: event["messageAdded"]["body"] == "Without Redis")


async def test_an_ordinary_user_can_serve(place: Path, ordinary_user: str) -> None:
    data_dir = place / "ordinary"
    data_dir.mkdir(mode=0o700)
    shutil.chown(data_dir, ordinary_user)

    async with serving(data_dir, "--demo", user=ordinary_user) as parley:
        await send(parley, "Hello")
        assert (data_dir / "postgres").owner() == ordinary_user


def _postmaster(data_dir: Path) -> int:
    """The process id of the PostgreSQL that runs there."""
    return int((data_dir / "postgres/postmaster.pid").read_text().splitlines()[0])
