"""Sockets whose clients read too slowly, or not at all."""

import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.app.graphql.world import Serve, World

SIZE = 100_000
TICKS = f'subscription {{ ticks(channel: "a") {{ cursor padding(size: {SIZE}) }} }}'
IMPATIENT: dict[str, Any] = {"stall_seconds": 0.1, "close_seconds": 60}


@asynccontextmanager
async def reluctant(world: World) -> AsyncIterator[ClientConnection]:
    """A signed-in client that takes a few kilobytes from the network, then only what is read."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    host, _, port = world.host.partition(":")
    raw.connect((host, int(port)))
    raw.setblocking(False)
    async with connect(
        world.socket_url,
        sock=raw,
        subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
        compression=None,
        ping_interval=None,
        max_queue=1,
        close_timeout=0.1,
    ) as connection:
        await connection.send('{"type": "connection_init"}')
        assert orjson.loads(await connection.recv()) == {"type": "connection_ack"}
        yield connection


async def subscribe(connection: ClientConnection, identifier: str, query: str = TICKS) -> None:
    message = {"id": identifier, "type": "subscribe", "payload": {"query": query}}
    await connection.send(orjson.dumps(message).decode())


async def rest(connection: ClientConnection) -> list[dict[str, Any]]:
    """All messages up to the close."""
    messages = []
    try:
        while True:
            messages.append(orjson.loads(await connection.recv()))
    except ConnectionClosed:
        return messages


async def test_one_that_falls_behind_is_told_where_to_resume(serve: Serve) -> None:
    async with serve(**IMPATIENT) as world, reluctant(world) as client:
        await subscribe(client, "1")
        await world.channels["a"].listeners(1)
        for number in range(200):
            await world.channels["a"].publish(number)
        await world.channels["a"].listeners(0)
        *results, error = await rest(client)
        cursors = [result["payload"]["data"]["ticks"]["cursor"] for result in results]
        assert cursors == [f"c{number}" for number in range(len(cursors))]
        assert 0 < len(cursors) < 200
        assert (error["type"], error["id"]) == ("error", "1")
        assert error["payload"][0]["extensions"] == {
            "code": "SLOW_CONSUMER",
            "cursor": cursors[-1],
        }
        assert (client.close_code, client.close_reason) == (1013, "SLOW_CONSUMER")
        await world.gone()
        assert world.registry.closed == {"SLOW_CONSUMER": 1}


async def test_answers_that_are_never_read_fill_the_queue(serve: Serve) -> None:
    async with serve(send_queue_frames=50, stall_seconds=60) as world, reluctant(world) as client:
        ping = orjson.dumps({"type": "ping", "payload": {"text": "x" * SIZE}}).decode()
        for _ in range(200):
            await client.send(ping)
        messages = await rest(client)
        assert {message["type"] for message in messages} == {"pong"}
        assert (client.close_code, client.close_reason) == (1013, "SLOW_CONSUMER")


async def test_one_that_never_reads_is_given_up(serve: Serve) -> None:
    with capture_logs() as logs:
        async with serve(stall_seconds=0.1, close_seconds=0.1) as world, reluctant(world) as client:
            await subscribe(client, "1")
            await world.channels["a"].listeners(1)
            for number in range(200):
                await world.channels["a"].publish(number)
            await world.channels["a"].listeners(0)
            await world.gone()
            assert world.registry.closed == {"SLOW_CONSUMER": 1}
            client.transport.abort()
    events = [(log["event"], log["reason"]) for log in logs]
    # It is told why, and then given up because it does not read that either.
    assert events == [
        ("websocket_closed", "SLOW_CONSUMER"),
        ("websocket_abandoned", "SLOW_CONSUMER"),
    ]


async def test_a_replay_goes_at_the_pace_of_its_client(serve: Serve) -> None:
    async with serve() as world, reluctant(world) as client:
        await subscribe(client, "1")
        await world.channels["a"].listeners(1)
        for number in range(100):
            await world.channels["a"].publish(number)
        await world.channels["a"].finish()
        for number in range(100):
            message = orjson.loads(await client.recv())
            assert message["payload"]["data"]["ticks"]["cursor"] == f"c{number}"
        assert orjson.loads(await client.recv()) == {"id": "1", "type": "complete"}
