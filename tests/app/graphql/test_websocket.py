"""The graphql-transport-ws subprotocol, message by message, through a real server."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed

from tests.app.graphql.world import Serve, World

TICKS = 'subscription { ticks(channel: "a") { number cursor } }'


def tick(identifier: str, number: int) -> dict[str, Any]:
    data = {"ticks": {"number": number, "cursor": f"c{number}"}}
    return {"id": identifier, "type": "next", "payload": {"data": data}}


def hello(identifier: str) -> list[dict[str, Any]]:
    payload = {"data": {"hello": "hello world"}}
    return [
        {"id": identifier, "type": "next", "payload": payload},
        {"id": identifier, "type": "complete"},
    ]


def reasons(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why sockets were closed or refused something, as operators read it."""
    return [str(log["reason"]) for log in logs]


def refusal(message: dict[str, Any]) -> tuple[str, str, str]:
    return message["type"], message["id"], message["payload"][0]["extensions"]["code"]


# Coming in.


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws", "nonsense"])
async def test_another_subprotocol(world: World, subprotocol: str | None) -> None:
    with capture_logs() as logs:
        async with world.dial(subprotocol=subprotocol) as socket:
            assert await socket.closed() == (4406, "Subprotocol not acceptable")
    assert reasons(logs) == ["Subprotocol not acceptable"]


async def test_no_init_in_time(serve: Serve) -> None:
    with capture_logs() as logs:
        async with serve(connection_init_seconds=0.01) as world, world.dial() as socket:
            assert await socket.closed() == (4408, "CONNECTION_INIT_TIMEOUT")
    assert reasons(logs) == ["CONNECTION_INIT_TIMEOUT"]


async def test_a_second_init(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_a_subscribe_before_the_init(world: World) -> None:
    with capture_logs() as logs:
        async with world.dial() as socket:
            await socket.subscribe("1", "{ hello }")
            assert await socket.closed() == (4401, "Unauthorized")
    assert world.contexts == []
    assert reasons(logs) == ["UNAUTHORIZED"]


async def test_a_refused_token(world: World) -> None:
    async with world.dial() as socket:
        await socket.send({"type": "connection_init", "payload": {"authorization": "Bearer x"}})
        assert await socket.closed() == (4403, "UNAUTHENTICATED: The token is not known.")


async def test_a_token_that_is_no_text(world: World) -> None:
    async with world.dial() as socket:
        await socket.send({"type": "connection_init", "payload": {"authorization": 7}})
        assert await socket.closed() == (4400, "BAD_REQUEST: authorization is a string.")


async def test_a_sign_in_that_fails_lets_the_client_come_back(world: World) -> None:
    with capture_logs() as logs:
        async with world.dial() as socket:
            payload = {"authorization": "Bearer boom"}
            await socket.send({"type": "connection_init", "payload": payload})
            assert await socket.closed() == (1013, "INTERNAL_ERROR")
    assert [log["event"] for log in logs] == ["websocket_sign_in_failed", "websocket_closed"]


async def test_the_viewer_of_the_token(world: World) -> None:
    world.sign_in("token", "ada")
    async with world.signed_in("token") as socket:
        await socket.subscribe("1", "{ viewer }")
        assert (await socket.receive())["payload"] == {"data": {"viewer": "ada"}}


# What is no message.


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "no json",
        "[]",
        "null",
        "{}",
        '{"type": "unknown"}',
        '{"type": "connection_ack"}',
        '{"type": 1}',
        '{"type": "ping", "payload": 1}',
        '{"type": "pong", "payload": []}',
        '{"type": "complete"}',
        '{"type": "complete", "id": 1}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "%s", "payload": {"query": "{ hello }"}}' % ("x" * 200),
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": 1}}',
        '{"type": "subscribe", "id": "1", "payload": [{"query": "{ hello }"}]}',
        "[" * 10_000,
        b"\x00\x01",
        b'{"type": "ping"}',
    ],
)
async def test_what_is_no_message(world: World, frame: str | bytes) -> None:
    with capture_logs() as logs:
        async with world.signed_in() as socket:
            await socket.connection.send(frame)
            code, reason = await socket.closed()
    assert code == 4400
    assert reason is not None and reason.startswith("BAD_REQUEST: ")
    assert [(log["event"], log["reason"]) for log in logs] == [
        ("websocket_closed", "INVALID_MESSAGE")
    ]


async def test_a_frame_beyond_the_limit(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.connection.send("x" * (world.limits.frame_bytes + 1))
        assert await socket.closed() == (1009, "FRAME_TOO_LARGE")


async def test_a_frame_beyond_what_the_server_reads(world: World) -> None:
    with capture_logs() as logs:
        async with world.signed_in() as socket:
            # uvicorn hangs up while the client still sends, so its close may be lost on the way.
            with suppress(ConnectionClosed):
                await socket.connection.send("x" * 10_000_000)
            code, _ = await socket.closed()
            assert code in {1006, 1009}
        await world.gone()
    assert [(log["code"], log["reason"]) for log in logs] == [(1009, "TOO_BIG")]
    async with world.signed_in() as socket:
        await socket.subscribe("1", "{ hello }")
        assert [await socket.receive() for _ in range(2)] == hello("1")


# Operations.


async def test_a_query_and_a_mutation(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", "{ hello }")
        assert [await socket.receive() for _ in range(2)] == hello("1")
        query = "mutation ($value: Int!) { store(value: $value) }"
        await socket.subscribe("2", query, variables={"value": 7})
        assert (await socket.receive())["payload"] == {"data": {"store": 7}}
    assert world.stored == [7]


async def test_a_subscription_from_its_start_to_the_end_of_its_source(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", TICKS)
        await world.channels["a"].listeners(1)
        for number in (1, 2):
            await world.channels["a"].publish(number)
            assert await socket.receive() == tick("1", number)
        await world.channels["a"].finish()
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_a_client_completes_one_of_two(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", TICKS)
        await socket.subscribe("2", TICKS)
        await world.channels["a"].listeners(2)
        await socket.send({"id": "1", "type": "complete"})
        await world.channels["a"].listeners(1)
        await world.channels["a"].publish(1)
        assert await socket.receive() == tick("2", 1)
        # The id is free again, and an id that is not in use may be completed as well.
        await socket.send({"id": "1", "type": "complete"})
        await socket.subscribe("1", "{ hello }")
        assert [await socket.receive() for _ in range(2)] == hello("1")


async def test_a_disconnect_ends_the_streams(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", TICKS)
        await world.channels["a"].listeners(1)
    await world.channels["a"].listeners(0)


async def test_no_task_outlives_its_socket(serve: Serve) -> None:
    others = asyncio.all_tasks()
    async with serve() as world:
        async with world.signed_in() as socket:
            await socket.subscribe("1", TICKS)
            await socket.subscribe("2", "{ slow }")
            await world.channels["a"].listeners(1)
            await world.slow.wait()
            assert world.registry.operation_count == 2
            await socket.send({"id": "2", "type": "complete"})
        await world.channels["a"].listeners(0)
        await world.gone()
        names = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - others}  # type: ignore[union-attr]
        assert not {name for name in names if name.startswith(("Operations", "Outbox", "Session"))}


async def test_a_duplicate_id(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", TICKS)
        await world.channels["a"].listeners(1)
        await socket.subscribe("1", "{ hello }")
        assert await socket.closed() == (4409, "Subscriber for 1 already exists")
    await world.channels["a"].listeners(0)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("", "BAD_REQUEST"),
        ("query A { hello } query B { hello }", "OPERATION_NOT_FOUND"),
        ("query ($n: String!) { hello(name: $n) }", "VARIABLES_INVALID"),
        ("subscription ($c: String!) { ticks(channel: $c) { number } }", "VARIABLES_INVALID"),
        ("subscription { refused { number } }", "FORBIDDEN"),
        ("{ strange }", "INTERNAL_ERROR"),
    ],
)
async def test_a_bad_operation_leaves_the_others(world: World, query: str, code: str) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("good", TICKS)
        await world.channels["a"].listeners(1)
        await socket.subscribe("bad", query)
        assert refusal(await socket.receive()) == ("error", "bad", code)
        await world.channels["a"].publish(1)
        assert await socket.receive() == tick("good", 1)
        await socket.subscribe("bad", "{ hello }")
        assert [await socket.receive() for _ in range(2)] == hello("bad")


async def test_a_field_error_is_part_of_a_result(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", "{ hello fails }")
        payload = (await socket.receive())["payload"]
        assert payload["data"] == {"hello": "hello world", "fails": None}
        assert payload["errors"][0]["message"] == "masked"
        assert (await socket.receive())["type"] == "complete"


async def test_a_source_that_breaks_ends_its_operation_with_an_error(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", "subscription { breaks(after: 1) { number } }")
        assert (await socket.receive())["payload"] == {"data": {"breaks": {"number": 0}}}
        assert refusal(await socket.receive()) == ("error", "1", "FORBIDDEN")


async def test_more_operations_than_a_socket_may_run(serve: Serve) -> None:
    async with serve(operations_per_socket=2) as world, world.signed_in() as socket:
        for identifier in "12":
            await socket.subscribe(identifier, TICKS)
        for identifier in "345":
            await socket.subscribe(identifier, TICKS)
            expected = ("error", identifier, "TOO_MANY_OPERATIONS")
            assert refusal(await socket.receive()) == expected
        await world.channels["a"].listeners(2)
        await socket.send({"id": "1", "type": "complete"})
        await world.channels["a"].listeners(1)
        await socket.subscribe("3", "{ hello }")
        assert [await socket.receive() for _ in range(2)] == hello("3")


async def test_ten_thousand_operations_on_one_socket(world: World) -> None:
    with capture_logs() as logs:
        await ten_thousand_operations(world)
    assert reasons(logs) == ["TOO_MANY_OPERATIONS"]


async def ten_thousand_operations(world: World) -> None:
    async with world.signed_in() as socket:
        limit = world.limits.operations_per_socket

        async def subscribe_all() -> None:
            for number in range(10_000):
                await socket.subscribe(str(number), TICKS)

        subscribing = asyncio.create_task(subscribe_all())
        refused = [refusal(await socket.receive()) for _ in range(10_000 - limit)]
        expected = [("error", str(n), "TOO_MANY_OPERATIONS") for n in range(limit, 10_000)]
        assert refused == expected
        await subscribing
        await world.channels["a"].listeners(limit)
    await world.channels["a"].listeners(0)


async def test_each_operation_and_each_event_has_a_context_of_its_own(world: World) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", TICKS)
        await world.channels["a"].listeners(1)
        for number in (1, 2):
            await world.channels["a"].publish(number)
            await socket.receive()
        await socket.subscribe("2", "{ hello }")
        await socket.receive()
    assert len({id(context) for context in world.contexts}) == 4


# Keep-alive.


@pytest.mark.parametrize("payload", [None, {}, {"a": [1]}])
async def test_a_ping_is_answered_with_its_payload(world: World, payload: Any) -> None:
    async with world.dial() as socket:
        await socket.send({"type": "ping", "payload": payload})
        answer = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
        assert await socket.receive() == answer


async def test_the_server_pings_and_closes_what_does_not_answer(serve: Serve) -> None:
    limits = {"ping_interval_seconds": 0.01, "pong_timeout_seconds": 1}
    with capture_logs() as logs:
        async with serve(**limits) as world, world.signed_in() as socket:
            for _ in range(2):
                assert await socket.receive() == {"type": "ping"}
                await socket.send({"type": "pong"})
            assert await socket.closed() == (4408, "PONG_TIMEOUT")
    assert reasons(logs) == ["PONG_TIMEOUT"]


async def test_a_pong_that_nobody_asked_for(world: World) -> None:
    async with world.dial() as socket:
        await socket.send({"type": "pong"})
        await socket.init()
        await socket.send({"type": "pong", "payload": {"a": 1}})
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
