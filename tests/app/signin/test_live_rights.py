"""Connections that are open when rights end."""

import asyncio
from datetime import timedelta

import pytest

from app.signin.operators import set_suspension
from models.tenants import Role
from realtime.revocation import Cause, Revocation
from schema.ids import IdType, encode_id
from tests.app.signin.desk import Desk
from tests.app.signin.test_api_keys import REVOKE, ROLE, make_key
from tests.tenants import slug_of

REMOVE = "mutation ($id: ID!) { removeMember(input: {userId: $id}) { userErrors { code } } }"
CHANGE = """
    mutation ($id: ID!) {
        changeRole(input: {userId: $id, role: VIEWER}) { member { role } userErrors { code } }
    }
"""
SEND = "subscription { messageAdded { id } }"
# Enough for a busy machine to open two sockets.
SHORT = timedelta(seconds=5)


async def test_revoked_key_cuts_its_sockets_and_no_others(desk: Desk) -> None:
    token = desk.token(await desk.make_user(await desk.make_tenant()))
    key, secret = await make_key(desk, token)
    async with desk.socket(secret) as cut, desk.socket(token) as kept:
        await cut.acknowledged()
        await kept.acknowledged()
        await desk.data(REVOKE, token, id=key)
        assert await cut.closed() == (4403, "KEY_REVOKED")
        await kept.send({"type": "ping"})
        assert (await kept.receive())["type"] == "pong"


@pytest.mark.parametrize(
    ("change", "reason"), [(REMOVE, "MEMBER_REMOVED"), (CHANGE, "ROLE_CHANGED")]
)
async def test_member_is_cut(desk: Desk, change: str, reason: str) -> None:
    tenant = await desk.make_tenant()
    admin, member = await desk.make_user(tenant, Role.ADMIN), await desk.make_user(tenant)
    async with desk.socket(desk.token(member)) as socket:
        await socket.acknowledged()
        await socket.subscribe(SEND)
        key = encode_id(IdType.USER, member.user_id)
        await desk.data(change, desk.token(admin), id=key)
        assert await socket.closed() == (4403, reason)


async def test_change_of_role_counts_at_once(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    admin, member = await desk.make_user(tenant, Role.ADMIN), await desk.make_user(tenant)
    token = desk.token(member)
    assert (await desk.data(ROLE, token))["viewer"]["role"] == "AGENT"
    await desk.data(CHANGE, desk.token(admin), id=encode_id(IdType.USER, member.user_id))
    assert (await desk.data(ROLE, token))["viewer"]["role"] == "VIEWER"


async def test_suspended_tenant_is_cut_and_refused_until_it_resumes(
    desk: Desk, owner_url: str, redis_url: str
) -> None:
    tenant, other = await desk.make_tenant(), await desk.make_tenant()
    token = desk.token(await desk.make_user(tenant))
    beside = desk.token(await desk.make_user(other))
    async with desk.socket(token) as socket, desk.socket(beside) as kept:
        await socket.acknowledged()
        await kept.acknowledged()
        assert await set_suspension(owner_url, redis_url, slug_of(tenant), suspended=True)
        assert await socket.closed() == (4403, "TENANT_SUSPENDED")
        await kept.send({"type": "ping"})
        assert (await kept.receive())["type"] == "pong"
    response = await desk.post(ROLE, token)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "TENANT_SUSPENDED"
    assert await set_suspension(owner_url, redis_url, slug_of(tenant), suspended=False)
    async with asyncio.timeout(60):
        while (await desk.post(ROLE, token)).status_code != 200:
            pass


async def test_other_processes_revocations_are_heard(desk: Desk) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    async with desk.socket(desk.token(viewer)) as socket:
        await socket.acknowledged()
        revocation = Revocation(Cause.SESSION_ENDED, viewer.tenant_id, viewer.user_id)
        assert await desk.application.runtime.bus.signal("revocations", revocation.encode())
        assert await socket.closed() == (4403, "SESSION_ENDED")


async def test_unreadable_signal_is_passed_over(desk: Desk) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    bus = desk.application.runtime.bus
    async with desk.socket(desk.token(viewer)) as socket:
        await socket.acknowledged()
        for wrong in ("{", "[]", '{"cause": "NEW_CAUSE"}'):
            assert await bus.signal("revocations", wrong)
        revocation = Revocation(Cause.KEY_REVOKED, viewer.tenant_id)
        assert await bus.signal("revocations", revocation.encode())
        assert await socket.closed() == (4403, "KEY_REVOKED")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE users SET removed_at = now() WHERE id = $1", "MEMBER_REMOVED"),
        ("UPDATE users SET role = 'VIEWER' WHERE id = $1", "ROLE_CHANGED"),
        (
            "UPDATE tenants SET suspended_at = now()"
            " WHERE id = (SELECT tenant_id FROM users WHERE id = $1)",
            "TENANT_SUSPENDED",
        ),
    ],
)
async def test_sweep_finds_what_was_not_signalled(desk: Desk, statement: str, reason: str) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    reception = desk.application._reception
    assert reception is not None
    async with desk.socket(desk.token(viewer)) as socket:
        await socket.acknowledged()
        await desk.owner.execute(statement, viewer.user_id)
        await reception.rights.sweep()
        assert await socket.closed() == (4403, reason)


async def test_socket_ends_with_its_token_unless_it_is_renewed(desk: Desk) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    async with (
        desk.socket(desk.token(viewer, SHORT)) as ends,
        desk.socket(desk.token(viewer, SHORT)) as renewed,
    ):
        await ends.acknowledged()
        await renewed.acknowledged()
        payload = {"authorization": f"Bearer {desk.token(viewer)}"}
        await renewed.send({"type": "ping", "payload": payload})
        answer = await renewed.receive()
        assert answer["type"] == "pong"
        assert "expiresAt" in answer["payload"]
        assert await ends.closed() == (4403, "TOKEN_EXPIRED")
        await renewed.send({"type": "ping"})
        assert (await renewed.receive())["type"] == "pong"


async def test_socket_takes_no_other_users_token(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    ana, ben = await desk.make_user(tenant), await desk.make_user(tenant)
    async with desk.socket(desk.token(ana)) as socket:
        await socket.acknowledged()
        payload = {"authorization": f"Bearer {desk.token(ben)}"}
        await socket.send({"type": "ping", "payload": payload})
        answer = await socket.receive()
        assert answer["payload"]["error"]["code"] == "IDENTITY_CHANGED"


async def test_gap_in_the_signals_makes_it_look(desk: Desk) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    reception = desk.application._reception
    assert reception is not None
    async with desk.socket(desk.token(viewer)) as socket:
        await socket.acknowledged()
        await desk.owner.execute(
            "UPDATE users SET removed_at = now() WHERE id = $1", viewer.user_id
        )
        reception.rights._maybe_missed()
        assert await socket.closed() == (4403, "MEMBER_REMOVED")
