"""What answers those who have not signed in."""

import pytest

from tests.app.signin.desk import Desk


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { id } }",
        "{ __typename }",
        "{ __schema { queryType { name } } }",
        'mutation { markRead(input: {conversationId: "x"}) { userErrors { code } } }',
        "query { ...f } fragment f on Query { ... { viewer { id } } }",
        "subscription { messageAdded { id } }",
    ],
)
async def test_strangers_are_asked_to_sign_in(desk: Desk, query: str) -> None:
    response = await desk.http.post(
        "/graphql", json={"query": query}, headers={"accept": "application/json"}
    )
    assert response.status_code == (406 if query.startswith("subscription") else 401)
    if response.status_code == 401:
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_stranger_gets_no_stream(desk: Desk) -> None:
    body = {"query": "subscription { messageAdded { id } }"}
    response = await desk.http.post("/graphql", json=body, headers={"accept": "text/event-stream"})
    assert '"code":"UNAUTHENTICATED"' in response.text


async def test_stranger_gets_no_socket(desk: Desk) -> None:
    async with desk.socket("nonsense") as socket:
        code, reason = await socket.closed()
    assert (code, (reason or "").split(":")[0]) == (4403, "UNAUTHENTICATED")


async def test_viewer_is_let_in(desk: Desk) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    data = await desk.data("{ viewer { role } }", desk.token(viewer))
    assert data == {"viewer": {"role": "AGENT"}}


async def test_token_of_a_user_who_does_not_exist_is_refused(desk: Desk) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    stray = type(viewer)(await desk.make_tenant(), viewer.user_id, viewer.role)
    assert await desk.code("{ viewer { id } }", desk.token(stray)) == "UNAUTHENTICATED"
