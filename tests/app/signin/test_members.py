"""Inviting, promoting, removing, and the trail that all this leaves."""

import asyncio
from typing import Any

import asyncpg
import pytest

from app.signin.operators import set_suspension, set_wallet_role
from models.database import Database
from models.tenants import Role
from resolvers.context import Viewer
from schema.ids import IdType, encode_id
from tests.app.signin.desk import Desk
from tests.app.signin.test_api_keys import REVOKE, ROLE, make_key
from tests.app.signin.test_sessions import ACCEPT, INVITE, REFRESH
from tests.tenants import slug_of

CHANGE = """
    mutation ($id: ID!, $role: Role!) {
        changeRole(input: {userId: $id, role: $role}) {
            member { role } userErrors { code field }
        }
    }
"""
REMOVE = """
    mutation ($id: ID!) {
        removeMember(input: {userId: $id}) { member { handle } userErrors { code field } }
    }
"""
MEMBERS = "{ members { totalCount nodes { handle role } } }"
INVITATIONS = "{ invitations { totalCount nodes { id handle } } }"
REVOKE_INVITATION = """
    mutation ($id: ID!) { revokeInvitation(input: {invitationId: $id}) { userErrors { code } } }
"""
TRAIL = """
    query ($actions: [AuditAction!]) {
        auditTrail(actions: $actions) {
            totalCount
            nodes { action address detail subjectId createdAt actor { handle } }
        }
    }
"""


def id_of(viewer: Viewer) -> str:
    return encode_id(IdType.USER, viewer.user_id)


async def invite(desk: Desk, token: str, handle: str = "ben", role: str = "AGENT") -> Any:
    given = {"handle": handle, "role": role}
    return (await desk.data(INVITE, token, input=given))["inviteMember"]


async def accept(desk: Desk, token: str, name: str | None = None) -> Any:
    return (await desk.data(ACCEPT, token=token, name=name))["acceptInvitation"]


@pytest.fixture
async def founder(desk: Desk) -> Viewer:
    """The owner of a fresh tenant."""
    return await desk.make_user(await desk.make_tenant(), Role.OWNER, "owner")


async def test_invited_person_becomes_a_member_once(desk: Desk, founder: Viewer) -> None:
    token = desk.token(founder)
    invited = await invite(desk, token)
    assert invited["invitation"]["invitedBy"] == {"handle": "owner"}
    assert (await desk.data(INVITATIONS, token))["invitations"]["totalCount"] == 1

    accepted = await accept(desk, invited["token"], "Ben")
    session = accepted["session"]
    assert await desk.data(ROLE, session["accessToken"]) == {"viewer": {"role": "AGENT"}}
    assert (await desk.data(INVITATIONS, token))["invitations"]["totalCount"] == 0
    handles = [node["handle"] for node in (await desk.data(MEMBERS, token))["members"]["nodes"]]
    assert handles == ["owner", "ben"]

    again = await accept(desk, invited["token"])
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": "token"}]
    taken = await invite(desk, token)
    assert taken["userErrors"] == [{"code": "CONFLICT", "field": "handle"}]


async def test_revoked_invitation_is_worth_nothing(desk: Desk, founder: Viewer) -> None:
    invited = await invite(desk, desk.token(founder))
    key = invited["invitation"]["id"]
    await desk.data(REVOKE_INVITATION, desk.token(founder), id=key)
    assert (await accept(desk, invited["token"]))["userErrors"][0]["code"] == "NOT_FOUND"
    again = await desk.data(REVOKE_INVITATION, desk.token(founder), id=key)
    assert again["revokeInvitation"]["userErrors"] == [{"code": "NOT_FOUND"}]


async def test_invitation_ends_with_its_time_and_with_who_gave_it(
    desk: Desk, founder: Viewer
) -> None:
    admin = await desk.make_user(founder.tenant_id, Role.ADMIN)
    first = await invite(desk, desk.token(founder), "late")
    second = await invite(desk, desk.token(admin), "orphan")
    third = await invite(desk, desk.token(await desk.make_user(founder.tenant_id, Role.ADMIN)), "x")
    await desk.owner.execute(
        "UPDATE invitations SET expires_at = now() WHERE handle = 'late' AND tenant_id = $1",
        founder.tenant_id,
    )
    await desk.data(REMOVE, desk.token(founder), id=id_of(admin))
    await desk.owner.execute(
        "UPDATE users SET role = 'AGENT' WHERE role = 'ADMIN' AND tenant_id = $1", founder.tenant_id
    )
    for invited in (first, second, third):
        assert (await accept(desk, invited["token"]))["userErrors"][0]["code"] == "NOT_FOUND"


async def test_removed_member_loses_everything_and_may_be_invited_again(
    desk: Desk, founder: Viewer
) -> None:
    token = desk.token(founder)
    accepted = await accept(desk, (await invite(desk, token))["token"])
    _, secret = await make_key(desk, accepted["session"]["accessToken"])
    await desk.data(REMOVE, token, id=accepted["userId"])
    for credential in (accepted["session"]["accessToken"], secret):
        assert await desk.code(ROLE, credential) == "UNAUTHENTICATED"
    refresh = accepted["session"]["refreshToken"]
    assert await desk.code(REFRESH, token=refresh) == "UNAUTHENTICATED"
    assert (await desk.data(MEMBERS, token))["members"]["totalCount"] == 1

    back = await accept(desk, (await invite(desk, token, role="VIEWER"))["token"])
    assert back["userId"] == accepted["userId"]
    viewer = await desk.data(ROLE, back["session"]["accessToken"])
    assert viewer == {"viewer": {"role": "VIEWER"}}
    for credential in (accepted["session"]["accessToken"], secret):
        assert await desk.code(ROLE, credential) == "UNAUTHENTICATED"


async def test_last_owner_stays(desk: Desk, founder: Viewer) -> None:
    token = desk.token(founder)
    removed = await desk.data(REMOVE, token, id=id_of(founder))
    assert removed["removeMember"]["userErrors"] == [{"code": "LAST_OWNER", "field": "userId"}]
    changed = await desk.data(CHANGE, token, id=id_of(founder), role="ADMIN")
    assert changed["changeRole"]["userErrors"] == [{"code": "LAST_OWNER", "field": "userId"}]
    kept = await desk.data(CHANGE, token, id=id_of(founder), role="OWNER")
    assert kept["changeRole"]["member"] == {"role": "OWNER"}


async def test_of_two_owners_who_remove_each_other_one_stays(desk: Desk, founder: Viewer) -> None:
    other = await desk.make_user(founder.tenant_id, Role.OWNER)
    # Known to the process, so that both pass the first check.
    tokens = [desk.token(founder), desk.token(other)]
    for token in tokens:
        await desk.data(ROLE, token)
    await asyncio.gather(
        desk.post(REMOVE, tokens[0], id=id_of(other)),
        desk.post(REMOVE, tokens[1], id=id_of(founder)),
    )
    count = "SELECT count(*) FROM users WHERE tenant_id = $1 AND removed_at IS NULL"
    assert await desk.owner.fetchval(count, founder.tenant_id) == 1


async def test_administrators_reach_no_higher_than_themselves(desk: Desk, founder: Viewer) -> None:
    token = desk.token(await desk.make_user(founder.tenant_id, Role.ADMIN))
    agent = await desk.make_user(founder.tenant_id)
    for result in (
        (await desk.data(CHANGE, token, id=id_of(agent), role="OWNER"))["changeRole"],
        (await desk.data(CHANGE, token, id=id_of(founder), role="AGENT"))["changeRole"],
        (await desk.data(REMOVE, token, id=id_of(founder)))["removeMember"],
        await invite(desk, token, role="OWNER"),
    ):
        assert result["userErrors"][0]["code"] == "FORBIDDEN"


async def test_trail_tells_who_did_what_from_where(desk: Desk, founder: Viewer) -> None:
    token = desk.token(founder)
    accepted = await accept(desk, (await invite(desk, token))["token"])
    session = accepted["session"]
    key, _ = await make_key(desk, session["accessToken"])
    await desk.data(REVOKE, token, id=key)
    await desk.data(CHANGE, token, id=accepted["userId"], role="VIEWER")
    await desk.data(REFRESH, token=session["refreshToken"])
    await desk.code(REFRESH, token=session["refreshToken"])
    await desk.data(REMOVE, token, id=accepted["userId"])

    trail = (await desk.data(TRAIL, token))["auditTrail"]
    told = [(node["action"], node["actor"]["handle"]) for node in trail["nodes"]]
    assert told == [
        ("MEMBER_REMOVED", "owner"),
        ("REFRESH_TOKEN_REUSED", "ben"),
        ("ROLE_CHANGED", "owner"),
        ("API_KEY_REVOKED", "owner"),
        ("API_KEY_CREATED", "ben"),
        ("SESSION_STARTED", "ben"),
        ("INVITATION_ACCEPTED", "ben"),
        ("MEMBER_INVITED", "owner"),
    ]
    assert {node["address"] for node in trail["nodes"]} == {"127.0.0.1"}
    assert trail["nodes"][2]["detail"] == {"before": "AGENT", "after": "VIEWER"}
    assert trail["nodes"][0]["subjectId"] == accepted["userId"]
    assert trail["nodes"][4]["subjectId"] == key
    some = await desk.data(TRAIL, token, actions=["ROLE_CHANGED", "MEMBER_REMOVED"])
    assert some["auditTrail"]["totalCount"] == 2

    agent = desk.token(await desk.make_user(founder.tenant_id))
    assert await desk.code(TRAIL, agent) == "FORBIDDEN"


async def test_operators_leave_a_trail_too(
    desk: Desk, founder: Viewer, owner_url: str, redis_url: str
) -> None:
    slug = slug_of(founder.tenant_id)
    assert await set_wallet_role(owner_url, slug, Role.VIEWER)
    assert await set_suspension(owner_url, redis_url, slug, suspended=True)
    assert await set_suspension(owner_url, redis_url, slug, suspended=False)
    rows = await desk.owner.fetch(
        "SELECT action, actor_id FROM audit WHERE tenant_id = $1 ORDER BY created_at, id",
        founder.tenant_id,
    )
    assert [row["action"] for row in rows] == [
        "WALLET_SIGN_UP_CHANGED",
        "TENANT_SUSPENDED",
        "TENANT_RESUMED",
    ]
    assert {row["actor_id"] for row in rows} == {None}
    assert not await set_wallet_role(owner_url, "no-such-tenant", None)
    assert not await set_suspension(owner_url, redis_url, "no-such-tenant", suspended=True)


@pytest.mark.parametrize("statement", ["UPDATE audit SET action = 'x'", "DELETE FROM audit"])
async def test_trail_cannot_be_changed(database: Database, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.reads.ask(statement)
