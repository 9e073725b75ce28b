"""A list of conversations that is read together with the newest messages and the participants.

`client.data` and `client.result` compare each with what graphql-core's executor gives, which reads
them one after the other.
"""

import gc
from typing import Any

import pytest

from app.graphql.request import OperationRequest
from resolvers.context import Context
from tests.schema.conftest import SignUp
from tests.schema.test_keeping import keep
from tests.schema.test_reading import SEND, make_conversation

# What is selected of the conversations, and how many statements it takes.
TOGETHER = {
    "nodes { id title lastMessage { id kind body sentAt deletedAt } }": 1,
    "nodes { participants(first: 1) { nodes { id name } pageInfo { hasNextPage } } }": 1,
    "nodes { participants { nodes { leftAt } edges { cursor node { name } } } }": 1,
    "nodes { participants { pageInfo { endCursor } } } pageInfo { endCursor }": 1,
    "nodes { participants { nodes { __typename } } __typename }": 1,
    "nodes { participants(first: 0) { nodes { id } pageInfo { hasNextPage } } }": 1,
    "edges { cursor node { lastMessage { body } participants { nodes { name } } } }": 1,
    "nodes { a: lastMessage { id } b: lastMessage { body } }": 1,
    "nodes { lastMessage { body sender { name } } }": 2,
    "nodes { lastMessage { body editedAt } }": 2,
    "nodes { participants { nodes { name user { handle } } } }": 2,
    "nodes { participants { nodes { joinedAt } } }": 2,
    "nodes { participants { totalCount nodes { name } } }": 2,
    "nodes { a: participants(first: 1) { nodes { name } } b: participants { nodes { id } } }": 2,
    "nodes { unreadCount lastMessage { body } participants { nodes { name } } }": 2,
    "totalCount nodes { lastMessage { body } }": 2,
    "pageInfo { hasNextPage }": 1,
}
LIST = (
    "query ($first: Int, $after: String) {{ conversations(first: $first, after: $after) {{ {} }} }}"
)


@pytest.mark.parametrize(("selection", "statements"), TOGETHER.items())
async def test_what_is_selected_decides_what_is_read_together(
    client: Any, client_of: Any, sign_up: SignUp, selection: str, statements: int
) -> None:
    key = await make_conversation(client, "one", "first", "second")
    ben = client_of(await sign_up("ben"))
    await ben.data(SEND, input={"conversationId": key, "body": "joins"})
    await make_conversation(client, "empty")
    query = LIST.format(selection)
    await client.data(query)
    assert await client.count_statements(query) == statements


async def test_the_list_goes_on_from_a_cursor(client: Any) -> None:
    for title in "abc":
        await make_conversation(client, title, f"in {title}")
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
        conversations(first: $first, after: $after, last: $last, before: $before) {
            nodes { title lastMessage { body } participants(first: 2) { nodes { name } } }
            pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"""

    async def page(**arguments: Any) -> Any:
        return (await client.data(query, **arguments))["conversations"]

    first = await page(first=2)
    then = await page(first=2, after=first["pageInfo"]["endCursor"])
    back = await page(last=1, before=then["pageInfo"]["startCursor"])
    assert [row["title"] for row in first["nodes"]] == ["c", "b"]
    assert [row["lastMessage"]["body"] for row in then["nodes"]] == ["in a"]
    assert [row["title"] for row in back["nodes"]] == ["b"]
    assert (then["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({"after": "nonsense"}, "BAD_CURSOR"), ({"first": 101}, "BAD_PAGE")],
)
async def test_what_is_wrong_is_told(client: Any, arguments: dict[str, Any], code: str) -> None:
    query = LIST.format("nodes { lastMessage { body } participants { nodes { name } } }")
    assert await client.code(query, **arguments) == code


async def test_what_is_wrong_with_a_page_of_people_is_told_there(client: Any) -> None:
    await make_conversation(client, "one", "first")
    query = LIST.format('nodes { participants(after: "nonsense") { nodes { name } } }')
    (error,) = (await client.result(query))["errors"]
    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert error["path"] == ["conversations", "nodes", 0, "participants"]


async def test_private_and_archived_conversations_are_not_listed(
    client: Any, client_of: Any, sign_up: SignUp
) -> None:
    create = """mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) { conversation { id } } }"""
    await client.data(create, input={"title": "private", "visibility": "PRIVATE"})
    archived = await make_conversation(client, "archived", "old")
    await keep(client, archived, archived=True)
    query = LIST.format("nodes { title participants { nodes { name } } }")
    assert [row["title"] for row in (await client.data(query))["conversations"]["nodes"]] == [
        "private"
    ]
    other = client_of(await sign_up("bert"))
    assert [row["title"] for row in (await other.data(query))["conversations"]["nodes"]] == [
        "archived"
    ]


async def test_what_was_loaded_is_not_left_to_the_garbage_collector(client: Any) -> None:
    key = await make_conversation(client, "one", "first", "second")
    query = """query ($id: ID!) {
        conversation(id: $id) { messages { nodes { body sender { name } } } }
        conversations { nodes { lastMessage { body } participants { nodes { name } } } } }"""
    await client.data(query, id=key)
    prepared = client.service.prepare(OperationRequest(query))

    async def ask() -> None:
        context = Context.of(client.viewer, client.services)
        assert "errors" not in await client.service.execute(prepared, context, {"id": key})

    await ask()
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            await ask()
        assert gc.collect() < 20
    finally:
        gc.enable()
