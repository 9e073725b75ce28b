"""Whatever is sent to the doors, they answer: no fault of ours, nothing unhandled in the log.

PARLEY_FUZZ says how many requests are made, 1,500 unless it does; a message on a socket is one.
"""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from starlette.types import ASGIApp, Message
from structlog.testing import capture_logs

from app.application import Application
from app.installation import Installation
from app.settings import Settings
from app.signin.tokens import Tokens
from models.base import now
from models.ids import new_id
from models.tenants import Role
from resolvers.context import Viewer
from schema.build import graphql_schema
from schema.ids import IdType, encode_id
from tests.app.fuzzing import Fuzzer, HttpRequest

REQUESTS = int(os.environ.get("PARLEY_FUZZ", "1500"))
SEED = int(os.environ.get("PARLEY_FUZZ_SEED", "1"))
FAULTS = ('"code":"INTERNAL"', '"code":"INTERNAL_ERROR"')
# How long a client stays that is not answered, as one that listens to silence is not.
PATIENCE = 0.02


@asynccontextmanager
async def started(app: ASGIApp) -> AsyncIterator[None]:
    """Run the application's lifespan around the block."""
    said: asyncio.Queue[Message] = asyncio.Queue()
    heard: asyncio.Queue[Message] = asyncio.Queue()
    task = asyncio.ensure_future(app({"type": "lifespan"}, said.get, heard.put))
    await said.put({"type": "lifespan.startup"})
    assert (await heard.get())["type"] == "lifespan.startup.complete"
    yield
    await said.put({"type": "lifespan.shutdown"})
    assert (await heard.get())["type"] == "lifespan.shutdown.complete"
    await task


def scope_of(kind: str, path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"parley.example"), *headers],
        "client": ("192.0.2.1", 1234),
        "server": ("parley.example", 80),
    }


async def answer_to(app: ASGIApp, request: HttpRequest) -> tuple[int, str]:
    """The status and body of the answer; a stream is left after its first event."""
    scope = scope_of("http", request.path, request.headers)
    scope |= {"method": request.method, "scheme": "http", "query_string": request.query}
    bodies, status, spoken = [request.body], 0, asyncio.Event()
    received: list[bytes] = []

    async def receive() -> Message:
        if bodies:
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}
        await _patiently(spoken)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            received.append(message.get("body", b""))
            spoken.set()

    await app(scope, receive, send)
    return status, b"".join(received).decode()


async def talk(app: ASGIApp, frames: list[str]) -> list[Message]:
    """Say all frames on a socket and leave; what the server said."""
    scope = scope_of("websocket", "/graphql", [])
    scope |= {"scheme": "ws", "subprotocols": ["graphql-transport-ws"]}
    heard: list[Message] = []
    spoken = asyncio.Event()
    sending: list[Message] = [{"type": "websocket.connect"}]
    sending += [{"type": "websocket.receive", "text": frame} for frame in frames]

    async def receive() -> Message:
        if sending:
            return sending.pop(0)
        await _patiently(spoken)
        return {"type": "websocket.disconnect", "code": 1005}

    async def send(message: Message) -> None:
        heard.append(message)
        if message["type"] == "websocket.close":
            spoken.set()

    await app(scope, receive, send)
    return heard


async def _patiently(event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await event.wait()
    except TimeoutError:
        pass


@pytest.fixture
async def application(
    tmp_path: Path, database_url: str, owner_url: str, redis_url: str
) -> AsyncIterator[Application]:
    installation = Installation(database_url, owner_url, redis_url, tmp_path / "keys.json")
    settings = Settings(worker=False, drain_seconds=0, data_dir=tmp_path)
    application = Application(installation, settings)
    async with started(application.asgi):
        yield application


@pytest.fixture
async def fuzzer(
    application: Application,
    tmp_path: Path,
    owner: "asyncpg.Pool[asyncpg.Record]",
    tenant: Any,
) -> Fuzzer:
    """Requests of an owner and an agent, who know a few ids."""
    tokens, credentials, ids = Tokens.from_file(tmp_path / "keys.json"), [], []
    for role in (Role.OWNER, Role.AGENT):
        viewer = Viewer(tenant, new_id(), role)
        await owner.execute(
            "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
            " VALUES ($1, $2, $3, $3, $4, now())",
            viewer.user_id,
            tenant,
            role.value.lower(),
            role.value,
        )
        credentials.append(tokens.issue(viewer, now(), timedelta(hours=1)))
        ids.append(encode_id(IdType.USER, viewer.user_id))
    made = await answer_to(application.asgi, _making_a_conversation(credentials[0]))
    ids.append(json.loads(made[1])["data"]["createConversation"]["conversation"]["id"])
    return Fuzzer(graphql_schema(), SEED, credentials=credentials, ids=ids)


def _making_a_conversation(credential: str) -> HttpRequest:
    query = 'mutation { createConversation(input: {title: "t"}) { conversation { id } } }'
    headers = {"content-type": "application/json", "authorization": f"Bearer {credential}"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return HttpRequest("POST", "/graphql", b"", raw, json.dumps({"query": query}).encode())


async def test_the_doors_answer_whatever_is_sent(
    application: Application, fuzzer: Fuzzer, caplog: pytest.LogCaptureFixture
) -> None:
    made, faults = 0, []
    with capture_logs() as lines, caplog.at_level(logging.ERROR):
        while made < REQUESTS:
            if fuzzer.random.random() < 0.1:
                frames = fuzzer.frames()
                made += len(frames)
                answer = str(await talk(application.asgi, frames))
                wrong = False
            else:
                frames = [str(fuzzed := fuzzer.http_request())]
                made += 1
                status, answer = await answer_to(application.asgi, fuzzed)
                wrong = not 200 <= status < 500
            if wrong or any(fault in answer for fault in FAULTS):
                faults.append((frames, answer))

    assert not faults
    assert not [line for line in lines if line["log_level"] in {"error", "critical"}]
    assert not caplog.records
    assert application.registry.connection_count == 0
