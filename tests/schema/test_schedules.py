"""Schedules as a client sees them, sent by the worker through the loopback gateway."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.worker import Worker
from gateways.loopback import LoopbackGateway
from models.base import now

CREATE_CONVERSATION = """
    mutation { createConversation(input: {title: "c"}) { conversation { id } } }
"""
CREATE = """
    mutation ($input: CreateScheduleInput!) {
        createSchedule(input: $input) {
            schedule { id status body sendAt timeZone nextAt createdBy { handle }
                conversation { title } }
            userErrors { code field }
        }
    }
"""
CANCEL = """
    mutation ($id: ID!) {
        cancelSchedule(input: {scheduleId: $id}) {
            schedule { status nextAt } userErrors { code field }
        }
    }
"""
READ = """
    query ($id: ID!) { schedule(id: $id) { status deliveryCounts { status count }
        conversation { messages { nodes { body sender { name } } } } } }
"""
LIST = """
    query ($filter: ScheduleFilterInput) {
        schedules(filter: $filter) { totalCount nodes { body } }
    }
"""
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


async def make(client: Any, **given: Any) -> dict[str, Any]:
    """A schedule's payload, in a conversation of its own unless one is given."""
    if "conversationId" not in given:
        made = await client.data(CREATE_CONVERSATION)
        given["conversationId"] = made["createConversation"]["conversation"]["id"]
    given = {"body": "good morning", "sendAt": TOMORROW} | given
    payload: dict[str, Any] = (await client.data(CREATE, input=given))["createSchedule"]
    return payload


async def work(client: Any, at: datetime) -> None:
    """What the worker does when it is that late."""
    services = client.services
    gateway = LoopbackGateway(services.database, services.bell)
    await Worker(services.database, services.bell, gateway, clock=lambda: at).drain()


async def test_schedule_is_sent_once_when_it_is_due(client: Any) -> None:
    schedule = (await make(client))["schedule"]
    assert schedule["status"] == "ACTIVE"
    assert schedule["createdBy"] == {"handle": "ana"}

    await work(client, now())
    early = (await client.data(READ, id=schedule["id"]))["schedule"]
    assert early["deliveryCounts"] == []

    later = now() + timedelta(days=1, seconds=1)
    await work(client, later)
    await work(client, later)
    sent = (await client.data(READ, id=schedule["id"]))["schedule"]
    assert sent["status"] == "COMPLETED"
    assert [each["count"] for each in sent["deliveryCounts"]] == [1]
    messages = sent["conversation"]["messages"]["nodes"]
    assert messages == [{"body": "good morning", "sender": {"name": "Ana"}}]


async def test_cancelled_schedule_is_not_sent(client: Any) -> None:
    schedule = (await make(client))["schedule"]["id"]
    cancelled = (await client.data(CANCEL, id=schedule))["cancelSchedule"]
    assert cancelled["schedule"] == {"status": "CANCELLED", "nextAt": None}
    await work(client, now() + timedelta(days=2))
    after = (await client.data(READ, id=schedule))["schedule"]
    assert after["conversation"]["messages"]["nodes"] == []
    again = (await client.data(CANCEL, id=schedule))["cancelSchedule"]
    assert again["userErrors"] == []


async def test_sent_schedule_cannot_be_cancelled(client: Any) -> None:
    schedule = (await make(client))["schedule"]["id"]
    await work(client, now() + timedelta(days=2))
    late = (await client.data(CANCEL, id=schedule))["cancelSchedule"]
    assert late["userErrors"] == [{"code": "ALREADY_DONE", "field": "scheduleId"}]


async def test_time_without_offset_is_meant_in_the_zone(client: Any) -> None:
    payload = await make(client, sendAt="2030-07-01T09:00:00", timeZone="Asia/Kolkata")
    assert payload["schedule"]["sendAt"] == "2030-07-01T03:30:00+00:00"
    assert payload["schedule"]["timeZone"] == "Asia/Kolkata"


async def test_idempotency_key_gives_the_first_again(client: Any) -> None:
    first = await make(client, idempotencyKey="k")
    again = await make(client, idempotencyKey="k", body="changed")
    assert again == first


async def test_a_schedule_into_a_conversation_is_made_by_one_statement(client: Any) -> None:
    made = await client.data(CREATE_CONVERSATION)
    key = made["createConversation"]["conversation"]["id"]
    bare = "mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) { %s } }"
    given = {"conversationId": key, "body": "hello"}
    fields = "schedule { id status body sendAt }"
    assert await client.count_statements(bare % fields, input=given) == 1


async def test_schedules_are_listed_by_status(client: Any) -> None:
    one = (await make(client, body="one"))["schedule"]["id"]
    await make(client, body="two")
    await client.data(CANCEL, id=one)
    everything = (await client.data(LIST))["schedules"]
    assert everything["totalCount"] == 2
    assert [node["body"] for node in everything["nodes"]] == ["two", "one"]
    active = (await client.data(LIST, filter={"status": "ACTIVE"}))["schedules"]
    assert [node["body"] for node in active["nodes"]] == ["two"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"sendAt": "2001-01-01T00:00:00Z"}, "PAST_TIME", "sendAt"),
        ({"timeZone": "Mars/Olympus"}, "UNKNOWN_TIME_ZONE", "timeZone"),
        ({"timeZone": "../etc/passwd"}, "UNKNOWN_TIME_ZONE", "timeZone"),
        ({"timeZone": ""}, "UNKNOWN_TIME_ZONE", "timeZone"),
        ({"body": ""}, "BLANK", "body"),
        ({"conversationId": "x"}, "BAD_ID", "conversationId"),
        ({"idempotencyKey": "k" * 129}, "TOO_LONG", "idempotencyKey"),
    ],
)
async def test_bad_schedules_are_told(
    client: Any, given: dict[str, Any], code: str, field: str
) -> None:
    payload = await make(client, **given)
    assert payload["schedule"] is None
    assert payload["userErrors"] == [{"code": code, "field": field}]


async def test_schedules_message_is_unread_for_its_creator(client: Any) -> None:
    schedule = (await make(client))["schedule"]["id"]
    await work(client, now() + timedelta(days=2))
    query = "query ($id: ID!) { schedule(id: $id) { conversation { unreadCount } } }"
    found = await client.data(query, id=schedule)
    assert found["schedule"]["conversation"] == {"unreadCount": 1}
