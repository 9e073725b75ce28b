"""Whom schedules write to, and what they say to each."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
import pytest

from app.settings import Settings
from dispatch import firing
from gateways.loopback import LoopbackGateway
from models.base import now
from models.ids import new_id
from models.tenants import Role
from realtime.unit_of_work import unit_of_work
from resolvers.context import Viewer
from schema.ids import IdType, decode_id, encode_id
from tests.schema.audience import make_contact, make_group, phone
from tests.schema.conftest import Client, SignUp
from tests.schema.scheduling import (
    TOMORROW,
    change,
    deliveries,
    made,
    make,
    make_conversation,
    read,
    work,
)
from tests.tenants import make_tenant

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
CANCEL = "mutation ($id: ID!) { cancelSchedule(input: {scheduleId: $id}) { schedule { id } } }"
SEND = """
    mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }
"""
LAST = """
    query ($id: ID!) { conversation(id: $id) { lastMessage {
        kind body replyTo { id } attachments { fileName size } } } }
"""
CREATE_DEVICE = """
    mutation { createDevice(input: {name: "out", loopback: {}}) {
        device { id } userErrors { message } } }
"""
CREATE_TEMPLATE = """
    mutation ($input: CreateTemplateInput!) {
        createTemplate(input: $input) { template { id } userErrors { code message } }
    }
"""
CONNECT = """
    mutation ($input: ConnectDeviceInput!) {
        connectDevice(input: $input) { device { state } userErrors { code } }
    }
"""
ADD = """
    mutation ($input: AddRecipientsInput!) { addRecipients(input: $input) { userErrors { code } } }
"""
MERGE = """
    mutation ($ana: ID!, $ben: ID!) {
        mergeContacts(input: {contactId: $ana, duplicateIds: [$ben]}) { contact { id } }
    }
"""
UPDATE_CONTACT = """
    mutation ($input: UpdateContactInput!) {
        updateContact(input: $input) { contact { id } userErrors { code message } }
    }
"""


async def connect(admin: Client) -> str:
    """A new device that messages go out through."""
    payload = (await admin.data(CREATE_DEVICE))["createDevice"]
    assert payload["userErrors"] == []
    key: str = payload["device"]["id"]
    connected = (await admin.data(CONNECT, input={"deviceId": key}))["connectDevice"]
    assert connected == {"device": {"state": "CONNECTED"}, "userErrors": []}
    return key


@pytest.fixture
async def device(client: Client, sign_up: SignUp, client_of: Callable[[Viewer], Client]) -> str:
    """A device of the client's tenant."""
    admin = client_of(await sign_up("ada", Role.ADMIN))
    return await connect(admin)


async def make_template(client: Client, body: str, **given: Any) -> str:
    payload = (
        await client.data(
            CREATE_TEMPLATE, input={"name": "t", "language": "en", "body": body, **given}
        )
    )["createTemplate"]
    assert payload["userErrors"] == []
    key: str = payload["template"]["id"]
    return key


def told(page: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return sorted((n["recipient"], n["status"], n["errorCode"]) for n in page["nodes"])


async def test_contacts_are_written_to_where_the_device_can(client: Client, device: str) -> None:
    ana = await make_contact(
        client, identities=[{"kind": "EMAIL", "value": "ana@example.org"}, phone(1)]
    )
    ben = await make_contact(client, "Ben", identities=[phone(2)])
    nobody = await make_contact(client, "Nobody")
    keys = [ana["id"], ben["id"], nobody["id"], ana["id"]]
    schedule = await make(client, contactIds=keys, deviceId=device)
    assert schedule["audience"] == "LIST"
    await work(client, now())
    found = told(await deliveries(client, schedule["id"]))
    assert [one[1:] for one in found].count(("CANCELLED", "NO_ADDRESS")) == 1
    assert {one[0] for one in found if one[2] is None} == {"+34612000001", "+34612000002"}
    query = "query ($id: ID!) { schedule(id: $id) { deliveries { nodes { contact { name } } } } }"
    nodes = (await client.data(query, id=schedule["id"]))["schedule"]["deliveries"]["nodes"]
    assert [node["contact"]["name"] for node in nodes] == ["Ana", "Ben", "Nobody"]
    assert (await read(client, schedule["id"]))["deliveryCounts"] == [
        {"status": "CANCELLED", "count": 1},
        {"status": "SENT", "count": 2},
    ]


async def test_group_is_whoever_is_in_it_then_or_was_in_it_when_made(
    client: Client, device: str
) -> None:
    ana = await make_contact(client, identities=[phone(1)])
    ben = await make_contact(client, "Ben", identities=[phone(2)])
    group = await make_group(client, "all", ana)
    to = {"recipientGroupId": group["id"], "deviceId": device}
    then, fixed = await make(client, **to), await make(client, **to, groupIsFixed=True)
    assert (then["audience"], fixed["audience"]) == ("GROUP", "LIST")
    query = "query ($id: ID!) { schedule(id: $id) { recipientGroup { name } deviceId templateId } }"
    for schedule in (then, fixed):
        assert (await client.data(query, id=schedule["id"]))["schedule"] == {
            "recipientGroup": {"name": "all"},
            "deviceId": device,
            "templateId": None,
        }
    await client.data(ADD, input={"groupId": group["id"], "contactIds": [ben["id"]]})
    await work(client, now())
    assert len((await deliveries(client, then["id"]))["nodes"]) == 2
    assert [one[0] for one in told(await deliveries(client, fixed["id"]))] == ["+34612000001"]


async def test_time_stays_while_recipients_are_being_queued(
    client: Client, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "PIECE", 1)
    people = [{"address": f"+3461200000{n}"} for n in range(3)]
    schedule = await make(client, recipients=people, deviceId=device)

    async def fire() -> int:
        services, tenant_id = client.services, client.viewer.tenant_id
        async with unit_of_work(services.database, services.bell, tenant_id) as work:
            return await firing.fire(work, now(), 1)

    await fire()
    later = await change(client, "update", scheduleId=schedule["id"], sendAt=TOMORROW)
    assert [error["code"] for error in later["userErrors"]] == ["CONFLICT"]
    said = await change(client, "update", scheduleId=schedule["id"], body="bye")
    assert said["userErrors"] == []
    while await fire():
        pass
    nodes = (await deliveries(client, schedule["id"]))["nodes"]
    assert [node["body"] for node in nodes] == ["good morning", "bye", "bye"]


async def test_addresses_are_kept_in_one_form_and_once(client: Client, device: str) -> None:
    given = ["+34 612 000 001", "+34612000001", "+34612000002"]
    schedule = await make(
        client, recipients=[{"address": address} for address in given], deviceId=device
    )
    await work(client, now())
    found = told(await deliveries(client, schedule["id"]))
    assert [one[0] for one in found] == ["+34612000001", "+34612000002"]


async def test_who_opted_out_is_left_alone_by_whatever_name(client: Client, device: str) -> None:
    contact = await make_contact(client, identities=[phone(1)])
    await client.data(UPDATE_CONTACT, input={"contactId": contact["id"], "optedOut": True})
    by_id = await make(client, contactIds=[contact["id"]], deviceId=device)
    by_address = await make(client, recipients=[{"address": "+34612000001"}], deviceId=device)
    await work(client, now())
    for schedule in (by_id, by_address):
        found = told(await deliveries(client, schedule["id"]))
        assert [one[1:] for one in found] == [("CANCELLED", "OPTED_OUT")]


async def test_quiet_hours_hold_a_message_back(client: Client, device: str) -> None:
    hours = {"quietHours": {"start": "22:00:00", "end": "08:00:00"}}
    ana = await make_contact(client, identities=[phone(1)], timeZone="Asia/Kolkata", **hours)
    to = {"contactIds": [ana["id"]], "deviceId": device, "sendAt": "2099-05-01T20:00:00Z"}
    quiet, loud = await make(client, **to), await make(client, **to, respectQuietHours=False)
    await work(client, datetime.fromisoformat("2099-05-01T20:00:00Z"))
    [held] = (await deliveries(client, quiet["id"]))["nodes"]
    assert held["dueAt"] == "2099-05-02T02:30:00+00:00"
    [at_once] = (await deliveries(client, loud["id"]))["nodes"]
    assert at_once["dueAt"] == "2099-05-01T20:00:00+00:00"


async def test_template_is_filled_for_each(client: Client, device: str) -> None:
    template = await make_template(
        client,
        "Dear {{contact.name|friend}}, {{what}} at {{hour}}.",
        variables=[
            {"name": "what", "type": "TEXT"},
            {"name": "hour", "type": "TEXT"},
        ],
    )
    ana = await make_contact(client, identities=[phone(1)])
    schedule = await make(
        client,
        templateId=template,
        variables={"what": "tea"},
        recipients=[
            {"contactId": ana["id"], "variables": {"hour": "five"}},
            {"address": "+34612000002", "variables": {"hour": "six", "what": "coffee"}},
        ],
        deviceId=device,
    )
    await work(client, now())
    page = await deliveries(client, schedule["id"])
    assert {node["recipient"]: node["body"] for node in page["nodes"]} == {
        "+34612000001": "Dear Ana, tea at five.",
        "+34612000002": "Dear friend, coffee at six.",
    }
    changed = await change(client, "update", scheduleId=schedule["id"], variables={})
    assert changed["userErrors"][0]["code"] == "ALREADY_DONE"


async def test_who_lacks_what_a_template_says_is_told_nothing(client: Client, device: str) -> None:
    template = await make_template(client, "See you in {{contact.city}}")
    ana = await make_contact(
        client, identities=[phone(1)], fields=[{"name": "city", "value": "Faro"}]
    )
    ben = await make_contact(client, "Ben", identities=[phone(2)])
    schedule = await make(
        client, templateId=template, contactIds=[ana["id"], ben["id"]], deviceId=device
    )
    await work(client, now())
    assert [one[2] for one in told(await deliveries(client, schedule["id"]))] == [
        None,
        "MISSING_VARIABLE",
    ]


async def test_nobody_is_sent_a_blank_parameter(client: Client, device: str) -> None:
    template = await make_template(
        client,
        "Hello",
        variables=[{"name": "note", "type": "TEXT", "required": False}],
        whatsapp={"name": "hello", "language": "en", "parameters": ["contact.name", "note"]},
    )
    ana = await make_contact(client, identities=[phone(1)])
    to = {"recipients": [{"contactId": ana["id"]}, {"address": "+34612000002"}], "deviceId": device}
    refused = await made(client, templateId=template, variables={"note": ""}, **to)
    assert refused["userErrors"][0]["code"] == "MISSING_VARIABLE"
    schedule = await make(client, templateId=template, variables={"note": "!"}, **to)
    await work(client, now())
    assert told(await deliveries(client, schedule["id"])) == [
        ("+34612000001", "SENT", None),
        ("+34612000002", "CANCELLED", "MISSING_VARIABLE"),
    ]


async def test_what_outlets_get_beside_the_text_is_kept(client: Client, owner: Pool) -> None:
    template = await make_template(
        client,
        "Hello {{who}}",
        variables=[{"name": "who", "type": "TEXT"}],
        whatsapp={"name": "hello", "language": "en_US", "parameters": ["who"]},
    )
    conversation = await make_conversation(client)
    sent = await client.data(SEND, input={"conversationId": conversation, "body": "?"})
    message = sent["sendMessage"]["message"]["id"]
    schedule = await make(
        client,
        templateId=template,
        variables={"who": "Ana"},
        conversationId=conversation,
        replyToId=message,
    )
    await work(client, now())
    row = await owner.fetchrow(
        "SELECT body, content::text FROM deliveries WHERE schedule_id = $1",
        decode_id(IdType.SCHEDULE, schedule["id"]),
    )
    assert row is not None
    assert row["body"] == "Hello Ana"
    assert json.loads(row["content"]) == {
        "template": {"name": "hello", "language": "en_US", "parameters": ["Ana"]},
        "reply_to": {"message_id": str(decode_id(IdType.MESSAGE, message))},
    }


async def test_a_conversation_is_sent_a_file_and_an_answer(client: Client, owner: Pool) -> None:
    conversation = await make_conversation(client)
    sent = await client.data(SEND, input={"conversationId": conversation, "body": "?"})
    asked = sent["sendMessage"]["message"]["id"]
    attachment = new_id()
    await owner.execute(
        "INSERT INTO attachments (id, tenant_id, conversation_id, message_id, kind, file_name,"
        " media_type, size, sha256, created_at) VALUES ($1, $2, $3, $4, 'DOCUMENT', 'plan.pdf',"
        " 'application/pdf', 3, $5, now())",
        attachment,
        client.viewer.tenant_id,
        decode_id(IdType.CONVERSATION, conversation),
        decode_id(IdType.MESSAGE, asked),
        b"3" * 32,
    )
    await make(
        client,
        body="the plan",
        conversationId=conversation,
        attachmentId=encode_id(IdType.ATTACHMENT, attachment),
        replyToId=asked,
    )
    services = client.services
    await work(client, now(), LoopbackGateway(services.database, services.bell))
    found = await client.data(LAST, id=conversation)
    assert found["conversation"]["lastMessage"] == {
        "kind": "DOCUMENT",
        "body": "the plan",
        "replyTo": {"id": asked},
        "attachments": [{"fileName": "plan.pdf", "size": 3}],
    }


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"recipients": [{"address": "+34612000001"}]}, "BAD_INPUT", "deviceId"),
        ({"recipients": []}, "BLANK", "recipients"),
        ({"recipients": [{}]}, "BAD_INPUT", "recipients"),
        ({"recipients": [{"address": "nobody"}]}, "BAD_INPUT", "recipients"),
        ({"contactIds": [encode_id(IdType.CONTACT, new_id())]}, "NOT_FOUND", "contactIds"),
        ({"recipientGroupId": encode_id(IdType.RECIPIENT_GROUP, new_id())}, "NOT_FOUND",
         "recipientGroupId"),
        ({"templateId": encode_id(IdType.TEMPLATE, new_id())}, "NOT_FOUND", "templateId"),
        ({"attachmentId": encode_id(IdType.ATTACHMENT, new_id())}, "NOT_FOUND", "attachmentId"),
        ({"replyToId": encode_id(IdType.MESSAGE, new_id())}, "NOT_FOUND", "replyToId"),
        ({"contactIds": [encode_id(IdType.CONTACT, new_id())],
          "recipients": [{"address": "+34612000001"}]}, "BAD_INPUT", "conversationId"),
    ],
)  # fmt: skip
async def test_bad_audiences_are_told(
    client: Client, device: str, given: dict[str, Any], code: str, field: str
) -> None:
    if field != "deviceId":
        given = {"deviceId": device} | given
    (error,) = (await made(client, **given))["userErrors"]
    assert (error["code"], error["field"]) == (code, field)


async def test_an_answer_stays_in_its_conversation(client: Client) -> None:
    here, there = [await make_conversation(client) for _ in range(2)]
    sent = await client.data(SEND, input={"conversationId": there, "body": "?"})
    given = {"body": "yes", "replyToId": sent["sendMessage"]["message"]["id"]}
    refused = await made(client, conversationId=here, **given)
    assert refused["schedule"] is None
    (error,) = refused["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", "replyToId")
    assert (await made(client, conversationId=there, **given))["userErrors"] == []


async def test_a_hundred_thousand_with_variables_of_their_own_are_taken_in_one_request(
    client: Client, device: str, owner: Pool
) -> None:
    template = await make_template(
        client,
        "{{amount}} is due {{due}}",
        variables=[{"name": "amount", "type": "CURRENCY"}, {"name": "due", "type": "DATETIME"}],
    )
    many = [
        {
            "address": f"+346{n:08}",
            "variables": {
                "amount": {"amount": f"{n}.50", "currency": "EUR"},
                "due": "2027-03-05T14:30:00+01:00",
            },
        }
        for n in range(100_000)
    ]
    assert len(json.dumps(many)) < Settings.model_fields["max_body_bytes"].default
    schedule = await make(
        client, templateId=template, recipients=many, deviceId=device, sendAt=TOMORROW
    )
    kept = await owner.fetchval(
        "SELECT count(*) FROM schedule_recipients WHERE schedule_id = $1 AND variables IS NOT NULL",
        decode_id(IdType.SCHEDULE, schedule["id"]),
    )
    assert kept == 100_000
    # Else a test whose clock is in the future would send them.
    cancelled = await client.data(CANCEL, id=schedule["id"])
    assert cancelled["cancelSchedule"]["schedule"]["id"] == schedule["id"]


async def test_variables_are_checked_before_anything_is_kept(client: Client, device: str) -> None:
    template = await make_template(
        client, "{{n}} left", variables=[{"name": "n", "type": "NUMBER"}]
    )
    to = {"templateId": template, "deviceId": device}
    ben = {"address": "+34612000002"}
    for recipients, shared, code in (
        ([ben], {}, "MISSING_VARIABLE"),
        ([ben | {"variables": {"n": 1}}, {"address": "+34612000003"}], {}, "MISSING_VARIABLE"),
        ([ben | {"variables": {"n": "x"}}], {}, "BAD_VALUE"),
        ([ben], {"m": 1}, "UNKNOWN_VARIABLE"),
    ):
        payload = await made(client, **to, recipients=recipients, variables=shared)
        assert [error["code"] for error in payload["userErrors"]] == [code]


async def test_others_people_are_not_there(
    client: Client, client_of: Callable[[Viewer], Client], sign_up: SignUp, owner: Pool
) -> None:
    theirs = client_of(await sign_up("eve", Role.ADMIN, in_tenant=await make_tenant(owner)))
    contact = await make_contact(theirs, identities=[phone(9)])
    group = await make_group(theirs, "theirs", contact)
    template = await make_template(theirs, "x")
    device = (await theirs.data(CREATE_DEVICE))["createDevice"]["device"]["id"]
    for given in (
        {"contactIds": [contact["id"]], "deviceId": device},
        {"recipientGroupId": group["id"], "deviceId": device},
        {"templateId": template},
        {"deviceId": device},
    ):
        payload = await made(client, **given)
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"], given


async def test_list_that_names_a_duplicate_reaches_who_stands_for_it(
    client: Client, device: str
) -> None:
    ana = await make_contact(client, "Ana", identities=[phone(1)])
    ben = await make_contact(client, "Ben", identities=[phone(2)])
    schedule = await make(client, contactIds=[ben["id"]], deviceId=device)
    await client.data(MERGE, ana=ana["id"], ben=ben["id"])
    await work(client, now())
    found = await deliveries(client, schedule["id"])
    assert [(one["recipient"], one["errorCode"]) for one in found["nodes"]] == [
        ("+34612000001", None)
    ]
