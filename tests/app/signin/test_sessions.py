"""Sessions: refreshing, stolen refresh tokens, signing out."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.tenants import Role
from resolvers.identity.secrets import SecretKind, make_secret
from schema.ids import IdType, decode_id
from tests.app.signin.desk import Desk
from tests.app.signin.test_api_keys import ROLE

INVITE = """
    mutation ($input: InviteMemberInput!) {
        inviteMember(input: $input) {
            invitation { id handle role invitedBy { handle } } token userErrors { code field }
        }
    }
"""
ACCEPT = """
    mutation ($token: String!, $name: String) {
        acceptInvitation(input: {token: $token, name: $name}) {
            userId session { accessToken refreshToken } userErrors { code field }
        }
    }
"""
REFRESH = """
    mutation ($token: String!) {
        refreshSession(input: {refreshToken: $token}) {
            session { accessToken refreshToken accessExpiresAt expiresAt }
        }
    }
"""
SIGN_OUT = """
    mutation ($everywhere: Boolean!) {
        signOut(input: {everywhere: $everywhere}) { userErrors { code field } }
    }
"""


async def joined(desk: Desk, handle: str = "ana") -> Any:
    """A fresh tenant's fresh member: `userId` and `session`."""
    owner = desk.token(await desk.make_user(await desk.make_tenant(), Role.OWNER))
    given = {"handle": handle, "role": "AGENT"}
    invited = (await desk.data(INVITE, owner, input=given))["inviteMember"]
    return (await desk.data(ACCEPT, token=invited["token"]))["acceptInvitation"]


async def refreshed(desk: Desk, token: str) -> Any:
    return (await desk.data(REFRESH, token=token))["refreshSession"]["session"]


async def test_refresh_token_is_good_once_and_twice_ends_the_session(desk: Desk) -> None:
    first = (await joined(desk))["session"]
    second = await refreshed(desk, first["refreshToken"])
    assert second["refreshToken"] != first["refreshToken"]
    third = await refreshed(desk, second["refreshToken"])
    assert await desk.data(ROLE, third["accessToken"])
    assert third["expiresAt"] == second["expiresAt"]

    assert await desk.code(REFRESH, token=first["refreshToken"]) == "UNAUTHENTICATED"
    assert await desk.code(REFRESH, token=third["refreshToken"]) == "UNAUTHENTICATED"
    for session in (first, second, third):
        assert await desk.code(ROLE, session["accessToken"]) == "UNAUTHENTICATED"


async def test_of_two_uses_at_once_none_keeps_the_session(desk: Desk) -> None:
    session = (await joined(desk))["session"]
    results = await asyncio.gather(
        *(desk.post(REFRESH, token=session["refreshToken"]) for _ in range(2))
    )
    won = [result.json() for result in results if "errors" not in result.json()]
    assert len(won) == 1
    token = won[0]["data"]["refreshSession"]["session"]["accessToken"]
    assert await desk.code(ROLE, token) == "UNAUTHENTICATED"


async def test_stolen_token_cuts_the_sessions_sockets(desk: Desk) -> None:
    session = (await joined(desk))["session"]
    await refreshed(desk, session["refreshToken"])
    async with desk.socket(session["accessToken"]) as socket:
        await socket.acknowledged()
        await desk.post(REFRESH, token=session["refreshToken"])
        assert await socket.closed() == (4403, "SESSION_ENDED")


async def test_signing_out_ends_one_session_or_all(desk: Desk) -> None:
    first = (await joined(desk))["session"]
    await desk.data(SIGN_OUT, first["accessToken"], everywhere=False)
    assert await desk.code(ROLE, first["accessToken"]) == "UNAUTHENTICATED"
    assert await desk.code(REFRESH, token=first["refreshToken"]) == "UNAUTHENTICATED"

    second = (await joined(desk))["session"]
    await desk.data(SIGN_OUT, second["accessToken"], everywhere=True)
    assert await desk.code(ROLE, second["accessToken"]) == "UNAUTHENTICATED"


async def test_token_without_a_session_cannot_be_signed_out(desk: Desk) -> None:
    token = desk.token(await desk.make_user(await desk.make_tenant()))
    result = await desk.data(SIGN_OUT, token, everywhere=False)
    assert result["signOut"]["userErrors"] == [{"code": "BAD_INPUT", "field": "everywhere"}]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET expires_at = now() WHERE user_id = $1",
        "UPDATE users SET removed_at = now() WHERE id = $1",
        "UPDATE tenants SET suspended_at = now()"
        " WHERE id = (SELECT tenant_id FROM users WHERE id = $1)",
    ],
)
async def test_session_ends_with_its_time_its_user_and_its_tenant(
    desk: Desk, statement: str
) -> None:
    member = await joined(desk)
    await desk.owner.execute(statement, decode_id(IdType.USER, member["userId"]))
    refresh_token = member["session"]["refreshToken"]
    assert await desk.code(REFRESH, token=refresh_token) == "UNAUTHENTICATED"


async def test_unknown_refresh_tokens_are_refused(desk: Desk) -> None:
    known = await desk.make_tenant()
    made_up, _ = make_secret(SecretKind.REFRESH_TOKEN, known)
    key, _ = make_secret(SecretKind.API_KEY, known)
    for text in (made_up, key, "", "x" * 10_000):
        assert await desk.code(REFRESH, token=text) == "UNAUTHENTICATED"


async def test_secrets_are_not_logged(desk: Desk) -> None:
    made_up, _ = make_secret(SecretKind.REFRESH_TOKEN, await desk.make_tenant())
    key, _ = make_secret(SecretKind.API_KEY, await desk.make_tenant())
    with capture_logs() as logs:
        await desk.code(REFRESH, token=made_up)
        await desk.code(ROLE, key)
        await desk.code(ROLE, "a.b.c")
        session = (await joined(desk))["session"]
        await desk.data(REFRESH, token=session["refreshToken"])
    written = str(logs)
    secrets = (made_up, key, session["accessToken"], session["refreshToken"])
    assert not any(secret in written for secret in secrets)


async def test_sessions_of_a_user_are_bounded(desk: Desk) -> None:
    member = await joined(desk)
    user_id = decode_id(IdType.USER, member["userId"])
    tenant = await desk.owner.fetchval("SELECT tenant_id FROM users WHERE id = $1", user_id)
    await desk.owner.execute(
        "INSERT INTO sessions (id, tenant_id, user_id, created_at, expires_at)"
        " SELECT gen_random_uuid(), $1, $2, now() + interval '1 day', now() + interval '2 days'"
        " FROM generate_series(1, 150)",
        tenant,
        user_id,
    )
    await desk.owner.execute("UPDATE users SET removed_at = now() WHERE id = $1", user_id)
    owner = await desk.make_user(tenant, Role.OWNER)
    given = {"handle": "ana", "role": "AGENT"}
    invited = (await desk.data(INVITE, desk.token(owner), input=given))["inviteMember"]
    await desk.data(ACCEPT, token=invited["token"])
    count = "SELECT count(*) FROM sessions WHERE user_id = $1"
    assert await desk.owner.fetchval(count, user_id) == 100
    refresh_token = member["session"]["refreshToken"]
    assert await desk.code(REFRESH, token=refresh_token) == "UNAUTHENTICATED"
