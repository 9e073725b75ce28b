"""Receipts: what came to whom, and who has read what."""

from typing import Any

from tests.schema.test_subscribing import conversation_of, send, subscribed

DELIVERED = """
    mutation ($input: MarkDeliveredInput!) {
        markDelivered(input: $input) { conversation { unreadCount } userErrors { code field } } }
"""
READ = """
    mutation ($input: MarkReadInput!) {
        markRead(input: $input) { conversation { unreadCount } userErrors { code field } } }
"""
RECEIPTS = """
    query ($id: ID!) { conversation(id: $id) {
        messages { nodes { id seq } } receipts { user { name } deliveredSeq readSeq } } }
"""
LISTED = """
    { conversations(first: 10) { nodes { receipts { user { name } deliveredSeq readSeq } } } }
"""
EVENTS = """
    subscription ($id: ID!) { conversationEvents(conversationId: $id) {
        __typename
        ... on MessagesDeliveredEvent { user { name } upToSeq }
        ... on MessagesReadEvent { user { name } upToSeq } } }
"""


async def test_what_is_delivered_and_read_is_shown(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    key = await conversation_of(client)
    ben = client_of(await sign_up("ben"))
    await send(client, key, "one")
    await send(client, key, "two")
    shown = (await client.data(RECEIPTS, id=key))["conversation"]
    one, two = shown["messages"]["nodes"]
    assert shown["receipts"] == []

    delivered = await ben.data(DELIVERED, input={"conversationId": key, "messageId": two["id"]})
    assert delivered["markDelivered"]["conversation"] == {"unreadCount": 2}
    await ben.data(READ, input={"conversationId": key, "messageId": one["id"]})

    expected = {"user": {"name": "Ben"}, "deliveredSeq": two["seq"], "readSeq": one["seq"]}
    shown = (await client.data(RECEIPTS, id=key))["conversation"]
    assert shown["receipts"] == [expected]

    await ben.data(DELIVERED, input={"conversationId": key, "messageId": one["id"]})
    assert (await client.data(RECEIPTS, id=key))["conversation"]["receipts"] == [expected]


async def test_receipts_are_told_once(client: Any, client_of: Any, sign_up: Any) -> None:
    key = await conversation_of(client)
    ben = client_of(await sign_up("ben"))
    await send(client, key, "one")
    [message] = (await client.data(RECEIPTS, id=key))["conversation"]["messages"]["nodes"]
    about = {"conversationId": key, "messageId": message["id"]}
    async with subscribed(client, EVENTS, id=key) as next_event:
        await ben.data(DELIVERED, input=about)
        await ben.data(DELIVERED, input=about)
        await ben.data(READ, input=about)
        told = [(await next_event())["conversationEvents"] for _ in range(2)]
    assert told == [
        {"__typename": kind, "user": {"name": "Ben"}, "upToSeq": message["seq"]}
        for kind in ("MessagesDeliveredEvent", "MessagesReadEvent")
    ]


async def test_reading_is_also_delivery(client: Any, client_of: Any, sign_up: Any) -> None:
    key = await conversation_of(client)
    await send(client, key, "one")
    ben = client_of(await sign_up("ben"))
    await ben.data(READ, input={"conversationId": key})
    [receipt] = (await client.data(RECEIPTS, id=key))["conversation"]["receipts"]
    assert receipt["deliveredSeq"] == receipt["readSeq"] > 0


async def test_receipts_of_a_page_are_one_statement(client: Any) -> None:
    await conversation_of(client)
    one = await client.count_statements(LISTED)
    for _ in range(5):
        key = await conversation_of(client)
        await client.data(DELIVERED, input={"conversationId": key})
    # Users come with the first receipt.
    assert await client.count_statements(LISTED) == one + 1


async def test_a_message_of_elsewhere_is_refused(client: Any) -> None:
    key, other = await conversation_of(client), await conversation_of(client)
    await send(client, other, "one")
    [message] = (await client.data(RECEIPTS, id=other))["conversation"]["messages"]["nodes"]
    answer = await client.data(DELIVERED, input={"conversationId": key, "messageId": message["id"]})
    assert answer["markDelivered"]["userErrors"] == [{"code": "NOT_FOUND", "field": "messageId"}]
