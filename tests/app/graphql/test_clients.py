"""Public clients against the transports: what they do by themselves must fit."""

import asyncio

import pytest
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.app.graphql.world import Serve, World

TICKS = gql('subscription { ticks(channel: "a") { number } }')


async def test_queries_over_http(world: World) -> None:
    world.sign_in("token", "ada")
    headers = {"authorization": "Bearer token"}
    for transport in (
        HTTPXAsyncTransport(world.url, headers=headers),
        AIOHTTPTransport(world.url, headers=headers),
    ):
        async with Client(transport=transport, fetch_schema_from_transport=True) as session:
            assert await session.execute(gql("{ viewer }")) == {"viewer": "ada"}
            with pytest.raises(TransportQueryError, match="masked"):
                await session.execute(gql("{ fails }"))


async def test_everything_over_a_socket(world: World) -> None:
    world.sign_in("token", "ada")
    transport = WebsocketsTransport(
        world.socket_url, init_payload={"authorization": "Bearer token"}
    )
    async with Client(transport=transport) as session:
        assert await session.execute(gql("{ viewer }")) == {"viewer": "ada"}
        assert await session.execute(gql("mutation { store(value: 2) }")) == {"store": 2}
        with pytest.raises(TransportQueryError, match="Cannot query field"):
            await session.execute(gql("{ nothing }"))
        publishing = asyncio.create_task(publish(world, [1, 2, 3]))
        results = [result async for result in session.subscribe(TICKS)]
        assert results == [{"ticks": {"number": number}} for number in (1, 2, 3)]
        await publishing


async def test_a_client_that_stops_listening_completes_its_operation(world: World) -> None:
    async with Client(transport=WebsocketsTransport(world.socket_url)) as session:
        listening = session.subscribe(TICKS)
        first = asyncio.ensure_future(anext(listening))
        await world.channels["a"].listeners(1)
        await world.channels["a"].publish(1)
        assert await first == {"ticks": {"number": 1}}
        await listening.aclose()
        await world.channels["a"].listeners(0)
        assert await session.execute(gql("{ viewer }")) == {"viewer": "nobody"}


async def publish(world: World, numbers: list[int]) -> None:
    """Publish to the one who listens, then end the stream."""
    await world.channels["a"].listeners(1)
    for number in numbers:
        await world.channels["a"].publish(number)
    await world.channels["a"].finish()


async def test_a_client_that_is_pinged_stays(serve: Serve) -> None:
    async with serve(ping_interval_seconds=0.01, pong_timeout_seconds=5) as world:
        transport = WebsocketsTransport(world.socket_url)
        async with Client(transport=transport) as session:
            for _ in range(3):
                await transport.ping_received.wait()
                transport.ping_received.clear()
            assert await session.execute(gql("{ viewer }")) == {"viewer": "nobody"}


async def test_a_refused_token_closes_the_client(world: World) -> None:
    transport = WebsocketsTransport(
        world.socket_url, init_payload={"authorization": "Bearer wrong"}
    )
    with pytest.raises(TransportConnectionFailed, match="ConnectionClosed"):
        async with Client(transport=transport):
            pass
