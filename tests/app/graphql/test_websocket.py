"""The subprotocol, message by message."""

from typing import Any


async def test_query(world: Any) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", "{ hello }")
        assert await socket.receive() == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"hello": "hello world"}},
        }
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_subscription(world: Any) -> None:
    async with world.signed_in() as socket:
        await socket.subscribe("1", 'subscription { ticks(channel: "a") { number } }')
        await world.channels["a"].listeners(1)
        await world.channels["a"].publish(5)
        assert await socket.receive() == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"ticks": {"number": 5}}},
        }
        await socket.send({"id": "1", "type": "complete"})
        await world.channels["a"].listeners(0)


async def test_http(world: Any) -> None:
    async with world.client() as client:
        r = await client.post("/graphql", json={"query": "{ hello }"})
        assert r.json() == {"data": {"hello": "hello world"}}
        r = await client.post(
            "/graphql",
            json={"query": "{ hell }"},
            headers={"accept": "application/graphql-response+json"},
        )
        assert r.status_code == 400, r.text
