"""Devices: made, connected, changed and put away by administrators; secrets are never shown."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest

from gateways.outlets import OutletMaker
from gateways.secrets import KeyRing
from models.tenants import Role
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id
from tests.gateways.cloud import ACCESS_TOKEN, PHONE_NUMBER_ID, Cloud
from tests.gateways.loopback_server import serving
from tests.schema.conftest import Client, SignUp

DEVICE = """
    id name kind state stateReason phoneNumberId url webhookPath archivedAt
    limits { critical high normal low perHour atOnce pairPerMinute pairBurst }
    behaviour { delayMs reorder failEvery timeOutEvery perMinute }
"""
CREATE = f"""
    mutation ($input: CreateDeviceInput!) {{
        createDevice(input: $input) {{
            device {{ {DEVICE} }} verifyToken signingSecret userErrors {{ code field }}
        }}
    }}
"""
CHANGE = """
    mutation ($input: %sDeviceInput!) {
        changed: %sDevice(input: $input) { device { %s } userErrors { code field message } }
    }
"""
LIST = """
    query ($archived: Boolean!) {
        devices(filter: {archived: $archived}) { totalCount nodes { name kind } }
    }
"""
WHATSAPP = {
    "phoneNumberId": PHONE_NUMBER_ID,
    "accessToken": ACCESS_TOKEN,
    "appSecret": "the-secret-of-the-app",
}


@pytest.fixture
async def admin(sign_up: SignUp, client_of: Callable[..., Client]) -> Client:
    return client_of(await sign_up("ada", Role.ADMIN))


async def create(client: Client, name: str = "Front desk", **given: Any) -> dict[str, Any]:
    data = await client.data(CREATE, input={"name": name, **given})
    payload: dict[str, Any] = data["createDevice"]
    return payload


async def change(client: Client, verb: str, device: str, **given: Any) -> dict[str, Any]:
    document = CHANGE % (verb.capitalize(), verb, DEVICE)
    data = await client.data(document, input={"deviceId": device, **given})
    payload: dict[str, Any] = data["changed"]
    return payload


def at(client: Client, address: str) -> Client:
    """A client of a server whose WhatsApp is at this address."""
    maker: Any = client.services.outlets
    options = replace(maker._options, whatsapp_url=address)
    outlets = OutletMaker(
        client.services.database, client.services.bell, maker.keys, maker._read_file, options
    )
    return replace(client, services=replace(client.services, outlet_maker=outlets))


async def test_a_whatsapp_device_is_made_and_its_secrets_are_not_shown(
    admin: Client, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    made = await create(admin, whatsapp=WHATSAPP)
    device = made["device"]
    assert made["userErrors"] == []
    assert (device["kind"], device["state"]) == ("WHATSAPP_CLOUD", "DISCONNECTED")
    assert device["phoneNumberId"] == PHONE_NUMBER_ID
    assert device["webhookPath"] == f"/webhooks/whatsapp/{device['id']}"
    assert made["verifyToken"]
    assert made["signingSecret"] is None
    row = await owner.fetchrow(
        "SELECT settings, secrets FROM devices WHERE id = $1",
        decode_id(IdType.DEVICE, device["id"]),
    )
    assert row is not None
    assert ACCESS_TOKEN not in row["settings"]
    assert ACCESS_TOKEN.encode() not in row["secrets"]


async def test_devices_have_the_limits_of_their_kind_until_told_otherwise(admin: Client) -> None:
    limits = (await create(admin, whatsapp=WHATSAPP))["device"]["limits"]
    assert [limits[tier] for tier in ("critical", "high", "normal", "low")] == [200, 100, 60, 30]
    assert (limits["atOnce"], limits["perHour"]) == (10, 0)
    own = await create(admin, "Other", http={"url": "https://a.org"}, limits={"low": 5})
    assert (own["device"]["limits"]["low"], own["device"]["limits"]["perHour"]) == (5, 1000)
    free = await create(admin, "Free", loopback={})
    assert set(free["device"]["limits"].values()) == {0, 1}


async def test_connecting_asks_the_outlet(admin: Client) -> None:
    cloud = Cloud()
    async with serving(cloud.app) as address:
        client = at(admin, address)
        device = (await create(client, whatsapp=WHATSAPP))["device"]["id"]
        connected = (await change(client, "connect", device))["device"]
        assert (connected["state"], connected["stateReason"]) == ("CONNECTED", None)
        wrong = {"accessToken": "another"}
        changed = (await change(client, "update", device, whatsapp=wrong))["device"]
        assert changed["state"] == "DISCONNECTED"
        failed = (await change(client, "connect", device))["device"]
        assert (failed["state"], failed["stateReason"]) == ("FAILED", "WHATSAPP_190")


async def test_an_outlet_that_is_not_there_leaves_the_device_failed(admin: Client) -> None:
    device = (await create(admin, http={"url": "http://127.0.0.1:1/"}))["device"]["id"]
    failed = (await change(admin, "connect", device))["device"]
    assert (failed["state"], failed["stateReason"]) == ("FAILED", "WEBHOOK_UNREACHABLE")


async def test_a_device_is_disconnected_renamed_and_put_away(admin: Client) -> None:
    device = (await create(admin, loopback={"failEvery": 3}))["device"]["id"]
    assert (await change(admin, "connect", device))["device"]["state"] == "CONNECTED"
    renamed = await change(admin, "update", device, name="Back office", loopback={"delayMs": 5})
    assert renamed["device"]["name"] == "Back office"
    assert renamed["device"]["behaviour"]["delayMs"] == 5
    assert renamed["device"]["behaviour"]["failEvery"] == 0
    assert renamed["device"]["state"] == "CONNECTED"
    assert (await change(admin, "disconnect", device))["device"]["state"] == "DISCONNECTED"
    assert (await change(admin, "archive", device))["device"]["archivedAt"]
    again = await change(admin, "connect", device)
    assert again["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await admin.data(LIST, archived=False))["devices"] == {"totalCount": 0, "nodes": []}
    assert (await admin.data(LIST, archived=True))["devices"]["totalCount"] == 1
    # The name is free again.
    assert (await create(admin, "Back office", loopback={}))["userErrors"] == []


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "BAD_INPUT", None),
        ({"loopback": {}, "http": {"url": "https://a.org"}}, "BAD_INPUT", None),
        ({"http": {}}, "BAD_INPUT", "url"),
        ({"http": {"url": "ftp://a.org"}}, "BAD_INPUT", "url"),
        ({"http": {"url": "https://me@a.org"}}, "BAD_INPUT", "url"),
        ({"http": {"url": "https://[a"}}, "BAD_INPUT", "url"),
        ({"http": {"url": "https://a.org", "signingSecret": "hush"}}, "BAD_INPUT", "signingSecret"),
        ({"whatsapp": {"phoneNumberId": "12345"}}, "BAD_INPUT", "accessToken"),
        ({"whatsapp": WHATSAPP | {"phoneNumberId": "+34 600"}}, "BAD_INPUT", "phoneNumberId"),
        ({"whatsapp": WHATSAPP | {"accessToken": "a b"}}, "BAD_INPUT", "accessToken"),
        ({"whatsapp": WHATSAPP | {"appSecret": "x" * 1001}}, "TOO_LONG", "appSecret"),
        ({"loopback": {"delayMs": -1}}, "BAD_INPUT", "delayMs"),
        ({"loopback": {"failEvery": -1}}, "BAD_INPUT", "loopback"),
        ({"loopback": {}, "limits": {"low": -1}}, "BAD_INPUT", "limits"),
        ({"loopback": {}, "limits": {"pairBurst": 0}}, "BAD_INPUT", "limits"),
        ({"loopback": {}, "name": " "}, "BLANK", "name"),
    ],
)
async def test_bad_input_is_told(
    admin: Client, given: dict[str, Any], code: str, field: str | None
) -> None:
    made = await create(admin, **{"name": "Desk", **given})
    assert made["device"] is None
    assert made["userErrors"] == [{"code": code, "field": field}]


async def test_a_name_is_given_once(admin: Client) -> None:
    await create(admin, loopback={})
    assert (await create(admin, loopback={}))["userErrors"] == [
        {"code": "CONFLICT", "field": "name"}
    ]


async def test_without_a_key_no_device_has_secrets(admin: Client) -> None:
    maker: Any = admin.services.outlets
    outlets = OutletMaker(admin.services.database, admin.services.bell, KeyRing(), maker._read_file)
    keyless = replace(admin, services=replace(admin.services, outlet_maker=outlets))
    assert (await create(keyless, whatsapp=WHATSAPP))["userErrors"][0]["code"] == "NO_SECRET_KEY"
    assert (await create(keyless, loopback={}))["userErrors"] == []


async def test_changes_are_told_live_and_after_a_cursor(admin: Client) -> None:
    device = (await create(admin, loopback={}))["device"]["id"]
    document = """
        subscription ($id: ID, $after: String) {
            deviceEvents(deviceId: $id, after: $after) { cursor device { state } }
        }
    """
    # After its making, so that nobody need know when the feed has begun.
    made = cursor_at(decode_id(IdType.DEVICE, device), 1)
    async with asyncio.timeout(60), aclosing(admin.events(document, id=device, after=made)) as feed:
        await change(admin, "connect", device)
        told = [(await anext(feed))["deviceEvents"] for _ in range(2)]
        assert told[-1]["device"]["state"] == "CONNECTED"
        await change(admin, "disconnect", device)
        last = (await anext(feed))["deviceEvents"]
        assert last["device"]["state"] == "DISCONNECTED"
    after = told[-1]["cursor"]
    async with (
        asyncio.timeout(60),
        aclosing(admin.events(document, id=device, after=after)) as feed,
    ):
        assert (await anext(feed))["deviceEvents"] == last


async def test_a_cursor_of_another_device_is_refused(admin: Client) -> None:
    [one, other] = [(await create(admin, name, loopback={}))["device"]["id"] for name in "ab"]
    document = """
        subscription ($id: ID, $after: String) {
            deviceEvents(deviceId: $id, after: $after) { cursor }
        }
    """
    cursor = cursor_at(decode_id(IdType.DEVICE, other), 1)
    assert await admin.refusal(document, id=one, after=cursor) == "BAD_CURSOR"


async def test_changes_are_kept_in_the_audit_trail(admin: Client) -> None:
    device = (await create(admin, whatsapp=WHATSAPP))["device"]["id"]
    await change(admin, "archive", device)
    trail = await admin.data("{ auditTrail { nodes { action detail } } }")
    actions = [entry["action"] for entry in trail["auditTrail"]["nodes"]]
    assert actions == ["DEVICE_ARCHIVED", "DEVICE_CREATED"]
    assert ACCESS_TOKEN not in orjson.dumps(trail).decode()
