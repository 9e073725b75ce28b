"""Subscribers who are told the same share executions, and none is told what is another's."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.base import now
from models.events import EventKind, Stream
from models.ids import new_id
from realtime.events import LiveEvent
from resolvers.feeds import cursor_at
from resolvers.imports import ImportChoices, cancel_import, checked_import, make_import
from resolvers.loaders.shared import SharedLoaders
from schema.ids import IdType, decode_id, encode_id
from tests.schema.test_inbox import INBOX, present
from tests.schema.test_participants import LEAVE, add
from tests.schema.test_presence import PRESENCE, TYPE
from tests.schema.test_subscribing import (
    CONVERSATION_EVENTS,
    EDIT,
    conversation_of,
    send,
    subscribed,
)

PIN = """
    mutation ($id: ID!) {
        updateConversationSettings(input: {conversationId: $id, pinned: true}) {
            userErrors { code }
        }
    }
"""
UNREAD = """
    subscription ($id: ID!) {
        conversationEvents(conversationId: $id) {
            ... on MessageAddedEvent { message { body conversation { unreadCount } } }
        }
    }
"""
PROGRESS = """
    subscription ($id: ID!) { importProgress(importId: $id) { status createdBy { name } } }
"""
DEVICES = "subscription { deviceEvents { device { name limits { normal } } } }"
CREATE_DEVICE = """
    mutation {
        createDevice(input: {name: "Front desk", loopback: {}}) { userErrors { code } }
    }
"""
# What is found out about a document is remembered: this is another one.
MISMARKED = UNREAD.replace("body", "")


@pytest.fixture
def shared(service: Any) -> Any:
    """What groups have done since the test began, by the name of a statistic."""
    statistics = service.groups.statistics
    names = ("executions", "saved", "frames", "groups", "compared", "recalled")
    before = {name: getattr(statistics, name) for name in names}
    return lambda name: getattr(statistics, name) - before[name]


async def test_one_execution_serves_all(
    client: Any, client_of: Any, sign_up: Any, shared: Any
) -> None:
    key = await conversation_of(client)
    others = [client_of(await sign_up(handle)) for handle in ("ben", "cid")]
    async with AsyncExitStack() as stack:
        heard = [
            await stack.enter_async_context(subscribed(one, CONVERSATION_EVENTS, id=key))
            for one in (client, *others)
        ]
        assert shared("groups") == 1
        await send(client, key, "for all")
        events = [await next_event() for next_event in heard]
    assert events[0]["conversationEvents"]["message"]["body"] == "for all"
    assert events[1:] == events[:1] * 2
    assert (shared("frames"), shared("saved")) == (3, 2)
    # Once for all, and in shadow mode again for each.
    assert (shared("executions"), shared("compared")) == (4, 3)
    assert shared("groups") == 0


async def test_who_comes_back_reads_alone_and_then_sits_with_the_others(
    client: Any, client_of: Any, sign_up: Any, shared: Any
) -> None:
    key = await conversation_of(client)
    ben = client_of(await sign_up("ben"))
    first = cursor_at(decode_id(IdType.CONVERSATION, key), 2)
    count = 25

    async def write(start: int, end: int) -> None:
        for number in range(start, end):
            await send(client, key, str(number))

    async with subscribed(client, CONVERSATION_EVENTS, id=key) as hers:
        await write(0, 5)
        # More happens while he catches up.
        writing = asyncio.create_task(write(5, count))
        async with subscribed(ben, CONVERSATION_EVENTS, id=key, after=first) as his:
            told = [
                [(await next_event())["conversationEvents"] for _ in range(count)]
                for next_event in (hers, his)
            ]
        await writing
        assert shared("groups") == 1
    assert [event["message"]["body"] for event in told[0]] == [str(n) for n in range(count)]
    assert told[1] == told[0]


async def test_who_comes_back_soon_is_sent_what_the_others_were(
    client: Any, client_of: Any, sign_up: Any, shared: Any
) -> None:
    key = await conversation_of(client)
    ben, cid = [client_of(await sign_up(handle)) for handle in ("ben", "cid")]
    async with subscribed(client, CONVERSATION_EVENTS, id=key) as hers:
        for body in ("one", "two", "three"):
            await send(client, key, body)
        told = [(await hers())["conversationEvents"] for _ in range(3)]
        before, after = shared("executions"), told[0]["cursor"]
        async with subscribed(ben, CONVERSATION_EVENTS, id=key, after=after) as his:
            assert [(await his())["conversationEvents"] for _ in range(2)] == told[1:]
        assert (shared("recalled"), shared("executions")) == (2, before)

        edited = {"messageId": told[1]["message"]["id"], "body": "zwei"}
        await client.data(EDIT, input=edited)
        assert (await hers())["conversationEvents"]["message"]["body"] == "zwei"
        # What was taken back is not sent again.
        async with subscribed(cid, CONVERSATION_EVENTS, id=key, after=after) as theirs:
            events = [(await theirs())["conversationEvents"] for _ in range(3)]
        assert [event["message"]["body"] for event in events] == ["zwei", "three", "zwei"]
        assert shared("recalled") == 2


async def test_who_may_not_come_back_is_sent_nothing(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    key = await conversation_of(client, visibility="PRIVATE")
    ben = client_of(await sign_up("ben"))
    async with subscribed(client, CONVERSATION_EVENTS, id=key) as hers:
        for body in ("one", "two"):
            await send(client, key, body)
        cursors = [(await hers())["conversationEvents"]["cursor"] for _ in range(2)]
        after = cursors[0]
        assert await ben.refusal(CONVERSATION_EVENTS, id=key, after=after) == "NOT_FOUND"


async def test_who_comes_back_to_the_inbox_misses_nothing(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    start = await present(client)
    keys = [await conversation_of(client, title=title) for title in "ab"]
    ben = client_of(await sign_up("ben"))
    count = 12

    async def write() -> None:
        for number in range(count):
            await send(client, keys[number % 2], str(number))

    def bodies(events: list[dict[str, Any]], key: str) -> list[str]:
        return [
            event["inboxEvents"]["conversationEvent"]["message"]["body"]
            for event in events
            if event["inboxEvents"]["conversationId"] == key
            and "message" in event["inboxEvents"]["conversationEvent"]
        ]

    async with subscribed(client, INBOX) as hers:
        writing = asyncio.create_task(write())
        async with subscribed(ben, INBOX, after=start) as his:
            live = [await hers() for _ in range(count)]
            # Besides, that two conversations were made.
            his_all = [await his() for _ in range(count + 4)]
        await writing
    for turn, key in enumerate(keys):
        expected = [str(number) for number in range(turn, count, 2)]
        assert bodies(live, key) == bodies(his_all, key) == expected


async def test_hole_for_good_is_told_to_all_and_the_group_goes_on(
    client: Any, client_of: Any, sign_up: Any, owner: Any
) -> None:
    key = await conversation_of(client)
    stream_id = decode_id(IdType.CONVERSATION, key)
    ben = client_of(await sign_up("ben"))
    beyond = LiveEvent(
        client.viewer.tenant_id,
        stream_id,
        10,
        Stream.CONVERSATION,
        EventKind.CONVERSATION_CHANGED,
        {},
        now(),
    )
    async with (
        subscribed(client, CONVERSATION_EVENTS, id=key) as hers,
        subscribed(ben, CONVERSATION_EVENTS, id=key) as his,
    ):
        await owner.execute("UPDATE conversations SET last_seq = 10 WHERE id = $1", stream_id)
        await owner.execute(
            "INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)"
            " VALUES ($1, $2, 10, 'CONVERSATION', 'CONVERSATION_CHANGED', '{}', now())",
            client.viewer.tenant_id,
            stream_id,
        )
        await client.services.bell.ring([beyond])
        resets = [(await heard())["conversationEvents"] for heard in (hers, his)]
        assert resets[0] == resets[1]
        assert resets[0]["__typename"] == "ResetEvent"
        assert resets[0]["cursor"] == cursor_at(stream_id, 10)
        await send(client, key, "going on")
        told = [(await heard())["conversationEvents"] for heard in (hers, his)]
    assert told[0] == told[1]
    assert told[0]["message"]["body"] == "going on"


async def test_what_differs_by_viewer_is_executed_for_each(
    client: Any, client_of: Any, sign_up: Any, shared: Any
) -> None:
    key = await conversation_of(client)
    ben = client_of(await sign_up("ben"))
    async with (
        subscribed(client, UNREAD, id=key) as hers,
        subscribed(ben, UNREAD, id=key) as his,
        subscribed(ben, UNREAD, id=key) as his_other,
    ):
        await send(client, key, "news")
        told = [(await heard())["conversationEvents"]["message"] for heard in (hers, his)]
        assert (await his_other())["conversationEvents"]["message"] == told[1]
    assert [one["conversation"]["unreadCount"] for one in told] == [0, 1]
    assert (shared("executions"), shared("saved")) == (2, 1)


async def test_who_left_hears_no_more_while_others_do(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    key = await conversation_of(client, visibility="PRIVATE")
    ben = client_of(await sign_up("ben"))
    await add(client, key, ben.viewer)
    async with (
        subscribed(client, CONVERSATION_EVENTS, id=key) as hers,
        subscribed(ben, CONVERSATION_EVENTS, id=key) as his,
    ):
        await ben.data(LEAVE, id=key)
        await send(client, key, "secret")
        with pytest.raises(StopAsyncIteration):
            await his()
        told = [(await hers())["conversationEvents"] for _ in range(2)]
    assert told[0]["__typename"] == "ParticipantLeftEvent"
    assert told[1]["message"]["body"] == "secret"


async def test_settings_are_told_to_their_owner_alone(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    key = await conversation_of(client)
    ben = client_of(await sign_up("ben"))
    async with (
        subscribed(client, CONVERSATION_EVENTS, id=key) as hers,
        subscribed(ben, CONVERSATION_EVENTS, id=key) as his,
    ):
        await client.data(PIN, id=key)
        await send(client, key, "for both")
        assert (await hers())["conversationEvents"]["__typename"] == (
            "ConversationSettingsChangedEvent"
        )
        assert (await hers()) == (await his())


async def test_presence_is_shared_from_when_its_beginning_is_told(
    client: Any, client_of: Any, sign_up: Any, shared: Any
) -> None:
    key = await conversation_of(client)
    ben, cid = [client_of(await sign_up(handle)) for handle in ("ben", "cid")]
    came = [{"kind": "CAME", "user": {"name": name}} for name in ("Ana", "Ben")]
    async with subscribed(client, PRESENCE, id=key) as hers:
        told, comes_to_her = await seated(client, hers, beginnings=1)
        assert [each["presence"] for each in told] == came[:1]
        async with subscribed(ben, PRESENCE, id=key) as his:
            told, comes_to_him = await seated(ben, his, beginnings=2)
            assert sorted(told, key=lambda event: event["presence"]["user"]["name"]) == [
                {"presence": each} for each in came
            ]
            assert (await comes_to_her)["presence"] == came[1]
            assert (shared("groups"), shared("saved")) == (1, 0)
            await cid.data(TYPE, id=key)
            types = {"kind": "TYPING", "user": {"name": "Cid"}}
            assert await comes_to_him == await hers() == {"presence": types}
            assert shared("saved") == 1
        assert (await hers())["presence"] == {"kind": "LEFT", "user": {"name": "Ben"}}


async def test_progress_of_an_import_is_shared_until_it_ends(
    client: Any, client_of: Any, sign_up: Any, shared: Any
) -> None:
    new = await checked_import(client.context(), "chat.txt", ImportChoices())
    row = await make_import(client.context(), new, upload_size=1)
    key = encode_id(IdType.IMPORT, row.id)
    ben = client_of(await sign_up("ben"))
    async with subscribed(client, PROGRESS, id=key) as hers:
        [beginning], comes_to_her = await seated(client, hers, beginnings=1)
        assert beginning == {
            "importProgress": {"status": "UPLOADING", "createdBy": {"name": "Ana"}}
        }
        async with subscribed(ben, PROGRESS, id=key) as his:
            [same], comes_to_him = await seated(ben, his, beginnings=1)
            assert same == beginning
            await cancel_import(client.context(), row.id)
            ended = await asyncio.gather(comes_to_her, comes_to_him)
            assert [one["importProgress"]["status"] for one in ended] == ["CANCELLED"] * 2
            for heard in (hers, his):
                with pytest.raises(StopAsyncIteration):
                    await heard()
    assert (shared("groups"), shared("saved")) == (0, 1)


async def test_changes_of_devices_are_shared(client_of: Any, sign_up: Any, shared: Any) -> None:
    ada, ben = [client_of(await sign_up(handle, "ADMIN")) for handle in ("ada", "ben")]
    async with subscribed(ada, DEVICES) as hers, subscribed(ben, DEVICES) as his:
        await ada.data(CREATE_DEVICE)
        told = [await hers(), await his()]
    assert told[0]["deviceEvents"]["device"]["name"] == "Front desk"
    assert told[1:] == told[:1]
    assert shared("saved") == 1


async def test_wrong_mark_is_noticed_before_anything_is_sent(
    client: Any, client_of: Any, sign_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.sharing.is_same_for_all", lambda _field: True)
    with capture_logs() as logs:
        assert await unread_counts(client, client_of(await sign_up("ben"))) == [0, 1]
    assert [entry["event"] for entry in logs] == ["result_not_shareable"]


async def test_shadow_mode_notices_what_is_not_the_same(
    client: Any,
    client_of: Any,
    sign_up: Any,
    service: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("schema.sharing.is_same_for_all", lambda _field: True)
    monkeypatch.setattr(SharedLoaders, "_user_id", new_id())
    with capture_logs() as logs:
        assert await unread_counts(client, client_of(await sign_up("ben"))) == [0, 1]
    (entry,) = logs
    assert entry["event"] == "shared_result_differs"
    # Where it differs, and nothing of what anybody wrote.
    assert entry["path"][-1] == "unreadCount"
    assert len(entry["shared_sha256"]) == len(entry["alone_sha256"]) == 64
    assert entry["shared_sha256"] != entry["alone_sha256"]
    assert "unreadCount" not in str({name: entry[name] for name in entry if name != "path"})
    assert service.groups.statistics.differences == 1
    service.groups.statistics.differences = 0


async def seated(
    client: Any, next_event: Any, *, beginnings: int
) -> tuple[list[dict[str, Any]], "asyncio.Future[dict[str, Any]]"]:
    """What a subscriber who has just come is told alone; and, once it sits, what comes next."""
    told = [await next_event() for _ in range(beginnings)]
    coming = asyncio.ensure_future(next_event())
    # Each beginning was counted, and the seat; `subscribed` waited for one.
    for _ in range(beginnings):
        await client.services.hub.joined.acquire()
    return told, coming


async def unread_counts(client: Any, other: Any) -> list[int]:
    """What both are told to have unread when the first has sent a message."""
    key = await conversation_of(client)
    async with (
        subscribed(client, MISMARKED, id=key) as hers,
        subscribed(other, MISMARKED, id=key) as his,
    ):
        await send(client, key, "news")
        told = [(await heard())["conversationEvents"]["message"] for heard in (hers, his)]
    return [one["conversation"]["unreadCount"] for one in told]
