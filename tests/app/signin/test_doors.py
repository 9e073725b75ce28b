"""What the application adds to the transports: origins, cursors on event streams, refusals."""

import asyncio

from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id
from tests.app.signin.desk import Desk, Socket

PROTOCOLS = [Subprotocol("graphql-transport-ws")]
VIEWER = "{ viewer { user { id } } }"
CREATE = """mutation($title: String!) {
  createConversation(input: {title: $title}) { conversation { id } userErrors { code } }
}"""
SEND = """mutation($id: ID!, $body: String!) {
  sendMessage(input: {conversationId: $id, body: $body}) { userErrors { code } }
}"""
EVENTS = """subscription($id: ID!, $after: String) {
  conversationEvents(conversationId: $id, after: $after) {
    cursor ... on MessageAddedEvent { message { body } }
  }
}"""


async def _credential(desk: Desk) -> str:
    return desk.token(await desk.make_user(await desk.make_tenant()))


async def _close_of_origin(desk: Desk, origin: str) -> tuple[int | None, str | None]:
    async with connect(
        f"ws://{desk.address}/graphql", subprotocols=PROTOCOLS, origin=Origin(origin)
    ) as connection:
        return await Socket(connection).closed()


async def test_pages_of_other_origins_get_no_socket(desk: Desk) -> None:
    for origin in ("https://evil.example", "null", f"http://{desk.address}.evil.example"):
        assert await _close_of_origin(desk, origin) == (4403, "ORIGIN_NOT_ALLOWED")


async def test_our_own_pages_get_a_socket(desk: Desk) -> None:
    credential = await _credential(desk)
    async with connect(
        f"ws://{desk.address}/graphql",
        subprotocols=PROTOCOLS,
        origin=Origin(f"http://{desk.address}"),
    ) as connection:
        socket = Socket(connection)
        payload = {"authorization": f"Bearer {credential}"}
        await socket.send({"type": "connection_init", "payload": payload})
        await socket.acknowledged()


async def test_a_returning_event_stream_goes_on_where_it_was(desk: Desk) -> None:
    credential = await _credential(desk)
    created = await desk.data(CREATE, credential, title="Trip")
    conversation = created["createConversation"]["conversation"]["id"]
    for body in ("one", "two", "three"):
        await desk.data(SEND, credential, id=conversation, body=body)
    start = cursor_at(decode_id(IdType.CONVERSATION, conversation, "id"), 0)
    variables = {"id": conversation, "after": start}

    first = await _read_until(desk, credential, variables, "one")
    rest = await _read_until(desk, credential, variables, "three", first[-1][0])

    assert [data.count("two") or data.count("three") for _, data in rest] == [1, 1]


async def test_a_stranger_is_refused_with_401(desk: Desk) -> None:
    response = await desk.post(VIEWER)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_stranger_is_refused_in_an_event_stream(desk: Desk) -> None:
    response = await desk.http.post(
        "/graphql", json={"query": VIEWER}, headers={"accept": "text/event-stream"}
    )

    assert '"code":"UNAUTHENTICATED"' in response.text
    assert response.text.endswith("event: complete\ndata:\n\n")


async def test_a_query_that_is_no_utf_8_is_no_fault_of_ours(desk: Desk) -> None:
    host, port = desk.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /graphql/?query=\xff HTTP/1.1\r\nHost: parley\r\nConnection: close\r\n\r\n")
    status = (await reader.readline()).split()[1]
    writer.close()
    await writer.wait_closed()

    assert int(status) < 500


async def _read_until(
    desk: Desk, credential: str, variables: dict[str, str], word: str, last_event_id: str = ""
) -> list[tuple[str, str]]:
    """The id and the data of each event of a stream, to the first that has `word`."""
    headers = {"authorization": f"Bearer {credential}", "accept": "text/event-stream"}
    if last_event_id:
        headers["last-event-id"] = last_event_id
    body = {"query": EVENTS, "variables": variables}
    found: list[tuple[str, str]] = []
    identifier = ""
    async with desk.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                identifier = value
            elif name == "data":
                found.append((identifier, value))
                if word in value:
                    return found
    raise AssertionError("the stream ended")
