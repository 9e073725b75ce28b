"""Administrators see who of their tenant is connected, and may close connections."""

import asyncio
from typing import Any

from models.tenants import Role
from tests.app.signin.desk import Desk

LIST = """
    query { connections { id transport user { id } address openedAt operations queuedBytes } }
"""
CLOSE = """
    mutation ($id: ID!) {
        closeConnection(input: {connectionId: $id}) { connectionId userErrors { code field } }
    }
"""
AUDIT = "{ auditTrail(first: 5) { nodes { action subjectId } } }"
FEED = "subscription Feed { messageAdded { id } }"


async def connections(desk: Desk, token: str, count: int) -> list[dict[str, Any]]:
    """What is listed as soon as so many are connected."""
    async with asyncio.timeout(60):
        while True:
            found: list[dict[str, Any]] = (await desk.data(LIST, token))["connections"]
            if len(found) == count:
                return found


async def test_connection_is_seen_and_closed(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    admin = desk.token(await desk.make_user(tenant, Role.ADMIN))
    member = desk.token(await desk.make_user(tenant))
    async with desk.socket(member) as socket:
        await socket.acknowledged()
        await socket.subscribe(FEED)
        (found,) = await connections(desk, admin, 1)
        assert (found["transport"], found["operations"]) == ("websocket", ["Feed"])
        assert found["queuedBytes"] == 0

        closed = (await desk.data(CLOSE, admin, id=found["id"]))["closeConnection"]
        assert closed == {"connectionId": found["id"], "userErrors": []}
        assert await socket.closed() == (4403, "CLOSED_BY_ADMINISTRATOR")
    await connections(desk, admin, 0)
    again = (await desk.data(CLOSE, admin, id=found["id"]))["closeConnection"]
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": "connectionId"}]
    [entry] = (await desk.data(AUDIT, admin))["auditTrail"]["nodes"]
    assert entry == {"action": "CONNECTION_CLOSED", "subjectId": found["user"]["id"]}


async def test_connections_of_other_tenants_are_neither_seen_nor_closed(desk: Desk) -> None:
    here, there = await desk.make_tenant(), await desk.make_tenant()
    admin = desk.token(await desk.make_user(there, Role.ADMIN))
    stranger = desk.token(await desk.make_user(here, Role.OWNER))
    async with desk.socket(admin) as socket:
        await socket.acknowledged()
        (found,) = await connections(desk, admin, 1)
        assert await connections(desk, stranger, 0) == []
        refused = (await desk.data(CLOSE, stranger, id=found["id"]))["closeConnection"]
        assert refused["userErrors"] == [{"code": "NOT_FOUND", "field": "connectionId"}]
        await socket.send({"type": "ping"})
        assert (await socket.receive())["type"] == "pong"
