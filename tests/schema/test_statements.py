"""How many SQL statements the operations of the documents and the benchmark take: at most one a
level, however many rows there are."""

from typing import Any

import pytest

from models.statements import recorded
from resolvers.loaders.participants import COLUMNS
from tests.schema.test_reading import SEND, make_conversation

PAGE = """
    query ($id: ID!, $n: Int) { conversation(id: $id) { messages(first: $n) {
        nodes { id body sender { id name user { name } } replyTo { body sender { name } }
                attachments { fileName } reactions { emoji participant { name } } bookmarked }
        pageInfo { hasNextPage endCursor } } } }
"""
# The conversation; its page; senders, replies, attachments, reactions and bookmarks; the senders'
# users. The senders of the replies, and those who reacted, are known by then.
PAGE_STATEMENTS = 8

BUDGETS = {
    "{ viewer { id } }": 0,
    "{ viewer { user { name } tenant { name } } }": 2,
    "{ conversations { nodes { id lastMessage { id } participants { nodes { name } } } } }": 3,
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


# Beside the names of rows, cursors and counts need whatever a page may have.
ALL_COLUMNS = {column.key for column in COLUMNS}


@pytest.mark.parametrize(
    ("selection", "columns"),
    [
        ("nodes { id name }", {"parent_id", "id", "name"}),
        ("nodes { leftAt user { name } }", {"parent_id", "left_at", "user_id"}),
        ("nodes { name } pageInfo { endCursor }", {"parent_id", *ALL_COLUMNS}),
    ],
)
async def test_pages_of_a_list_read_the_columns_that_are_asked_for(
    client: Any, selection: str, columns: set[str]
) -> None:
    await make_conversation(client, "one", "hello")
    query = f"{{ conversations {{ nodes {{ participants {{ {selection} }} }} }} }}"
    with recorded() as statements:
        result = await client.once(query)
    assert "errors" not in result, result["errors"]
    (listed,) = [each.sql for each in statements if "unnest" in each.sql]
    read = listed.removeprefix("SELECT").partition("FROM")[0].split(",")
    assert {name.strip().rpartition(".")[2] for name in read} == columns
