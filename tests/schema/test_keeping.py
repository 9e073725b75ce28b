"""Unread again, pinned, archived, muted: for the viewer alone, on all devices."""

from contextlib import aclosing
from typing import Any

import pytest

from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id
from tests.schema.test_inbox import present, told
from tests.schema.test_reading import SEND, make_conversation, titles

SET = """
    mutation ($input: UpdateConversationSettingsInput!) {
        updateConversationSettings(input: $input) {
            conversation { id pinnedAt archivedAt muted mutedUntil }
            userErrors { code field }
        }
    }
"""
UNREAD = """
    mutation ($id: ID!, $message: ID) {
        markUnread(input: {conversationId: $id, messageId: $message}) {
            conversation { unreadCount firstUnreadMessage { body } }
            userErrors { code field }
        }
    }
"""
READ = """
    mutation ($id: ID!, $message: ID) {
        markRead(input: {conversationId: $id, messageId: $message}) {
            conversation { unreadCount firstUnreadMessage { body } }
        }
    }
"""
STATE = """
    query ($id: ID!) {
        conversation(id: $id) {
            unreadCount firstUnreadMessage { body } messages { nodes { id body } }
        }
        viewer { unread { conversations messages } }
    }
"""
LIST = """
    query ($first: Int, $after: String, $last: Int, $before: String, $order: ConversationOrder!,
           $filter: ConversationFilterInput) {
        conversations(first: $first, after: $after, last: $last, before: $before, order: $order,
                      filter: $filter) {
            totalCount
            edges { cursor node { title } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
CHANGES = """
    subscription ($id: ID!, $after: String) {
        conversationEvents(conversationId: $id, after: $after) {
            __typename
        }
    }
"""
LATER = "2099-01-01T00:00:00.000000Z"


async def keep(client: Any, key: str, **change: Any) -> dict[str, Any]:
    """Change the settings of a conversation; what they are then."""
    made = await client.data(SET, input={"conversationId": key, **change})
    assert made["updateConversationSettings"]["userErrors"] == []
    return dict(made["updateConversationSettings"]["conversation"])


async def refusal(client: Any, query: str, **variables: Any) -> tuple[str, str]:
    """The code and the field of the one error that a mutation's input has."""
    (payload,) = (await client.data(query, **variables)).values()
    (error,) = payload["userErrors"]
    return error["code"], error["field"]


async def test_reading_moves_forward_and_back(client: Any, client_of: Any, sign_up: Any) -> None:
    key = await make_conversation(client, "chat", "one", "two", "three")
    reader = client_of(await sign_up("reader"))
    state = await reader.data(STATE, id=key)
    assert state["conversation"]["unreadCount"] == 3
    assert state["conversation"]["firstUnreadMessage"] == {"body": "one"}
    assert state["viewer"]["unread"] == {"conversations": 1, "messages": 3}
    ids = {node["body"]: node["id"] for node in state["conversation"]["messages"]["nodes"]}

    read = await reader.data(READ, id=key, message=ids["two"])
    expected = {"unreadCount": 1, "firstUnreadMessage": {"body": "three"}}
    assert read["markRead"]["conversation"] == expected
    back = await reader.data(UNREAD, id=key, message=ids["two"])
    expected = {"unreadCount": 2, "firstUnreadMessage": {"body": "two"}}
    assert back["markUnread"]["conversation"] == expected
    whole = await reader.data(READ, id=key)
    expected = {"unreadCount": 0, "firstUnreadMessage": None}
    assert whole["markRead"]["conversation"] == expected
    newest = await reader.data(UNREAD, id=key)
    expected = {"unreadCount": 1, "firstUnreadMessage": {"body": "three"}}
    assert newest["markUnread"]["conversation"] == expected
    # Marking a later message unread does not read the earlier ones.
    await reader.data(UNREAD, id=key, message=ids["one"])
    later = await reader.data(UNREAD, id=key, message=ids["three"])
    assert later["markUnread"]["conversation"]["unreadCount"] == 3


async def test_nothing_to_mark_unread_is_told(client: Any, owner: Any, tenant: Any) -> None:
    empty = await make_conversation(client, "empty")
    assert await refusal(client, UNREAD, id=empty) == ("NOT_FOUND", "messageId")
    imported = await make_conversation(client, "imported", "old")
    await owner.execute(
        "UPDATE messages SET import_id = gen_random_uuid() WHERE tenant_id = $1", tenant
    )
    assert await refusal(client, UNREAD, id=imported) == ("NOT_FOUND", "messageId")
    state = await client.data(STATE, id=imported)
    assert state["conversation"]["firstUnreadMessage"] is None


async def test_settings_are_the_viewers_own(client: Any, client_of: Any, sign_up: Any) -> None:
    key = await make_conversation(client, "chat", "hello")
    assert (await keep(client, key, pinned=True))["pinnedAt"] is not None
    other = client_of(await sign_up("other"))
    found = await other.data(
        "query ($id: ID!) { conversation(id: $id) { pinnedAt archivedAt muted mutedUntil } }",
        id=key,
    )
    assert found["conversation"] == {
        "pinnedAt": None,
        "archivedAt": None,
        "muted": False,
        "mutedUntil": None,
    }


async def test_pinning_and_archiving_exclude_each_other(client: Any) -> None:
    key = await make_conversation(client, "chat", "hello")
    pinned = await keep(client, key, pinned=True)
    again = await keep(client, key, pinned=True)
    assert again["pinnedAt"] == pinned["pinnedAt"]
    archived = await keep(client, key, archived=True)
    assert archived["pinnedAt"] is None
    assert archived["archivedAt"] is not None
    back = await keep(client, key, pinned=True)
    assert back["archivedAt"] is None
    assert back["pinnedAt"] is not None
    both = {"conversationId": key, "pinned": True, "archived": True}
    assert await refusal(client, SET, input=both) == ("BAD_INPUT", "pinned")


async def test_muting_ends_by_itself_or_by_hand(client: Any, owner: Any, tenant: Any) -> None:
    key = await make_conversation(client, "chat", "hello")
    assert await keep(client, key, mutedUntil=LATER) == {
        "id": key,
        "pinnedAt": None,
        "archivedAt": None,
        "muted": True,
        "mutedUntil": "2099-01-01T00:00:00+00:00",
    }
    muted = {"filter": {"muted": True}, "order": "ACTIVITY"}
    assert (await client.data(LIST, **muted))["conversations"]["totalCount"] == 1
    await owner.execute(
        "UPDATE conversation_settings SET muted_until = now() - interval '1 s'"
        " WHERE tenant_id = $1",
        tenant,
    )
    over = await client.data("query ($id: ID!) { conversation(id: $id) { muted } }", id=key)
    assert over["conversation"]["muted"] is False
    assert (await client.data(LIST, **muted))["conversations"]["totalCount"] == 0
    for_good = await keep(client, key, muted=True)
    assert (for_good["muted"], for_good["mutedUntil"]) == (True, None)
    assert (await keep(client, key, muted=False))["muted"] is False


async def test_settings_that_cannot_be_are_told(client: Any) -> None:
    key = await make_conversation(client, "chat", "hello")
    past = {"conversationId": key, "mutedUntil": "2020-01-01T00:00:00Z"}
    assert await refusal(client, SET, input=past) == ("PAST_TIME", "mutedUntil")
    neither = {"conversationId": key, "muted": False, "mutedUntil": LATER}
    assert await refusal(client, SET, input=neither) == ("BAD_INPUT", "mutedUntil")


async def test_pinned_conversations_have_a_limit(client: Any, owner: Any, tenant: Any) -> None:
    key = await make_conversation(client, "one more", "hello")
    await owner.execute(
        """
        WITH made AS (
            INSERT INTO conversations (tenant_id, id, created_at, title, kind, visibility, last_seq,
                message_count, live_count, last_activity_at)
            SELECT $1, gen_random_uuid(), now(), 'x', 'GROUP', 'TENANT', 0, 0, 0, now()
            FROM generate_series(1, 100) RETURNING id)
        INSERT INTO conversation_settings (tenant_id, conversation_id, user_id, pinned_at)
        SELECT $1, id, $2, now() FROM made
        """,
        tenant,
        client.viewer.user_id,
    )
    full = {"conversationId": key, "pinned": True}
    assert await refusal(client, SET, input=full) == ("TOO_MANY", "pinned")


async def test_archived_conversations_are_listed_when_asked_for(client: Any) -> None:
    for name in ("a", "b", "c"):
        key = await make_conversation(client, name, "hello")
        if name == "b":
            await keep(client, key, archived=True)

    async def listed(**wanted: Any) -> list[str]:
        found = await client.data(LIST, order="ACTIVITY", filter=wanted)
        assert found["conversations"]["totalCount"] == len(found["conversations"]["edges"])
        return titles(found["conversations"])

    assert await listed() == ["c", "a"]
    assert await listed(archived="ONLY") == ["b"]
    assert await listed(archived="INCLUDE") == ["c", "b", "a"]
    assert await listed(archived="INCLUDE", pinned=False) == ["c", "b", "a"]


async def test_unread_of_archived_and_muted_ones_does_not_count(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    keys = [await make_conversation(client, name, "hello") for name in ("a", "b", "c")]
    reader = client_of(await sign_up("reader"))
    await keep(reader, keys[0], archived=True)
    await keep(reader, keys[1], muted=True)
    state = await reader.data(STATE, id=keys[2])
    assert state["viewer"]["unread"] == {"conversations": 1, "messages": 1}


@pytest.fixture
async def pinned_list(client: Any) -> list[str]:
    """The titles as they are expected with the pinned ones first: pinned were d, a and c."""
    keys = {name: await make_conversation(client, name, "hello") for name in "abcdefg"}
    for name in "dac":
        await keep(client, keys[name], pinned=True)
    return ["c", "a", "d", "g", "f", "e", "b"]


FORWARDS = ("first", "after", "hasNextPage", "endCursor")
BACKWARDS = ("last", "before", "hasPreviousPage", "startCursor")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_pinned_first_pages_both_ways(client: Any, pinned_list: list[str], size: int) -> None:
    forwards = await all_pages(client, size, FORWARDS)
    assert [title for page in forwards for title in page] == pinned_list
    backwards = await all_pages(client, size, BACKWARDS)
    assert [title for page in reversed(backwards) for title in page] == pinned_list


async def all_pages(client: Any, size: int, names: tuple[str, str, str, str]) -> list[list[str]]:
    """The titles page by page, as far as there are more."""
    amount, place, more, cursor = names
    pages: list[list[str]] = []
    after = None
    while True:
        given = {amount: size, place: after, "order": "PINNED_FIRST"}
        found = (await client.data(LIST, **given))["conversations"]
        pages.append(titles(found))
        if not found["pageInfo"][more]:
            return pages
        after = found["pageInfo"][cursor]


async def test_pinned_first_takes_its_own_cursors_alone(
    client: Any, pinned_list: list[str]
) -> None:
    whole = (await client.data(LIST, order="PINNED_FIRST"))["conversations"]
    cursors = {edge["node"]["title"]: edge["cursor"] for edge in whole["edges"]}
    between = await client.data(LIST, order="PINNED_FIRST", after=cursors["a"], before=cursors["f"])
    assert titles(between["conversations"]) == ["d", "g"]
    none = await client.data(LIST, order="PINNED_FIRST", after=cursors["f"], before=cursors["a"])
    assert titles(none["conversations"]) == []
    assert await client.code(LIST, order="PINNED_FIRST", after="AAAA") == "BAD_CURSOR"
    assert await client.code(LIST, order="PINNED_FIRST", before="AAAA") == "BAD_CURSOR"
    assert await client.code(LIST, order="ACTIVITY", after=cursors["a"]) == "BAD_CURSOR"
    filtered = await client.data(LIST, order="PINNED_FIRST", filter={"pinned": True}, first=2)
    assert titles(filtered["conversations"]) == ["c", "a"]
    assert filtered["conversations"]["totalCount"] == 3


async def test_only_the_viewers_devices_hear_of_settings(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    key = await make_conversation(client, "chat", "hello")
    other = client_of(await sign_up("other"))
    start = cursor_at(decode_id(IdType.CONVERSATION, key), 0)
    since = await present(client)
    await keep(client, key, pinned=True)
    await client.data(SEND, input={"conversationId": key, "body": "bye"})

    async def heard(by: Any) -> list[str]:
        """The kinds of the conversation's events, up to the last message."""
        kinds: list[str] = []
        async with aclosing(by.events(CHANGES, id=key, after=start)) as events:
            while kinds.count("MessageAddedEvent") < 2:
                kinds.append((await anext(events))["conversationEvents"]["__typename"])
        return kinds

    settings, message = "ConversationSettingsChangedEvent", "MessageAddedEvent"
    assert (await heard(client))[-3:] == [message, settings, message]
    assert (await heard(other))[-2:] == [message, message]
    (mine, then) = await told(client, since, 2)
    assert mine["conversationEvent"]["__typename"] == settings
    assert then["conversationEvent"]["message"] == {"body": "bye"}
    (theirs,) = await told(other, since, 1)
    assert theirs["conversationEvent"]["message"] == {"body": "bye"}
