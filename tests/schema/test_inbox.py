"""All that the viewer may see, in one subscription."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from models.ids import new_id
from realtime.inbox import Inbox
from resolvers.inbox import cursor_of
from schema.ids import IdType, decode_id
from tests.schema.test_subscribing import CREATE_SCHEDULE, conversation_of, send

INBOX = """
    subscription ($after: String) {
        inboxEvents(after: $after) {
            cursor conversationId conversation { title }
            conversationEvent { __typename ... on MessageAddedEvent { message { body } } }
            scheduleEvent { kind schedule { body } }
        }
    }
"""

SCHEDULES = """
    subscription ($after: String) { scheduleEvents(after: $after) { cursor schedule { body } } }
"""
CURSOR = "{ viewer { inboxCursor } }"


async def present(client: Any) -> str:
    """The cursor of who knows all that happened so far."""
    inbox = Inbox(client.services.database, client.viewer.tenant_id)
    return cursor_of(await inbox.present())


async def told(client: Any, after: str, count: int, query: str = INBOX) -> list[dict[str, Any]]:
    """The next events."""
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(60), aclosing(client.events(query, after=after)) as stream:
        while len(events) < count:
            (event,) = (await anext(stream)).values()
            events.append(event)
    return events


async def schedule(client: Any, conversation: str, body: str) -> None:
    given = {"conversationId": conversation, "body": body, "sendAt": "2040-01-01T00:00:00Z"}
    payload = await client.data(CREATE_SCHEDULE, input=given)
    assert payload["createSchedule"]["userErrors"] == []


async def forget(client: Any, owner: Any, conversation: str) -> None:
    """Keep no event of the conversation any more."""
    await owner.execute(
        "UPDATE events SET created_at = created_at - interval '1 day' WHERE stream_id = $1",
        decode_id(IdType.CONVERSATION, conversation),
    )
    await client.services.database.across_tenants("parley_forget_events", 1)


def contents(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events but for their cursors: these are snapshots, and hold what else was running."""
    return [{name: event[name] for name in event if name != "cursor"} for event in events]


async def test_what_happens_anywhere_is_told_live_and_again(client: Any) -> None:
    start = await present(client)
    async with asyncio.timeout(60), aclosing(client.events(INBOX, after=start)) as stream:
        keys = [await conversation_of(client, title=title) for title in "ab"]
        live = [(await anext(stream))["inboxEvents"] for _ in range(4)]
        for key, body in zip(keys, ("one", "two"), strict=True):
            await send(client, key, body)
        live += [(await anext(stream))["inboxEvents"] for _ in range(2)]

    bodies = [event["conversationEvent"]["message"]["body"] for event in live[4:]]
    assert sorted(bodies) == ["one", "two"]
    assert {event["conversationId"] for event in live} == set(keys)
    assert contents(await told(client, live[3]["cursor"], 2)) == contents(live[4:])


async def test_the_viewers_cursor_is_the_present(client: Any) -> None:
    await conversation_of(client, title="before")
    after = (await client.once(CURSOR))["data"]["viewer"]["inboxCursor"]
    key = await conversation_of(client, title="after")

    events = await told(client, after, 2)

    assert {event["conversationId"] for event in events} == {key}


async def test_schedules_are_told(client: Any) -> None:
    key = await conversation_of(client)
    start = await present(client)
    await schedule(client, key, "later")
    (event,) = await told(client, start, 1)
    assert event["conversationEvent"] is None
    assert event["scheduleEvent"] == {"kind": "SCHEDULE_CREATED", "schedule": {"body": "later"}}


async def test_nobody_hears_of_what_they_may_not_see(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    ben = client_of(await sign_up("ben"))
    start = await present(client)
    private = await conversation_of(client, visibility="PRIVATE")
    await send(client, private, "secret")
    open_one = await conversation_of(client)
    (event,) = await told(ben, start, 1)
    assert event["conversationId"] == open_one


async def test_old_cursor_gives_a_reset_to_go_on_from(client: Any, owner: Any) -> None:
    start = await present(client)
    key = await conversation_of(client)
    await forget(client, owner, key)
    (reset,) = await told(client, start, 1)
    assert reset["conversationEvent"] == {"__typename": "ResetEvent"}
    assert reset["conversationId"] is None
    await send(client, key, "afterwards")
    (event,) = await told(client, reset["cursor"], 1)
    assert event["conversationEvent"]["message"]["body"] == "afterwards"


async def test_all_schedules_are_told_after_the_viewers_cursor(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    ben = client_of(await sign_up("ben"))
    start = await present(client)
    private = await conversation_of(client, visibility="PRIVATE")
    await schedule(client, private, "secret")
    open_one = await conversation_of(client)
    for body in ("one", "two"):
        await schedule(client, open_one, body)

    known = await told(ben, start, 2, SCHEDULES)
    following = await told(ben, known[0]["cursor"], 1, SCHEDULES)

    assert {event["schedule"]["body"] for event in known} == {"one", "two"}
    assert contents(following) == contents(known[1:])


async def test_an_old_cursor_of_all_schedules_is_told(client: Any, owner: Any) -> None:
    start = await present(client)
    await forget(client, owner, await conversation_of(client))
    assert await client.refusal(SCHEDULES, after=start) == "RESET"


@pytest.mark.parametrize("subscription", (INBOX, SCHEDULES))
async def test_other_cursors_are_refused(client: Any, subscription: str) -> None:
    for cursor in ("nonsense", "?", "A" * 40_000, new_id().hex):
        assert await client.refusal(subscription, after=cursor) == "BAD_CURSOR"
