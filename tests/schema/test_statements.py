"""How many SQL statements the operations of the documents and the benchmark take: at most one a
level, however many rows there are."""

from typing import Any

import pytest

from models.statements import recorded
from resolvers.loaders.participants import COLUMNS
from tests.schema.test_reading import SEND, make_conversation
from tests.schema.test_subscribing import REACT

PAGE = """
    query ($id: ID!, $n: Int) { conversation(id: $id) { messages(first: $n) {
        nodes { id body sender { id name user { name } } replyTo { body sender { name } }
                attachments { fileName } reactions { emoji participant { name } } bookmarked }
        pageInfo { hasNextPage endCursor } } } }
"""
# The conversation with its page and their senders; replies, attachments, reactions and bookmarks;
# the senders' users. The senders of the replies, and those who reacted, are known by then.
PAGE_STATEMENTS = 6

BUDGETS = {
    "{ viewer { id } }": 0,
    "{ viewer { user { name } tenant { name } } }": 2,
    "{ conversations { nodes { id lastMessage { id } participants { nodes { name } } } } }": 1,
    "{ a: conversations(first: 5) { nodes { messages { nodes { id } } } } }": 2,
}


@pytest.mark.parametrize(("query", "budget"), BUDGETS.items())
async def test_operations_keep_their_budgets(client: Any, query: str, budget: int) -> None:
    for title in ("one", "two", "three"):
        await make_conversation(client, title, "hello")

    assert await client.count_statements(query) == budget


async def test_a_page_takes_a_statement_for_each_level(client: Any) -> None:
    key = await make_conversation(client, "page", "first", "second")
    page = (await client.data(PAGE, id=key, n=1))["conversation"]["messages"]
    answered = page["nodes"][0]["id"]
    for body in ("third", "fourth"):
        sent = {"conversationId": key, "body": body, "replyToId": answered}
        await client.data(SEND, input=sent)

    assert await client.count_statements(PAGE, id=key, n=4) == PAGE_STATEMENTS
    assert await client.count_statements(PAGE, id=key, n=3) == PAGE_STATEMENTS


async def test_a_message_takes_one_statement(client: Any) -> None:
    key = await make_conversation(client, "page", "first")
    sent = {"conversationId": key, "body": "again", "clientMessageId": "a-key"}
    assert await client.count_statements(SEND, input=sent) == 1
    # The first word in it, an answer to what is elsewhere or a key that was used take longer.
    assert await client.count_statements(SEND, input=sent) > 1


async def test_a_search_takes_one_statement_and_counting_one_more(client: Any) -> None:
    await make_conversation(client, "page", "one needle", "two needles and a needle")
    asked = '{ search(query: "needle", first: 5) { nodes { id body } %s } }'
    assert await client.count_statements(asked % "") == 1
    assert await client.count_statements(asked.replace("body", "sender { id name }") % "") == 1
    assert await client.count_statements(asked % "facets { total }") == 2
    assert await client.count_statements(asked % "totalCount facets { total }") == 2


# One to lock and look, one to change and keep the event; a conversation is read again then.
CHANGES = {
    'editMessage(input: {messageId: "MESSAGE", body: "other"}) { message { editedAt } }': 2,
    'deleteMessage(input: {messageId: "MESSAGE"}) { message { deletedAt } }': 2,
    'addReaction(input: {messageId: "MESSAGE", emoji: "!"}) { message { id } }': 2,
    'removeReaction(input: {messageId: "MESSAGE", emoji: "?"}) { message { id } }': 2,
    'markDelivered(input: {conversationId: "KEY"}) { conversation { id } }': 3,
    'markRead(input: {conversationId: "KEY"}) { conversation { id } }': 3,
    'markRead(input: {conversationId: "KEY", messageId: "MESSAGE"}) { conversation { id } }': 3,
}


@pytest.mark.parametrize(("change", "budget"), CHANGES.items())
async def test_changes_take_a_look_and_a_write(
    client: Any, client_of: Any, sign_up: Any, change: str, budget: int
) -> None:
    key = await make_conversation(client, "page", "first")
    ben = client_of(await sign_up("ben"))
    await ben.data(SEND, input={"conversationId": key, "body": "joins"})
    sent = (await ben.data(SEND, input={"conversationId": key, "body": "it"}))["sendMessage"]
    message = sent["message"]["id"]
    reader = client if change.startswith("mark") else ben
    await ben.data(REACT, input={"messageId": message, "emoji": "?"})
    mutation = change.replace("MESSAGE", message).replace("KEY", key)
    assert await reader.count_statements(f"mutation {{ {mutation} }}") == budget


# What a method of a type makes of its row may need any of them.
ALL_COLUMNS = {column.key for column in COLUMNS}


@pytest.mark.parametrize(
    ("selection", "columns"),
    [
        ("nodes { id name }", {"id", "name"}),
        ("nodes { leftAt user { name } }", {"left_at", "user_id"}),
        ("nodes { name } pageInfo { hasNextPage }", {"name"}),
        ("nodes { name } pageInfo { endCursor }", {"id", "name", "created_at"}),
        ("edges { cursor node { name } }", {"id", "name", "created_at"}),
        ("nodes { joinedAt }", ALL_COLUMNS),
    ],
)
async def test_pages_of_a_list_read_the_columns_that_are_asked_for(
    client: Any, selection: str, columns: set[str]
) -> None:
    await make_conversation(client, "one", "hello")
    # Lists in another order are read by themselves, and what is beside them after them.
    listed = "conversations(order: PINNED_FIRST)"
    query = f"{{ {listed} {{ nodes {{ participants {{ {selection} }} }} }} }}"
    with recorded() as statements:
        result = await client.once(query)
    assert "errors" not in result, result["errors"]
    (page,) = [each.sql for each in statements if "unnest" in each.sql]
    read = page.removeprefix("SELECT").partition("FROM")[0].split(",")
    assert {name.strip().rpartition(".")[2] for name in read} == {"parent_id", "id", *columns}
