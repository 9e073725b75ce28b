"""Changing things as a client does, and being told what to mend."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLError
from sqlalchemy import select

from models.base import now
from models.database import ReadTimedOut
from models.tables import events
from schema.errors import format_error
from schema.ids import IdType, decode_id

CREATE = """
    mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) {
            conversation { id title visibility participants { nodes { name } } }
            userErrors { code field }
        }
    }
"""
SEND = """
    mutation ($input: SendMessageInput!) {
        sendMessage(input: $input) {
            message { id body sender { name } replyTo { body } }
            userErrors { code field message }
        }
    }
"""
ABOUT_MESSAGE = """
    message {
        body editedAt deletedAt bookmarked bookmarkNote reactions { emoji participant { name } }
    }
    userErrors { code field }
"""
UNREAD = "query ($id: ID!) { conversation(id: $id) { unreadCount lastMessage { id } } }"
LINE = """
    query ($id: ID!) { conversation(id: $id) {
        unreadCount lastMessage { id } messages(first: 100) { totalCount nodes { id seq body } } } }
"""
MARK_READ = """
    mutation ($input: MarkReadInput!) {
        markRead(input: $input) { conversation { unreadCount } userErrors { code field } }
    }
"""


async def change(client: Any, name: str, **given: Any) -> dict[str, Any]:
    """Run a mutation about a message; its payload."""
    input_type = name[0].upper() + name[1:] + "Input"
    query = f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {ABOUT_MESSAGE} }} }}"
    payload: dict[str, Any] = (await client.data(query, input=given))[name]
    return payload


async def create(client: Any, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.data(CREATE, input={"title": "c"} | given))[
        "createConversation"
    ]
    return payload


async def send(client: Any, key: str, body: str = "hello", **given: Any) -> dict[str, Any]:
    sent = await client.data(SEND, input={"conversationId": key, "body": body} | given)
    payload: dict[str, Any] = sent["sendMessage"]
    return payload


async def test_messages_are_sent_answered_and_counted(client: Any) -> None:
    key = (await create(client))["conversation"]["id"]
    first = (await send(client, key, "first"))["message"]
    assert first["sender"] == {"name": "Ana"}
    answer = (await send(client, key, "second", replyToId=first["id"]))["message"]
    assert answer["replyTo"] == {"body": "first"}


async def test_client_message_id_makes_sending_idempotent(client: Any) -> None:
    key = (await create(client))["conversation"]["id"]
    once = await send(client, key, "only once", clientMessageId="k1")
    again = await send(client, key, "only once", clientMessageId="k1")
    assert once == again
    other = await send(client, key, "another", clientMessageId="k2")
    assert other["message"]["id"] != once["message"]["id"]


async def test_what_is_sent_at_once_stands_in_one_line(client: Any) -> None:
    key = (await create(client))["conversation"]["id"]
    await send(client, key, "first")
    words = [f"w{number}" for number in range(30)]

    sent = await asyncio.gather(
        *(send(client, key, word) for word in words),
        *(send(client, key, "only once", clientMessageId="k") for _ in range(6)),
    )

    assert all(payload["userErrors"] == [] for payload in sent)
    assert len({payload["message"]["id"] for payload in sent}) == len(words) + 1
    conversation = (await client.data(LINE, id=key))["conversation"]
    line = conversation["messages"]["nodes"]
    assert sorted(message["body"] for message in line) == sorted(["first", "only once", *words])
    first = line[0]["seq"]
    assert [message["seq"] for message in line] == list(range(first, first + len(line)))
    assert conversation["messages"]["totalCount"] == len(line)
    assert conversation["lastMessage"] == {"id": line[-1]["id"]}
    assert conversation["unreadCount"] == 0


@pytest.mark.parametrize(
    ("ahead", "line"),
    [
        (timedelta(seconds=30), ["ahead", "behind"]),
        # What an archive or a wrong clock puts far ahead is not followed.
        (timedelta(hours=2), ["behind", "ahead"]),
    ],
)
async def test_a_message_stands_behind_the_last_one_whose_clock_is_ahead(
    client: Any, monkeypatch: pytest.MonkeyPatch, ahead: timedelta, line: list[str]
) -> None:
    key = (await create(client))["conversation"]["id"]
    await send(client, key, "first")
    with monkeypatch.context() as patched:
        patched.setattr("resolvers.sending.now", lambda: now() + ahead)
        await send(client, key, "ahead")
    await send(client, key, "behind")

    conversation = (await client.data(LINE, id=key))["conversation"]
    nodes = conversation["messages"]["nodes"]
    assert [message["body"] for message in nodes] == ["first", *line]
    assert conversation["lastMessage"] == {"id": nodes[-1]["id"]}


async def test_unread_counts_what_others_sent(client: Any, client_of: Any, sign_up: Any) -> None:
    ben = client_of(await sign_up("ben"))
    key = (await create(client))["conversation"]["id"]
    for number in range(3):
        await send(ben, key, f"m{number}")

    before = (await client.data(UNREAD, id=key))["conversation"]
    assert before["unreadCount"] == 3
    assert (await ben.data(UNREAD, id=key))["conversation"]["unreadCount"] == 0

    read = await client.data(MARK_READ, input={"conversationId": key})
    assert read["markRead"]["conversation"] == {"unreadCount": 0}
    last = (await send(ben, key, "m3"))["message"]["id"]
    await send(ben, key, "m4")
    partly = await client.data(MARK_READ, input={"conversationId": key, "messageId": last})
    assert partly["markRead"]["conversation"] == {"unreadCount": 1}
    back = before["lastMessage"]["id"]
    never_back = await client.data(MARK_READ, input={"conversationId": key, "messageId": back})
    assert never_back["markRead"]["conversation"] == {"unreadCount": 1}


async def test_own_messages_are_edited_and_deleted(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    ben = client_of(await sign_up("ben"))
    key = (await create(client))["conversation"]["id"]
    message = (await send(client, key))["message"]["id"]

    refused = await change(ben, "editMessage", messageId=message, body="mine")
    assert refused["userErrors"] == [{"code": "NOT_YOURS", "field": "messageId"}]

    edited = await change(client, "editMessage", messageId=message, body="better")
    assert edited["message"]["body"] == "better"
    assert edited["message"]["editedAt"]

    deleted = await change(client, "deleteMessage", messageId=message)
    assert deleted["message"]["body"] == ""
    assert deleted["message"]["deletedAt"]
    late = await change(client, "editMessage", messageId=message, body="too late")
    assert late["userErrors"] == [{"code": "ALREADY_DONE", "field": "messageId"}]


async def test_reactions_are_once_each_and_bookmarks_ones_own(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    ben = client_of(await sign_up("ben"))
    key = (await create(client))["conversation"]["id"]
    message = (await send(client, key))["message"]["id"]

    await change(ben, "addReaction", messageId=message, emoji="👍")
    twice = await change(ben, "addReaction", messageId=message, emoji="👍")
    assert twice["message"]["reactions"] == [{"emoji": "👍", "participant": {"name": "Ben"}}]
    gone = await change(ben, "removeReaction", messageId=message, emoji="👍")
    assert gone["message"]["reactions"] == []

    marked = await change(client, "addBookmark", messageId=message, note="read again")
    assert marked["message"]["bookmarked"]
    assert marked["message"]["bookmarkNote"] == "read again"
    others = await change(ben, "removeBookmark", messageId=message)
    assert not others["message"]["bookmarked"]
    query = "query ($id: ID!) { node(id: $id) { ... on Message { bookmarked } } }"
    assert (await client.data(query, id=message))["node"] == {"bookmarked": True}
    unmarked = await change(client, "removeBookmark", messageId=message)
    assert not unmarked["message"]["bookmarked"]


LEAVE = """
    mutation ($id: ID!) { leaveConversation(input: {conversationId: $id}) { userErrors { code } } }
"""


async def test_who_has_left_is_there_again_by_a_change(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    ben = client_of(await sign_up("ben"))
    key = (await create(client))["conversation"]["id"]
    others = (await send(client, key))["message"]["id"]
    own = (await send(ben, key))["message"]["id"]
    there = "query ($id: ID!) { conversation(id: $id) { participants { nodes { name leftAt } } } }"

    async def has_left() -> bool:
        nodes = (await client.data(there, id=key))["conversation"]["participants"]["nodes"]
        [found] = [node for node in nodes if node["name"] == "Ben"]
        return found["leftAt"] is not None

    await ben.data(LEAVE, id=key)
    refused = await change(ben, "editMessage", messageId=others, body="mine")
    assert refused["userErrors"] == [{"code": "NOT_YOURS", "field": "messageId"}]
    assert await has_left()
    edited = await change(ben, "editMessage", messageId=own, body="back")
    assert edited["message"]["body"] == "back"
    assert not await has_left()


async def test_changes_at_once_are_events_in_one_line(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    users = [client_of(await sign_up(name)) for name in ("ben", "eve", "joe")]
    key = (await create(client))["conversation"]["id"]
    message = (await send(client, key))["message"]["id"]

    payloads = await asyncio.gather(
        *(
            change(user, "addReaction", messageId=message, emoji=e)
            for user in users
            for e in "👍👎"
        ),
        *(change(client, "editMessage", messageId=message, body=f"b{n}") for n in range(5)),
        *(user.data(MARK_READ, input={"conversationId": key}) for user in users),
        *(send(user, key) for user in users),
    )

    assert all(payload.get("userErrors", []) == [] for payload in payloads)
    conversation = decode_id(IdType.CONVERSATION, key)
    reader = client.services.database.reader(client.viewer.tenant_id)
    kept = events.c
    rows = await reader.all(
        select(kept.seq, kept.kind).where(kept.stream_id == conversation).order_by(kept.seq)
    )
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    counts = Counter(row.kind for row in rows)
    assert counts["REACTION_ADDED"] == 6
    assert counts["MESSAGE_EDITED"] == 5
    # Each of them joins once, by whatever comes first; the owner has made the conversation.
    assert counts["PARTICIPANT_JOINED"] == 1 + len(users)
    reactions = (await change(client, "removeReaction", messageId=message, emoji="👍"))["message"]
    assert len(reactions["reactions"]) == 6


async def test_private_conversations_are_for_their_participants(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    ben, eve = client_of(await sign_up("ben")), client_of(await sign_up("eve"))
    viewer = await ben.data("{ viewer { id } }")
    made = await create(client, visibility="PRIVATE", userIds=[viewer["viewer"]["id"]])
    key = made["conversation"]["id"]
    names = {node["name"] for node in made["conversation"]["participants"]["nodes"]}
    assert names == {"Ana", "Ben"}
    message = (await send(ben, key))["message"]["id"]

    assert await eve.code(UNREAD, id=key) == "NOT_FOUND"
    assert (await send(eve, key))["userErrors"][0]["code"] == "NOT_FOUND"
    assert await eve.code("query ($id: ID!) { node(id: $id) { id } }", id=message) == "NOT_FOUND"
    hidden = await eve.data(
        '{ conversations { totalCount } search(query: "hello") { nodes { id } } }'
    )
    assert hidden == {"conversations": {"totalCount": 0}, "search": {"nodes": []}}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"body": "x" * 1_000_000}, "TOO_LONG", "body"),
        ({"body": "   "}, "BLANK", "body"),
        ({"body": "a\x00b"}, "BAD_INPUT", "body"),
        ({"body": "half \ud83d"}, "BAD_INPUT", "body"),
        ({"replyToId": "nonsense"}, "BAD_ID", "replyToId"),
        ({"conversationId": "nonsense"}, "BAD_ID", "conversationId"),
        ({"clientMessageId": "k" * 129}, "TOO_LONG", "clientMessageId"),
    ],
)
async def test_bad_messages_are_told_and_nothing_is_written(
    client: Any, given: dict[str, Any], code: str, field: str
) -> None:
    key = (await create(client))["conversation"]["id"]
    payload = (
        await send(client, **{"key": key} | given)
        if "conversationId" not in given
        else (await client.data(SEND, input={"body": "hello"} | given))["sendMessage"]
    )
    assert payload["message"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, field)
    found = await client.data(UNREAD, id=key)
    assert found["conversation"]["lastMessage"] is None


async def test_viewers_do_not_write(client: Any, client_of: Any, sign_up: Any) -> None:
    reader = client_of(await sign_up("ren", role="VIEWER"))
    key = (await create(client))["conversation"]["id"]
    assert await reader.code(SEND, input={"conversationId": key, "body": "x"}) == "FORBIDDEN"
    assert await reader.code(CREATE, input={"title": "x"}) == "FORBIDDEN"


async def test_faults_are_masked_and_logged_with_an_id(
    client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("schema.queries.conversations.list_conversations", fail)
    result = await client.result("{ conversations(order: PINNED_FIRST) { nodes { id } } }")
    (error,) = result["errors"]
    assert "secret" not in str(error)
    assert error["extensions"]["code"] == "INTERNAL"
    assert len(error["extensions"]["id"]) == 32


def test_reads_that_take_too_long_are_told() -> None:
    error = GraphQLError("ended", original_error=ReadTimedOut(10))
    formatted = format_error(error)
    assert formatted["extensions"] == {"code": "TIMED_OUT"}
    assert "10 s" in formatted["message"]
