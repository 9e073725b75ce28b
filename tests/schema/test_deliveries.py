"""Deliveries as clients list, stop and retry them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateways.protocol import Action, GatewayError, Outgoing, Sent
from models.base import now
from models.tenants import Role
from resolvers import deliveries as resolve
from resolvers.context import Viewer
from schema.ids import IdType, decode_id
from tests.schema.conftest import Client, SignUp
from tests.schema.scheduling import (
    DELIVERIES,
    TOMORROW,
    change,
    deliveries,
    made,
    make,
    make_conversation,
    read,
    work,
)
from tests.schema.test_reading import SEND
from tests.schema.test_schedule_audiences import connect

STEP = """
    mutation ($input: %sDeliveriesInput!) {
        done: %sDeliveries(input: $input) { count more userErrors { code field } }
    }
"""
EVENTS = """
    subscription ($id: ID!, $after: String) {
        scheduleEvents(scheduleId: $id, after: $after) { kind changes { status count } }
    }
"""
DELIVERY = "query ($id: ID!) { delivery(id: $id) { id status } node(id: $id) { id } }"


class Refusing:
    """Fails for good, or leaves it unknown, as told for each recipient's last digit."""

    def __init__(self, **actions: Action) -> None:
        self.actions = actions
        self.sent: list[Outgoing] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        action = self.actions.get(f"of_{outgoing.recipient[-1]}")
        if action is not None:
            raise GatewayError("REFUSED", action)
        self.sent.append(outgoing)
        return Sent()

    async def find(self, outgoing: Outgoing) -> Sent | None:
        raise GatewayError("NOT_TOLD", Action.UNKNOWN)


@pytest.fixture
async def device(client: Client, sign_up: SignUp, client_of: Callable[[Viewer], Client]) -> str:
    return await connect(client_of(await sign_up("ada", Role.ADMIN)))


async def to_many(client: Client, device: str, count: int = 3, **given: Any) -> str:
    """A schedule to phones that end with 0, 1, 2."""
    people = [{"address": f"+3461200000{n}"} for n in range(count)]
    key: str = (await make(client, recipients=people, deviceId=device, **given))["id"]
    return key


async def step(client: Client, verb: str, **given: Any) -> dict[str, Any]:
    document = STEP % (verb.capitalize(), verb)
    payload: dict[str, Any] = (await client.data(document, input=given))["done"]
    return payload


def by_status(schedule: dict[str, Any]) -> dict[str, int]:
    return {each["status"]: each["count"] for each in schedule["deliveryCounts"]}


async def test_deliveries_are_listed_by_page_and_status(client: Client, device: str) -> None:
    key = await to_many(client, device, priority="HIGH", graceSeconds=60)
    await work(client, now(), Refusing(of_1=Action.FAIL))
    first = await deliveries(client, key, first=2)
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    rest = await deliveries(client, key, after=first["pageInfo"]["endCursor"])
    nodes = [*first["nodes"], *rest["nodes"]]
    assert [node["recipient"][-1] for node in nodes] == ["0", "1", "2"]
    assert {node["priority"] for node in nodes} == {"HIGH"}
    assert all(node["expiresAt"] for node in nodes)
    failed = await deliveries(client, key, filter={"statuses": ["FAILED"]})
    assert failed["totalCount"] == 1
    assert [node["errorCode"] for node in failed["nodes"]] == ["REFUSED"]
    found = await client.data(DELIVERY, id=failed["nodes"][0]["id"])
    assert found["delivery"]["status"] == "FAILED"
    assert found["node"]["id"] == found["delivery"]["id"]


async def test_page_of_deliveries_takes_one_statement_a_level(client: Client, device: str) -> None:
    key = await to_many(client, device)
    await work(client, now())
    assert await client.count_statements(DELIVERIES, id=key) == 3


async def test_failed_deliveries_are_retried_and_unknown_ones_with_consent(
    client: Client, device: str
) -> None:
    key = await to_many(client, device)
    outlet = Refusing(of_1=Action.FAIL, of_2=Action.UNKNOWN)
    await work(client, now(), outlet)
    assert by_status(await read(client, key)) == {"FAILED": 1, "SENT": 1, "UNKNOWN": 1}
    assert await step(client, "retry", scheduleId=key) == {
        "count": 1,
        "more": False,
        "userErrors": [],
    }
    assert await step(client, "retry", scheduleId=key) == {
        "count": 0,
        "more": False,
        "userErrors": [],
    }
    again = await step(client, "retry", scheduleId=key, mayRepeat=True)
    assert again == {"count": 1, "more": False, "userErrors": []}
    assert len(await work(client, now() + timedelta(seconds=1))) == 2
    assert by_status(await read(client, key)) == {"SENT": 3}


async def test_deliveries_are_chosen_by_id_and_filter(client: Client, device: str) -> None:
    key = await to_many(client, device)
    await work(client, now(), Refusing(of_0=Action.FAIL, of_1=Action.FAIL))
    [one, _] = (await deliveries(client, key, filter={"statuses": ["FAILED"]}))["nodes"]
    other_code = {"errorCode": "OTHER"}
    assert (await step(client, "retry", scheduleId=key, filter=other_code))["count"] == 0
    assert (await step(client, "retry", deliveryIds=[one["id"]]))["count"] == 1
    assert by_status(await read(client, key)) == {"FAILED": 1, "QUEUED": 1, "SENT": 1}
    assert (await step(client, "cancel", deliveryIds=[one["id"]]))["count"] == 1
    assert by_status(await read(client, key)) == {"CANCELLED": 1, "FAILED": 1, "SENT": 1}


async def test_deliveries_of_the_whole_tenant_are_chosen_by_a_filter(
    client: Client, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [await to_many(client, device) for _ in range(3)]
    before = now()
    await work(client, before, Refusing(of_0=Action.FAIL, of_1=Action.FAIL))
    after = (now() + timedelta(seconds=1)).isoformat()
    refused = {"statuses": ["FAILED"], "errorCode": "REFUSED", "deviceId": device}
    for other in ({"errorCode": "OTHER"}, {"since": after}, {"until": before.isoformat()}):
        assert (await step(client, "retry", filter=refused | other))["count"] == 0
    monkeypatch.setattr(resolve, "MAX_SCHEDULES", 2)
    done = [await step(client, "retry", filter=refused) for _ in range(3)]
    assert [(one["count"], one["more"]) for one in done] == [(4, True), (2, False), (0, False)]
    queued = {"statuses": ["QUEUED"], "deviceId": device}
    monkeypatch.undo()
    assert (await step(client, "cancel", filter=queued))["count"] == 6
    for key in keys:
        assert by_status(await read(client, key)) == {"CANCELLED": 2, "SENT": 1}


FAILED = """
    query ($first: Int, $after: String, $filter: DeliveryFilterInput) {
        failedDeliveries(first: $first, after: $after, filter: $filter) {
            totalCount nodes { scheduleId status errorCode recipient }
            pageInfo { hasNextPage endCursor }
        }
    }
"""


async def test_what_came_to_nothing_is_listed_over_all_schedules(
    client: Client, device: str
) -> None:
    outlet = Refusing(of_0=Action.FAIL, of_1=Action.UNKNOWN)
    keys = []
    for _ in range(2):
        keys.append(await to_many(client, device))
        await work(client, now(), outlet)
    mine = {"deviceId": device}
    page = (await client.data(FAILED, first=3, filter=mine))["failedDeliveries"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    after = page["pageInfo"]["endCursor"]
    rest = (await client.data(FAILED, after=after, filter=mine))["failedDeliveries"]
    nodes = [*page["nodes"], *rest["nodes"]]
    assert [node["scheduleId"] for node in nodes] == [keys[1]] * 2 + [keys[0]] * 2
    assert {(node["status"], node["errorCode"]) for node in nodes} == {
        *(("FAILED", "REFUSED"), ("UNKNOWN", "REFUSED"))
    }
    sent = mine | {"statuses": ["SENT"]}
    assert (await client.data(FAILED, filter=sent))["failedDeliveries"]["totalCount"] == 0
    assert await client.count_statements(FAILED, filter=mine) == 2


async def test_a_filter_over_the_tenant_leaves_out_what_may_not_be_seen(
    client: Client, client_of: Callable[[Viewer], Client], sign_up: SignUp, owner: Any
) -> None:
    conversation = await make_conversation(client)
    key = (await make(client, conversationId=conversation, sendAt=TOMORROW))["id"]
    await work(client, now() + timedelta(days=2), Refusing())
    tenant = client.viewer.tenant_id
    private = "UPDATE conversations SET visibility = 'PRIVATE' WHERE tenant_id = $1"
    await owner.execute(private, tenant)
    failed = "UPDATE deliveries SET status = 'FAILED' WHERE status = 'SENT' AND tenant_id = $1"
    await owner.execute(failed, tenant)
    other = client_of(await sign_up("ben", Role.AGENT))
    assert (await step(other, "retry", filter={"statuses": ["FAILED"]}))["count"] == 0
    assert (await other.data(FAILED))["failedDeliveries"]["totalCount"] == 0
    assert by_status(await read(client, key)) == {"FAILED": 1}


async def test_nothing_of_a_cancelled_schedule_is_retried(client: Client, device: str) -> None:
    key = await to_many(client, device)
    await work(client, now(), Refusing(of_0=Action.FAIL, of_1=Action.RETRY))
    assert (await change(client, "cancel", scheduleId=key))["userErrors"] == []
    assert by_status(await read(client, key)) == {"CANCELLED": 1, "FAILED": 1, "SENT": 1}
    assert (await step(client, "retry", scheduleId=key))["count"] == 0


async def test_bad_choices_are_told(client: Client, device: str) -> None:
    key = await to_many(client, device)
    for given, code, field in (
        ({}, "BAD_INPUT", "deliveryIds"),
        ({"filter": {}}, "BAD_INPUT", "deliveryIds"),
        ({"filter": {"deviceId": key}}, "BAD_ID", "deviceId"),
        ({"deliveryIds": ["x"]}, "BAD_ID", "deliveryIds"),
        ({"deliveryIds": [key]}, "BAD_ID", "deliveryIds"),
    ):
        payload = await step(client, "retry", **given)
        assert payload["userErrors"] == [{"code": code, "field": field}]


async def test_a_hundred_thousand_at_most_are_named(client: Client, device: str) -> None:
    many = [{"address": "+34612000001"}] * 100_001
    payload = await made(client, recipients=many, deviceId=device)
    assert payload["userErrors"][0]["code"] == "TOO_LONG"


async def test_progress_of_many_is_told_together_and_to_the_whole_tenant(
    client: Client, device: str, client_of: Callable[[Viewer], Client], sign_up: SignUp
) -> None:
    other = client_of(await sign_up("ben", Role.VIEWER))
    key = await to_many(client, device)
    told = other.events(EVENTS, id=key)
    first = asyncio.ensure_future(anext(told))
    hub: Any = client.services.hub
    await hub.joined.acquire()
    await work(client, now(), Refusing(of_1=Action.FAIL))
    fired, sent = await first, await anext(told)
    await told.aclose()
    assert fired["scheduleEvents"] == {
        "kind": "SCHEDULE_CHANGED",
        "changes": [{"status": "QUEUED", "count": 3}],
    }
    assert sent["scheduleEvents"]["kind"] == "SCHEDULE_PROGRESS"


async def test_a_message_tells_what_became_of_its_delivery(client: Client, owner: Any) -> None:
    conversation = await make_conversation(client)
    key = (await make(client, conversationId=conversation))["id"]
    await work(client, now())
    [delivery] = (await deliveries(client, key))["nodes"]
    query = """
        query ($id: ID!) { conversation(id: $id) { messages { nodes {
            delivery { status errorCode deliveryId }
        } } } }
    """
    message = await client.data(SEND, input={"conversationId": conversation, "body": "hello"})
    await owner.execute(
        "INSERT INTO delivery_messages (tenant_id, delivery_id, conversation_id, message_id)"
        " VALUES ($1, $2, $3, $4)",
        client.viewer.tenant_id,
        decode_id(IdType.DELIVERY, delivery["id"]),
        decode_id(IdType.CONVERSATION, conversation),
        decode_id(IdType.MESSAGE, message["sendMessage"]["message"]["id"]),
    )
    shown = (await client.data(query, id=conversation))["conversation"]["messages"]["nodes"]
    expected = {"status": "SENT", "errorCode": None, "deliveryId": delivery["id"]}
    assert [each["delivery"] for each in shown] == [expected]
    assert await client.count_statements(query, id=conversation) == 2
