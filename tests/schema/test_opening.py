"""A conversation that is read together with a page of its messages and with their senders.

`client.data` and `client.result` compare each with what graphql-core's executor gives, which reads
them one after the other.
"""

from typing import Any
from uuid import UUID

import pytest

from schema.ids import IdType, encode_id
from tests.schema.conftest import SignUp
from tests.schema.test_reading import make_conversation

# What is selected of the conversation, and how many statements it takes.
TOGETHER = {
    "messages { nodes { id kind body sentAt sender { id name } } pageInfo { hasNextPage } }": 1,
    "id title kind createdAt messages(last: 1) { nodes { body } }": 1,
    "messages(first: 1) { nodes { __typename sender { __typename } } __typename }": 1,
    "messages(first: 1) { edges { cursor node { body sender { name } } } }": 1,
    "messages(first: 1) { pageInfo { endCursor startCursor hasPreviousPage } }": 1,
    "messages(last: 2) { nodes { sender { name user { name } } } }": 2,
    "messages { nodes { sender { name joinedAt } } }": 2,
    "messages { nodes { a: sender { name } b: sender { id } } }": 1,
    "messages { nodes { bookmarked sender { name } } }": 2,
    "messages { nodes { bookmarked bookmarkNote conversation { id title } } }": 3,
    "messages { totalCount nodes { body } }": 1,
    "title messages(last: 1) { totalCount pageInfo { hasPreviousPage } }": 1,
    "unreadCount messages { nodes { body } }": 3,
    "a: messages(first: 1) { nodes { body } } b: messages(last: 1) { nodes { id } }": 2,
    "title": 1,
}
NOBODY = encode_id(IdType.CONVERSATION, UUID(int=0))
OPEN = "query ($id: ID!) {{ conversation(id: $id) {{ {} }} }}"


@pytest.mark.parametrize(("selection", "statements"), TOGETHER.items())
async def test_what_is_selected_decides_what_is_read_together(
    client: Any, selection: str, statements: int
) -> None:
    key = await make_conversation(client, "opened", "one", "two")
    query = OPEN.format(selection)
    await client.data(query, id=key)
    assert await client.count_statements(query, id=key) == statements


async def test_several_conversations_are_opened_by_one_statement(client: Any) -> None:
    first, second = [await make_conversation(client, each, each) for each in ("one", "two")]
    empty = await make_conversation(client, "empty")
    query = """
        query ($a: ID!, $b: ID!, $c: ID!) { a: conversation(id: $a) { ...C }
            b: conversation(id: $b) { ...C } c: conversation(id: $c) { ...C }
            again: conversation(id: $a) { ...C } }
        fragment C on Conversation { title messages { nodes { body sender { name } } } }
    """
    found = await client.data(query, a=first, b=second, c=empty)
    bodies = [[row["body"] for row in each["messages"]["nodes"]] for each in found.values()]
    assert bodies == [["one"], ["two"], [], ["one"]]
    assert [each["title"] for each in found.values()] == ["one", "two", "empty", "one"]
    assert await client.count_statements(query, a=first, b=second, c=empty) == 1


async def test_pages_go_on_from_a_cursor(client: Any) -> None:
    key = await make_conversation(client, "opened", *"abcd")
    query = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
        conversation(id: $id) { messages(first: $first, after: $after, last: $last, before: $before)
        { nodes { body } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }"""

    async def page(**arguments: Any) -> Any:
        return (await client.data(query, id=key, **arguments))["conversation"]["messages"]

    first = await page(first=2)
    then = await page(first=2, after=first["pageInfo"]["endCursor"])
    back = await page(last=1, before=then["pageInfo"]["startCursor"])
    assert [row["body"] for row in then["nodes"]] == ["c", "d"]
    assert [row["body"] for row in back["nodes"]] == ["b"]
    assert (then["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "code", "path"),
    [
        ({"after": "nonsense"}, "BAD_CURSOR", ["conversation", "messages"]),
        ({"first": 101}, "BAD_PAGE", ["conversation", "messages"]),
        ({"id": "nonsense"}, "BAD_ID", ["conversation"]),
        ({"id": NOBODY}, "NOT_FOUND", ["conversation"]),
    ],
)
async def test_what_is_wrong_is_told_where_it_is(
    client: Any, arguments: dict[str, Any], code: str, path: list[str]
) -> None:
    key = await make_conversation(client, "opened", "one")
    query = """query ($id: ID!, $first: Int, $after: String) { conversation(id: $id) {
        messages(first: $first, after: $after) { nodes { body } } } }"""
    result = await client.result(query, **{"id": key, **arguments})
    (error,) = result["errors"]
    assert (error["extensions"]["code"], error["path"]) == (code, path)


async def test_a_private_conversation_is_opened_by_its_people_alone(
    client: Any, client_of: Any, sign_up: SignUp
) -> None:
    create = """mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) { conversation { id } userErrors { code } } }"""
    made = await client.data(create, input={"title": "private", "visibility": "PRIVATE"})
    key = made["createConversation"]["conversation"]["id"]
    query = OPEN.format("messages { nodes { body sender { name } } }")
    assert (await client.data(query, id=key))["conversation"]["messages"]["nodes"] == []
    other = client_of(await sign_up("bert"))
    assert await other.code(query, id=key) == "NOT_FOUND"
