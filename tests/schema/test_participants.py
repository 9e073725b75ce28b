"""Adding, leaving, removing; and that nobody hears anything after that."""

from typing import Any

import pytest

from models.ids import new_id
from models.tenants import Role
from schema.ids import IdType, encode_id
from tests.schema.test_presence import PRESENCE, watching
from tests.schema.test_subscribing import ADDED, conversation_of, send, subscribed

ADD = """
    mutation ($id: ID!, $users: [ID!]!) {
        addParticipants(input: {conversationId: $id, userIds: $users}) {
            conversation { participants { nodes { id name leftAt } } } userErrors { code field }
        }
    }
"""
LEAVE = """
    mutation ($id: ID!) {
        leaveConversation(input: {conversationId: $id}) { conversationId userErrors { code } }
    }
"""
REMOVE = """
    mutation ($id: ID!) {
        removeParticipant(input: {participantId: $id}) {
            participant { name leftAt } userErrors { code }
        }
    }
"""
RENAME = """
    mutation ($id: ID!, $title: String!) {
        renameConversation(input: {conversationId: $id, title: $title}) {
            conversation { title } userErrors { code field }
        }
    }
"""
SEE = "query ($id: ID!) { conversation(id: $id) { title participants { nodes { name leftAt } } } }"
EVENTS = """
    subscription ($id: ID!) {
        conversationEvents(conversationId: $id) {
            __typename
            ... on ParticipantLeftEvent { participant { name } }
            ... on ParticipantJoinedEvent { participant { name } }
            ... on ConversationChangedEvent { conversation { title } }
        }
    }
"""


async def add(client: Any, key: str, *users: Any) -> dict[str, Any]:
    ids = [encode_id(IdType.USER, user.user_id) for user in users]
    added: dict[str, Any] = (await client.data(ADD, id=key, users=ids))["addParticipants"]
    return added


async def test_comings_and_goings_are_told(client: Any, client_of: Any, sign_up: Any) -> None:
    key = await conversation_of(client, visibility="PRIVATE")
    ben = client_of(await sign_up("ben"))
    async with subscribed(client, EVENTS, id=key) as next_event:
        for _ in range(2):
            assert (await add(client, key, ben.viewer))["userErrors"] == []
        left = (await ben.data(LEAVE, id=key))["leaveConversation"]
        assert left == {"conversationId": key, "userErrors": []}
        assert await ben.code(SEE, id=key) == "NOT_FOUND"
        await add(client, key, ben.viewer)
        seen = await ben.data(SEE, id=key)
        told = [(await next_event())["conversationEvents"] for _ in range(3)]
    assert seen["conversation"]["participants"]["nodes"] == [
        {"name": "Ana", "leftAt": None},
        {"name": "Ben", "leftAt": None},
    ]
    assert [event["__typename"] for event in told] == [
        "ParticipantJoinedEvent",
        "ParticipantLeftEvent",
        "ParticipantJoinedEvent",
    ]
    assert {event["participant"]["name"] for event in told} == {"Ben"}


async def test_removed_member_hears_no_more(client_of: Any, sign_up: Any) -> None:
    admin = client_of(await sign_up("ana", Role.ADMIN))
    ben = client_of(await sign_up("ben"))
    key = await conversation_of(admin, visibility="PRIVATE")
    nodes = (await add(admin, key, ben.viewer))["conversation"]["participants"]["nodes"]
    (his,) = [node["id"] for node in nodes if node["name"] == "Ben"]

    async with (
        subscribed(ben, EVENTS, id=key) as next_event,
        watching(ben, key) as presence,
        subscribed(ben, ADDED) as next_message,
    ):
        assert await presence.told() == ("CAME", "Ben")
        removed = (await admin.data(REMOVE, id=his))["removeParticipant"]
        assert removed["participant"]["leftAt"] is not None
        # The removal is the first thing that they are not told: it ends what was about this.
        with pytest.raises(StopAsyncIteration):
            await next_event()
        with pytest.raises(StopAsyncIteration):
            await presence.told()
        await send(admin, key, "about Ben")
        await send(admin, await conversation_of(admin), "for all")
        assert (await next_message())["messageAdded"]["body"] == "for all"


async def test_who_left_an_open_conversation_is_there_again_at_their_next_word(
    client: Any,
) -> None:
    key = await conversation_of(client)
    await client.data(LEAVE, id=key)
    (ana,) = (await client.data(SEE, id=key))["conversation"]["participants"]["nodes"]
    assert ana["leftAt"] is not None
    again = (await client.data(LEAVE, id=key))["leaveConversation"]
    assert again["userErrors"] == [{"code": "NOT_FOUND"}]
    await send(client, key, "I am back")
    (ana,) = (await client.data(SEE, id=key))["conversation"]["participants"]["nodes"]
    assert ana["leftAt"] is None


async def test_new_title_is_told_once(client: Any) -> None:
    key = await conversation_of(client, title="old")
    async with subscribed(client, EVENTS, id=key) as next_event:
        for title in ("old", "new"):
            renamed = (await client.data(RENAME, id=key, title=title))["renameConversation"]
            assert renamed == {"conversation": {"title": title}, "userErrors": []}
        event = (await next_event())["conversationEvents"]
    assert event == {"__typename": "ConversationChangedEvent", "conversation": {"title": "new"}}


async def test_bad_input_is_told(client: Any, client_of: Any, sign_up: Any) -> None:
    key = await conversation_of(client, visibility="PRIVATE")
    ben = client_of(await sign_up("ben"))
    long = (await client.data(RENAME, id=key, title="x" * 201))["renameConversation"]
    assert long["userErrors"] == [{"code": "TOO_LONG", "field": "title"}]
    unseen = (await ben.data(RENAME, id=key, title="mine"))["renameConversation"]
    assert unseen["userErrors"] == [{"code": "NOT_FOUND", "field": "conversationId"}]
    assert (await add(ben, key, ben.viewer))["userErrors"][0]["code"] == "NOT_FOUND"

    gone = encode_id(IdType.USER, new_id())
    unknown = (await client.data(ADD, id=key, users=[gone]))["addParticipants"]
    assert unknown["userErrors"] == [{"code": "NOT_FOUND", "field": "userIds"}]
    many = [encode_id(IdType.USER, new_id()) for _ in range(101)]
    refused = (await client.data(ADD, id=key, users=many))["addParticipants"]
    assert refused["userErrors"] == [{"code": "TOO_LONG", "field": "userIds"}]
    nobody = encode_id(IdType.PARTICIPANT, new_id())
    assert await client.code(REMOVE, id=nobody) == "FORBIDDEN"
    admin = client_of(await sign_up("eve", Role.ADMIN))
    assert await admin.code(REMOVE, id=nobody) == "NOT_FOUND"
    assert await admin.refusal(PRESENCE, id=key) == "NOT_FOUND"
