"""Reading conversations and messages as a client does."""

from typing import Any
from uuid import UUID

import pytest

from tests.schema.conftest import SignUp

CREATE = """
    mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) { conversation { id title } userErrors { code field } }
    }
"""
SEND = """
    mutation ($input: SendMessageInput!) {
        sendMessage(input: $input) { message { id body seq } userErrors { code field message } }
    }
"""
LIST = """
    query ($first: Int, $after: String, $last: Int, $before: String) {
        conversations(first: $first, after: $after, last: $last, before: $before) {
            totalCount
            edges { cursor node { id title } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
MESSAGES = """
    query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String,
           $filter: MessageFilterInput) {
        conversation(id: $id) {
            messages(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
                totalCount
                edges { cursor node { body } }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
        }
    }
"""
NESTED = """
    query ($first: Int) {
        conversations(first: $first) {
            nodes {
                id
                unreadCount
                lastMessage { body sender { name user { handle } } replyTo { body } }
                participants(first: 3) { totalCount nodes { name user { name } } }
                messages(last: 2) {
                    totalCount
                    nodes {
                        body bookmarked
                        sender { name } reactions { emoji participant { name } }
                        attachments { fileName } conversation { title }
                    }
                }
            }
        }
    }
"""


async def make_conversation(client: Any, title: str, *bodies: str) -> str:
    """A conversation with these messages; its id."""
    made = await client.data(CREATE, input={"title": title})
    key: str = made["createConversation"]["conversation"]["id"]
    for body in bodies:
        await client.data(SEND, input={"conversationId": key, "body": body})
    return key


def titles(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["title"] for edge in connection["edges"]]


def bodies(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["body"] for edge in connection["edges"]]


SENDERS = """
    query ($id: ID!) { conversation(id: $id) { messages(last: 3) {
        nodes { body sender { id name } } edges { node { sender { name } } } } } }
"""


async def test_senders_are_read_with_their_page(
    client: Any, client_of: Any, sign_up: SignUp, owner: Any, tenant: UUID
) -> None:
    key = await make_conversation(client, "c", "one", "two", "three")
    await client_of(await sign_up("ben")).data(SEND, input={"conversationId": key, "body": "four"})
    for nobody in ([], ["three"]):
        # A notice has no sender: then not every message has one.
        await owner.execute(
            "UPDATE messages SET sender_id = NULL, kind = 'NOTICE' WHERE tenant_id = $1"
            " AND body = ANY($2)",
            tenant,
            nobody,
        )
        nodes = (await client.data(SENDERS, id=key))["conversation"]["messages"]["nodes"]
        assert [node["sender"] and node["sender"]["name"] for node in nodes] == [
            "Ana",
            None if nobody else "Ana",
            "Ben",
        ]
        assert await client.count_statements(SENDERS, id=key) == 1


async def test_conversations_page_forwards_and_backwards(client: Any) -> None:
    for number in range(5):
        await make_conversation(client, f"c{number}", "hello")

    first = (await client.data(LIST, first=2))["conversations"]
    assert titles(first) == ["c4", "c3"]
    assert first["totalCount"] == 5
    assert first["pageInfo"]["hasNextPage"]
    assert not first["pageInfo"]["hasPreviousPage"]

    end = first["pageInfo"]["endCursor"]
    second = (await client.data(LIST, first=2, after=end))["conversations"]
    assert titles(second) == ["c2", "c1"]
    start = second["pageInfo"]["startCursor"]
    assert start == second["edges"][0]["cursor"]

    back = (await client.data(LIST, last=2, before=start))["conversations"]
    assert titles(back) == ["c4", "c3"]
    assert back["pageInfo"] | {"startCursor": None, "endCursor": None} == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }
    last = (await client.data(LIST, last=2))["conversations"]
    assert titles(last) == ["c1", "c0"]
    assert last["pageInfo"]["hasPreviousPage"]


async def test_messages_are_read_from_their_end_unless_told_otherwise(client: Any) -> None:
    key = await make_conversation(client, "long", *(f"m{n:02}" for n in range(60)))

    newest = (await client.data(MESSAGES, id=key))["conversation"]["messages"]
    assert bodies(newest) == [f"m{n:02}" for n in range(10, 60)]
    assert newest["totalCount"] == 60
    assert newest["pageInfo"]["hasPreviousPage"]

    before = newest["pageInfo"]["startCursor"]
    older = (await client.data(MESSAGES, id=key, before=before))["conversation"]["messages"]
    assert bodies(older) == [f"m{n:02}" for n in range(10)]
    assert not older["pageInfo"]["hasPreviousPage"]

    first = (await client.data(MESSAGES, id=key, first=3))["conversation"]["messages"]
    assert bodies(first) == ["m00", "m01", "m02"]
    after = first["pageInfo"]["endCursor"]
    rest = (await client.data(MESSAGES, id=key, first=2, after=after))["conversation"]["messages"]
    assert bodies(rest) == ["m03", "m04"]


async def test_messages_filter(client: Any) -> None:
    key = await make_conversation(client, "filtered", "one", "two", "three")
    found = (await client.data(MESSAGES, id=key))["conversation"]["messages"]["edges"]
    assert len(found) == 3
    kinds = {"kinds": ["NOTICE"]}
    none = (await client.data(MESSAGES, id=key, filter=kinds))["conversation"]["messages"]
    assert bodies(none) == []
    assert none["totalCount"] == 0
    texts = {"kinds": ["TEXT", "IMAGE"], "since": "2020-01-01T00:00:00Z"}
    all_three = (await client.data(MESSAGES, id=key, filter=texts))["conversation"]["messages"]
    assert bodies(all_three) == ["one", "two", "three"]
    assert all_three["totalCount"] == 3
    old = {"until": "2020-01-01T00:00:00+00:00"}
    assert (
        bodies((await client.data(MESSAGES, id=key, filter=old))["conversation"]["messages"]) == []
    )


async def test_statements_do_not_grow_with_rows(client: Any) -> None:
    for number in range(25):
        await make_conversation(client, f"c{number}", "first", "second")
    few = await client.count_statements(NESTED, first=2)
    many = await client.count_statements(NESTED, first=25)
    # The senders of the last messages need none of their own where pages with them came first.
    assert abs(few - many) <= 1
    # Conversations; then a statement for each nested field that has rows to look for.
    assert max(few, many) <= 14


async def test_total_count_is_counted_only_when_asked_for(client: Any) -> None:
    await make_conversation(client, "one")
    without = await client.count_statements("{ conversations { nodes { id } } }")
    counted = await client.count_statements("{ conversations { totalCount nodes { id } } }")
    assert (without, counted) == (1, 2)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first": -1}, "BAD_PAGE"),
        ({"first": 1000}, "BAD_PAGE"),
        ({"last": 101}, "BAD_PAGE"),
        ({"first": 1, "last": 1}, "BAD_PAGE"),
        ({"after": "nonsense"}, "BAD_CURSOR"),
        ({"after": "AAAA"}, "BAD_CURSOR"),
        ({"before": "é"}, "BAD_CURSOR"),
    ],
)
async def test_bad_pages_are_told(client: Any, arguments: dict[str, Any], code: str) -> None:
    assert await client.code(LIST, **arguments) == code


async def test_cursor_from_another_list_is_refused(client: Any) -> None:
    key = await make_conversation(client, "one", "hello")
    page = (await client.data(MESSAGES, id=key))["conversation"]["messages"]
    assert await client.code(LIST, after=page["pageInfo"]["endCursor"]) == "BAD_CURSOR"


async def test_node_finds_everything_that_has_an_id(client: Any) -> None:
    key = await make_conversation(client, "mine", "hello")
    found = await client.data(
        """query ($id: ID!) { viewer { id tenant { id } }
            conversation(id: $id) { id lastMessage { id sender { id } } } }""",
        id=key,
    )
    conversation = found["conversation"]
    ids = {
        "Conversation": conversation["id"],
        "Message": conversation["lastMessage"]["id"],
        "Participant": conversation["lastMessage"]["sender"]["id"],
        "User": found["viewer"]["id"],
        "Tenant": found["viewer"]["tenant"]["id"],
    }
    nodes = await client.data(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=list(ids.values())
    )
    assert nodes["nodes"] == [{"__typename": name, "id": key} for name, key in ids.items()]
    for name, one in ids.items():
        node = await client.data("query ($id: ID!) { node(id: $id) { __typename } }", id=one)
        assert node["node"]["__typename"] == name


async def test_ids_of_other_types_and_tenants_are_told(
    client: Any, client_of: Any, sign_up: Any, owner: Any
) -> None:
    key = await make_conversation(client, "mine", "hello")
    found = await client.data(
        "query ($id: ID!) { conversation(id: $id) { lastMessage { id } } }", id=key
    )
    message = found["conversation"]["lastMessage"]["id"]
    query = "query ($id: ID!) { conversation(id: $id) { title } }"
    assert await client.code(query, id=message) == "BAD_ID"
    assert await client.code(query, id="whatever") == "BAD_ID"

    other_tenant = await owner.fetchval(
        "INSERT INTO tenants VALUES (gen_random_uuid(), gen_random_uuid()::text, 'x', now())"
        " RETURNING id"
    )
    stranger = client_of(await sign_up("eve", in_tenant=other_tenant))
    assert await stranger.code(query, id=key) == "NOT_FOUND"
    node = "query ($id: ID!) { node(id: $id) { __typename } }"
    assert await stranger.code(node, id=message) == "NOT_FOUND"
    result = await stranger.result(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[key, message, "x"]
    )
    assert result["data"] == {"nodes": [None, None, None]}
    codes = [error["extensions"]["code"] for error in result["errors"]]
    assert codes == ["NOT_FOUND", "NOT_FOUND", "BAD_ID"]
    assert [error["path"] for error in result["errors"]] == [
        ["nodes", 0],
        ["nodes", 1],
        ["nodes", 2],
    ]
