"""Sockets whose token ends, and those that bring a new one in time."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.app.graphql.world import World

TICKS = 'subscription { ticks(channel: "a") { number cursor } }'


def tick(identifier: str, number: int) -> dict[str, Any]:
    data = {"ticks": {"number": number, "cursor": f"c{number}"}}
    return {"id": identifier, "type": "next", "payload": {"data": data}}


def soon(milliseconds: int) -> datetime:
    return datetime.now(UTC) + timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize("left", [-1000, 50])
async def test_the_token_expires(world: World, left: int) -> None:
    world.sign_in("token", "ada", soon(left))
    async with world.signed_in("token") as socket:
        with suppress(ConnectionClosed):
            await socket.subscribe("1", TICKS)
        assert await socket.closed() == (4403, "TOKEN_EXPIRED")
    await world.channels["a"].listeners(0)


async def test_a_new_token_prolongs_the_socket(world: World) -> None:
    world.sign_in("old", "ada", soon(60_000))
    world.sign_in("new", "ada", datetime(2100, 1, 1, tzinfo=UTC))
    world.sign_in("eternal", "ada")
    async with world.signed_in("old") as socket:
        await socket.subscribe("1", TICKS)
        await world.channels["a"].listeners(1)
        for token, until in (("new", "2100-01-01T00:00:00+00:00"), ("eternal", None)):
            await socket.send({"type": "ping", "payload": {"authorization": f"Bearer {token}"}})
            assert await socket.receive() == {"type": "pong", "payload": {"expiresAt": until}}
        await world.channels["a"].publish(1)
        assert await socket.receive() == tick("1", 1)
    assert world.contexts[-1].viewer == world.tokens["eternal"]


@pytest.mark.parametrize(
    ("token", "code"),
    [("other", "IDENTITY_CHANGED"), ("none", "UNAUTHENTICATED"), ("boom", "INTERNAL_ERROR")],
)
async def test_a_new_token_that_is_refused_changes_nothing(
    world: World, token: str, code: str
) -> None:
    world.sign_in("mine", "ada")
    world.sign_in("other", "bob")
    async with world.signed_in("mine") as socket:
        await socket.send({"type": "ping", "payload": {"authorization": f"Bearer {token}"}})
        answer = await socket.receive()
        assert (answer["type"], answer["payload"]["error"]["code"]) == ("pong", code)
        await socket.subscribe("1", "{ viewer }")
        assert (await socket.receive())["payload"] == {"data": {"viewer": "ada"}}


async def test_a_new_token_that_is_refused_does_not_prolong(world: World) -> None:
    world.sign_in("mine", "ada", soon(200))
    async with world.signed_in("mine") as socket:
        with suppress(ConnectionClosed):
            await socket.send({"type": "ping", "payload": {"authorization": "Bearer none"}})
        assert await socket.closed() == (4403, "TOKEN_EXPIRED")
