"""Connections together: limits, administration, the drain before a restart."""

import asyncio

import pytest

from app.graphql.errors import Refused
from app.graphql.limits import Limits
from app.graphql.sockets import ConnectionInfo, SocketRegistry
from tests.app.graphql.world import Serve, World

TICKS = 'subscription Live { ticks(channel: "a") { number cursor } }'


async def test_connections_of_one_viewer_are_limited(serve: Serve) -> None:
    async with serve(sockets_per_viewer=1) as world:
        world.sign_in("ada", "ada")
        world.sign_in("bob", "bob")
        async with world.signed_in("ada"), world.signed_in("bob"), world.dial() as socket:
            payload = {"authorization": "Bearer ada"}
            await socket.send({"type": "connection_init", "payload": payload})
            assert await socket.closed() == (1013, "TOO_MANY_SOCKETS")
        await world.gone()
        async with world.signed_in("ada"):
            assert world.registry.connection_count == 1


async def test_all_connections_are_limited(serve: Serve) -> None:
    async with serve(sockets=1) as world, world.signed_in(), world.dial() as socket:
        assert await socket.closed() == (1013, "TOO_MANY_SOCKETS")


async def test_what_operators_see(world: World) -> None:
    await world.gone()
    world.sign_in("token", "ada")
    async with world.signed_in("token") as socket:
        await socket.subscribe("1", TICKS)
        await world.channels["a"].listeners(1)
        (info,) = world.registry.describe()
        assert (info.transport, info.identity, info.address) == ("websocket", "ada", "127.0.0.1")
        assert (info.operations, info.queued_bytes) == (("Live",), 0)
        assert (world.registry.connection_count, world.registry.operation_count) == (1, 1)
        async with world.dial():
            infos = world.registry.describe()
            assert sorted(str(info.identity) for info in infos) == ["None", "ada"]


async def test_the_connections_of_one_viewer_are_cut(world: World) -> None:
    world.sign_in("ada", "ada")
    world.sign_in("bob", "bob")
    async with world.signed_in("ada") as ada, world.signed_in("bob") as bob:
        await ada.subscribe("1", TICKS)
        await world.channels["a"].listeners(1)
        cut = world.registry.cut(lambda info: info.identity == "ada", "MEMBER_REMOVED")
        assert cut == 1
        assert await ada.closed() == (4403, "MEMBER_REMOVED")
        await world.channels["a"].listeners(0)
        await bob.subscribe("1", "{ hello }")
        assert (await bob.receive())["type"] == "next"


async def test_a_drain_ends_all_and_admits_nobody(serve: Serve) -> None:
    async with serve() as world:
        async with world.signed_in() as socket, world.dial() as silent:
            await socket.subscribe("1", TICKS)
            await socket.subscribe("2", TICKS)
            await world.channels["a"].listeners(2)
            await world.channels["a"].publish(7)
            assert {(await socket.receive())["id"] for _ in range(2)} == {"1", "2"}
            drained = asyncio.create_task(world.registry.drain(0.02))
            assert await socket.receive() == {
                "type": "ping",
                "payload": {"code": "SERVER_RESTARTING", "cursors": {"1": "c7", "2": "c7"}},
            }
            assert await socket.closed() == (1012, "SERVER_RESTARTING")
            assert await silent.closed() == (1012, "SERVER_RESTARTING")
            await drained
        assert world.registry.closed == {"SERVER_RESTARTING": 2}
        async with world.dial() as socket:
            assert await socket.closed() == (1013, "SERVER_RESTARTING")


async def test_a_drain_of_nothing() -> None:
    registry = SocketRegistry(Limits())
    await registry.drain(60)
    assert registry.draining


class Silent:
    """A connection that only counts."""

    operation_count = 0
    queued_bytes = 0

    def describe(self) -> ConnectionInfo:
        raise NotImplementedError

    def cut(self, code: str) -> None:
        raise NotImplementedError

    def restart(self) -> None:
        raise NotImplementedError


async def test_a_connection_that_was_refused_leaves_nothing_behind() -> None:
    registry = SocketRegistry(Limits(sockets_per_viewer=1))
    first, second = Silent(), Silent()
    for connection in (first, second):
        registry.add(connection)
    registry.identify(first, "ada")
    with pytest.raises(Refused, match="may hold 1"):
        registry.identify(second, "ada")
    registry.remove(second, "TOO_MANY_SOCKETS")
    registry.remove(second, "TOO_MANY_SOCKETS")
    registry.remove(first, "CONNECTION_CLOSED")
    registry.add(second)
    registry.identify(second, "ada")
    assert registry.closed == {"TOO_MANY_SOCKETS": 1, "CONNECTION_CLOSED": 1}
