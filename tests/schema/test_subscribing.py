"""Live feeds, rung through Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

from models.ids import new_id
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id, encode_id

CREATE = """
    mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) { conversation { id } }
    }
"""
SEND = """
    mutation ($input: SendMessageInput!) {
        sendMessage(input: $input) { message { id body } userErrors { code } }
    }
"""
ADDED = "subscription ($id: ID) { messageAdded(conversationId: $id) { body sender { name } } }"
CREATE_SCHEDULE = """
    mutation ($input: CreateScheduleInput!) {
        createSchedule(input: $input) { schedule { id eventsCursor } userErrors { code } }
    }
"""
SCHEDULE_CURSOR = "query ($id: ID!) { schedule(id: $id) { eventsCursor } }"
CANCEL = "mutation ($id: ID!) { cancelSchedule(input: {scheduleId: $id}) { schedule { id } } }"
SCHEDULE_EVENTS = """
    subscription ($id: ID, $after: String) {
        scheduleEvents(scheduleId: $id, after: $after) { cursor kind schedule { id status } }
    }
"""

CONVERSATION_EVENTS = """
    subscription ($id: ID!, $after: String) {
        conversationEvents(conversationId: $id, after: $after) {
            __typename cursor at
            ... on MessageAddedEvent { message { id body } }
            ... on MessageEditedEvent { message { body } }
            ... on ReactionAddedEvent { message { body } participant { name } }
        }
    }
"""
REACT = "mutation ($input: AddReactionInput!) { addReaction(input: $input) { message { id } } }"
EDIT = "mutation ($input: EditMessageInput!) { editMessage(input: $input) { message { id } } }"


async def conversation_of(client: Any, **given: Any) -> str:
    made = await client.data(CREATE, input={"title": "c"} | given)
    key: str = made["createConversation"]["conversation"]["id"]
    return key


async def send(client: Any, key: str, body: str) -> None:
    payload = await client.data(SEND, input={"conversationId": key, "body": body})
    assert payload["sendMessage"]["userErrors"] == []


@asynccontextmanager
async def subscribed(client: Any, query: str, **variables: Any) -> AsyncIterator[Any]:
    """A subscription that has joined the hub; the block is given its next event's getter."""
    # Others may have joined without being waited for.
    client.services.hub.joined = asyncio.Semaphore(0)
    stream = client.events(query, **variables)
    first = asyncio.ensure_future(anext(stream))
    async with asyncio.timeout(60), aclosing(stream):
        await client.services.hub.joined.acquire()

        pending = [first]

        async def next_event() -> dict[str, Any]:
            event: dict[str, Any] = await (pending.pop() if pending else anext(stream))
            return event

        try:
            yield next_event
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)


async def test_message_sent_in_one_process_reaches_another(
    client: Any, sign_up: Any, process: Any
) -> None:
    key = await conversation_of(client)
    async with process() as elsewhere:
        ben = replace(client, viewer=await sign_up("ben"), services=elsewhere)
        async with subscribed(ben, ADDED, id=key) as next_event:
            await send(client, key, "one")
            await send(client, key, "two")
            bodies = [(await next_event())["messageAdded"]["body"] for _ in range(2)]
    assert bodies == ["one", "two"]


async def test_all_conversations_but_private_ones(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    ben = client_of(await sign_up("ben"))
    open_one = await conversation_of(client)
    private = await conversation_of(client, visibility="PRIVATE")
    async with subscribed(ben, ADDED) as next_event:
        await send(client, private, "secret")
        await send(client, open_one, "for all")
        event = (await next_event())["messageAdded"]
    assert event == {"body": "for all", "sender": {"name": "Ana"}}


async def test_schedule_events_resume_after_a_cursor(client: Any) -> None:
    key = await conversation_of(client)
    given = {"conversationId": key, "body": "later", "sendAt": "2040-01-01T00:00:00Z"}
    made = await client.data(CREATE_SCHEDULE, input=given)
    schedule = made["createSchedule"]["schedule"]["id"]
    created = made["createSchedule"]["schedule"]["eventsCursor"]
    async with subscribed(client, SCHEDULE_EVENTS, id=schedule) as next_event:
        await client.data(CANCEL, id=schedule)
        live = (await next_event())["scheduleEvents"]
    assert live["kind"] == "SCHEDULE_CHANGED"
    assert live["schedule"] == {"id": schedule, "status": "CANCELLED"}

    # What came after the creation is replayed, and its cursor is where the schedule stands then.
    async with subscribed(client, SCHEDULE_EVENTS, id=schedule, after=created) as next_event:
        replayed = (await next_event())["scheduleEvents"]
    assert replayed == live
    read = await client.data(SCHEDULE_CURSOR, id=schedule)
    assert read["schedule"]["eventsCursor"] == live["cursor"]


async def test_all_that_happens_in_a_conversation_is_told_and_replayed(client: Any) -> None:
    key = await conversation_of(client)
    async with subscribed(client, CONVERSATION_EVENTS, id=key) as next_event:
        await send(client, key, "one")
        added = (await next_event())["conversationEvents"]
        message = added["message"]["id"]
        await client.data(REACT, input={"messageId": message, "emoji": "👍"})
        await client.data(EDIT, input={"messageId": message, "body": "two"})
        live = [(await next_event())["conversationEvents"] for _ in range(2)]
    assert added["message"]["body"] == "one"
    assert [event["__typename"] for event in live] == ["ReactionAddedEvent", "MessageEditedEvent"]
    assert live[0]["participant"] == {"name": "Ana"}
    assert live[1]["message"]["body"] == "two"

    async with subscribed(client, CONVERSATION_EVENTS, id=key, after=added["cursor"]) as next_event:
        replayed = [(await next_event())["conversationEvents"] for _ in range(2)]
    assert [event["cursor"] for event in replayed] == [event["cursor"] for event in live]


async def test_events_after_a_read_begin_where_it_ends(client: Any) -> None:
    key = await conversation_of(client)
    await send(client, key, "before")
    read = await client.data("query ($id: ID!) { conversation(id: $id) { eventsCursor } }", id=key)
    await send(client, key, "in between")
    after = read["conversation"]["eventsCursor"]
    async with subscribed(client, CONVERSATION_EVENTS, id=key, after=after) as next_event:
        added = (await next_event())["conversationEvents"]
    assert added["message"]["body"] == "in between"


async def test_cursor_that_is_too_old_gives_a_reset(client: Any, owner: Any) -> None:
    key = await conversation_of(client)
    await send(client, key, "kept no more")
    stream_id = decode_id(IdType.CONVERSATION, key)
    await owner.execute("DELETE FROM events WHERE stream_id = $1", stream_id)
    after = cursor_at(stream_id, 1)
    async with subscribed(client, CONVERSATION_EVENTS, id=key, after=after) as next_event:
        reset = (await next_event())["conversationEvents"]
        assert reset["__typename"] == "ResetEvent"
        going_on = asyncio.ensure_future(next_event())
        await client.services.hub.joined.acquire()
        await send(client, key, "live again")
        event = (await going_on)["conversationEvents"]
    assert event["message"]["body"] == "live again"


async def test_bad_subscriptions_are_told(client: Any) -> None:
    key = await conversation_of(client)
    for query, variables, code in (
        (ADDED, {"id": "nonsense"}, "BAD_ID"),
        (SCHEDULE_EVENTS, {"id": key}, "BAD_ID"),
        (SCHEDULE_EVENTS, {"after": "nonsense"}, "BAD_CURSOR"),
    ):
        assert await client.refusal(query, **variables) == code
    gone = encode_id(IdType.CONVERSATION, new_id())
    assert await client.refusal(ADDED, id=gone) == "NOT_FOUND"


async def test_messages_that_a_query_finds(client: Any) -> None:
    key = await conversation_of(client, title="Weekend plans")
    query = """
        subscription ($id: ID, $q: String) { messageAdded(conversationId: $id, query: $q) { body } }
    """
    found = {}
    for asked in ("lunch -monday from:ana in:plans", "from:me has:link"):
        async with subscribed(client, query, id=key, q=asked) as next_event:
            for body in ("Lunch on Monday", "no", "see https://a.org", "Lunch, then?"):
                await send(client, key, body)
            found[asked] = (await next_event())["messageAdded"]["body"]
    assert list(found.values()) == ["Lunch, then?", "see https://a.org"]


async def test_a_query_that_cannot_be_understood_is_told(client: Any) -> None:
    query = 'subscription { messageAdded(query: "from:") { body } }'
    assert await client.refusal(query) == "BAD_QUERY"
