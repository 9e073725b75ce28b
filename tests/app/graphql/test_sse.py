"""Server-sent events, through a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.app.graphql.world import Serve, World

TICKS = 'subscription { ticks(channel: "a") { number cursor lastEventId } }'
ACCEPT = {"accept": "text/event-stream"}


class Events:
    """The events of a response, one by one, as dictionaries of their fields."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, str]:
        event: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                return event
            name, _, value = line.partition(":")
            event[name] = value.strip()
        raise EOFError

    async def result(self) -> Any:
        event = await self.next()
        assert event["event"] == "next"
        return orjson.loads(event["data"])

    async def complete(self) -> None:
        assert await self.next() == {"event": "complete", "data": ""}
        await self.ended()

    async def ended(self) -> None:
        with pytest.raises(EOFError):
            await self.next()


@asynccontextmanager
async def streaming(
    world: World, query: str, method: str = "POST", **headers: str
) -> AsyncIterator[Events]:
    sent: dict[str, Any] = {"json": {"query": query}}
    if method == "GET":
        sent = {"params": {"query": query}}
    async with (
        world.client() as client,
        client.stream(method, "/graphql", headers={**ACCEPT, **headers}, **sent) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield Events(response)


def tick(number: int, last_event_id: str | None = None) -> dict[str, Any]:
    event = {"number": number, "cursor": f"c{number}", "lastEventId": last_event_id}
    return {"data": {"ticks": event}}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_subscription(world: World, method: str) -> None:
    async with streaming(world, TICKS, method) as events:
        await world.channels["a"].listeners(1)
        for number in (1, 2):
            await world.channels["a"].publish(number)
            event = await events.next()
            assert (event["event"], event["id"]) == ("next", f"c{number}")
            assert orjson.loads(event["data"]) == tick(number)
        await world.channels["a"].finish()
        await events.complete()


async def test_a_client_that_accepts_json_first(world: World) -> None:
    accept = "application/json, text/event-stream"
    async with streaming(world, TICKS, accept=accept):
        await world.channels["a"].listeners(1)
    async with world.client() as client:
        response = await client.post(
            "/graphql", json={"query": "{ hello }"}, headers={"accept": accept}
        )
    assert response.json() == {"data": {"hello": "hello world"}}


async def test_a_query_and_a_mutation(world: World) -> None:
    async with streaming(world, "{ hello }") as events:
        assert await events.result() == {"data": {"hello": "hello world"}}
        await events.complete()
    async with streaming(world, "mutation { store(value: 3) }") as events:
        assert await events.result() == {"data": {"store": 3}}
        await events.complete()
    assert world.stored == [3]


async def test_a_returning_client_says_where_it_was(world: World) -> None:
    async with streaming(world, TICKS, **{"last-event-id": "c7"}) as events:
        await world.channels["a"].listeners(1)
        await world.channels["a"].publish(8)
        assert await events.result() == tick(8, last_event_id="c7")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refused { number } }", "FORBIDDEN"),
        ("query ($n: String!) { hello(name: $n) }", "VARIABLES_INVALID"),
        ("{ strange }", "INTERNAL_ERROR"),
    ],
)
async def test_what_cannot_run_is_told_in_the_stream(world: World, query: str, code: str) -> None:
    async with streaming(world, query) as events:
        assert (await events.result())["errors"][0]["extensions"]["code"] == code
        await events.complete()
    await world.gone()


async def test_a_source_that_breaks(world: World) -> None:
    async with streaming(world, "subscription { breaks(after: 1) { number } }") as events:
        assert "data" in await events.result()
        assert (await events.result())["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        await events.complete()


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({"authorization": "Bearer wrong"}, b'{"query":"{hello}"}', 401, "UNAUTHENTICATED"),
        ({}, b"{", 400, "BAD_REQUEST"),
        ({}, b"{}", 400, "BAD_REQUEST"),
        ({"content-type": "text/plain"}, b'{"query":"{hello}"}', 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
async def test_what_is_no_request_never_becomes_a_stream(
    world: World, headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    headers = {"content-type": "application/json", **ACCEPT, **headers}
    async with world.client() as client:
        response = await client.post("/graphql", content=content, headers=headers)
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_a_disconnect_ends_the_source(world: World) -> None:
    async with streaming(world, TICKS):
        await world.channels["a"].listeners(1)
        assert [info.transport for info in world.registry.describe()] == ["sse"]
    await world.channels["a"].listeners(0)
    await world.gone()


async def test_silence_is_kept_alive(serve: Serve) -> None:
    async with serve(keep_alive_seconds=0.01) as world, streaming(world, TICKS) as events:
        for _ in range(3):
            assert await events.next() == {"": ""}


async def test_the_token_expires(world: World) -> None:
    world.sign_in("token", "ada", datetime.now(UTC) + timedelta(milliseconds=50))
    async with streaming(world, TICKS, authorization="Bearer token") as events:
        result = await events.result()
        assert result["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"
        await events.complete()
    await world.channels["a"].listeners(0)


async def test_a_restart_ends_the_stream_without_completing_it(serve: Serve) -> None:
    async with serve() as world, streaming(world, TICKS) as events:
        await world.channels["a"].listeners(1)
        await world.registry.drain(0)
        await events.ended()


async def test_streams_count_as_connections_of_their_viewer(serve: Serve) -> None:
    async with serve(sockets_per_viewer=1) as world, streaming(world, TICKS):
        await world.channels["a"].listeners(1)
        async with world.client() as client:
            response = await client.post("/graphql", json={"query": TICKS}, headers=ACCEPT)
        assert response.status_code == 429
        assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_SOCKETS"


async def test_a_client_that_does_not_read(serve: Serve) -> None:
    query = 'subscription { ticks(channel: "a") { padding(size: 1000000) } }'
    async with serve(stall_seconds=0.1, close_seconds=0.1) as world, streaming(world, query):
        await world.channels["a"].listeners(1)
        for number in range(50):
            await world.channels["a"].publish(number)
        await world.channels["a"].listeners(0)
        await world.gone()
        assert world.registry.closed["SLOW_CONSUMER"] == 1
