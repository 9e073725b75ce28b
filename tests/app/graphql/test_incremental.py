"""`@defer` and `@stream` over each transport."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from tests.app.graphql.world import World

DEFERRED = '{ hello ... @defer(label: "later") { slow } }'
PARTS = {"accept": "multipart/mixed, application/json"}
FIRST = {
    "data": {"hello": "hello world"},
    "pending": [{"id": "0", "path": [], "label": "later"}],
    "hasNext": True,
}
SECOND = {
    "hasNext": False,
    "incremental": [{"data": {"slow": "done"}, "id": "0"}],
    "completed": [{"id": "0"}],
}


async def parts(response: httpx.Response) -> AsyncIterator[Any]:
    """The JSON of each part, as soon as it is there."""
    assert response.headers["content-type"] == 'multipart/mixed; boundary="-"'
    received = b""
    async for piece in response.aiter_raw():
        received += piece
        while received.startswith(b"\r\n---\r\n") and received.endswith(b"}"):
            head, _, body = received.partition(b"\r\n\r\n")
            assert head == b"\r\n---\r\nContent-Type: application/json; charset=utf-8"
            received = b""
            yield orjson.loads(body)
    assert received == b"\r\n-----\r\n"


async def test_deferred_parts_over_http(world: World) -> None:
    async with (
        world.client() as client,
        client.stream("POST", "/graphql", json={"query": DEFERRED}, headers=PARTS) as response,
    ):
        received = parts(response)
        assert await anext(received) == FIRST
        world.proceed.set()
        assert await anext(received) == SECOND
        assert [part async for part in received] == []


async def test_a_streamed_list_over_http(world: World) -> None:
    query = {"query": "{ numbers @stream(initialCount: 1) }"}
    async with (
        world.client() as client,
        client.stream("GET", "/graphql", params=query, headers=PARTS) as response,
    ):
        assert response.headers["cache-control"] == "no-store"
        first, *others = [part async for part in parts(response)]
    assert first["data"] == {"numbers": [1]}
    items = [item for part in others for step in part["incremental"] for item in step["items"]]
    assert items == [2, 3]


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "multipart/mixed;deferSpec=20220824, application/json"]
)
async def test_who_does_not_take_parts_gets_all_at_once(world: World, accept: str) -> None:
    world.proceed.set()
    async with world.client() as client:
        response = await client.post(
            "/graphql", json={"query": DEFERRED}, headers={"accept": accept}
        )
    assert response.json() == {"data": {"hello": "hello world", "slow": "done"}}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ hello }", {"data": {"hello": "hello world"}}),
        ("{ hello ... @defer(if: false) { numbers } }", None),
    ],
)
async def test_what_has_no_parts_is_plain_json(world: World, query: str, expected: object) -> None:
    async with world.client() as client:
        headers = {"accept": "multipart/mixed"}
        response = await client.post("/graphql", json={"query": query}, headers=headers)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == (expected or {"data": {"hello": "hello world", "numbers": [1, 2, 3]}})


async def test_errors_of_a_part_are_masked(world: World) -> None:
    masked = [{"message": "masked", "extensions": {"code": "INTERNAL_ERROR"}}]
    asked = {"query": "{ hello ... @defer { fails } node { name ... @defer { child { name } } } }"}
    async with (
        world.client() as client,
        client.stream("POST", "/graphql", json=asked, headers=PARTS) as response,
    ):
        _, *others = [part async for part in parts(response)]
    steps = [step for part in others for step in part.get("incremental", ())]
    assert [step["errors"] for step in steps if "errors" in step] == [masked]
    asked = {"query": "{ hello ... @defer { required } }"}
    async with (
        world.client() as client,
        client.stream("POST", "/graphql", json=asked, headers=PARTS) as response,
    ):
        _, *others = [part async for part in parts(response)]
    assert [step for part in others for step in part["completed"]] == [
        {"id": "0", "errors": masked}
    ]


async def test_a_request_error_has_no_parts(world: World) -> None:
    asked = {"query": "query ($n: String!) { hello(name: $n) ... @defer { slow } }"}
    async with world.client() as client:
        response = await client.post("/graphql", json=asked, headers=PARTS)
    assert response.json()["errors"][0]["extensions"]["code"] == "VARIABLES_INVALID"


async def test_deferred_parts_over_a_socket(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", DEFERRED)
        assert await socket.receive() == {"id": "1", "type": "next", "payload": FIRST}
        world.proceed.set()
        assert await socket.receive() == {"id": "1", "type": "next", "payload": SECOND}
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_deferred_parts_as_events(world: World) -> None:
    world.proceed.set()
    async with world.client() as client:
        headers = {"accept": "text/event-stream"}
        response = await client.post("/graphql", json={"query": DEFERRED}, headers=headers)
    events = response.text.split("\n\n")
    assert [event.partition("\n")[0] for event in events[:-1]] == [
        "event: next",
        "event: next",
        "event: complete",
    ]
    assert orjson.loads(events[1].partition("data: ")[2]) == SECOND
