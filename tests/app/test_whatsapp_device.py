"""A WhatsApp device from its making to READ: the API, the worker, a cloud of ours and its webhook.

The application and the cloud are served on loopback; nothing between them is replaced.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from PIL import Image

from app.application import Application
from app.embedded import EmbeddedServers
from app.installation import Installation
from app.settings import Settings
from app.signin.tokens import Tokens
from gateways.whatsapp_records import MessageStatus
from gateways.whatsapp_webhook import MAX_BODY_BYTES, SIGNATURE_HEADER
from models.events import EventKind
from models.tenants import Role
from realtime.events import LiveEvent
from realtime.feed import Feed
from tests.app.signin.desk import Desk
from tests.app.signin.desk import serving as serving_application
from tests.gateways.cloud import (
    ACCESS_TOKEN,
    APP_SECRET,
    PHONE_NUMBER_ID,
    VERIFY_TOKEN,
    Cloud,
    envelope,
    signature,
)
from tests.gateways.loopback_server import serving

PATIENCE = 60
CREATE = """
    mutation ($input: CreateDeviceInput!) {
        createDevice(input: $input) { device { id webhookPath } userErrors { code message } }
    }
"""
CONNECT = """
    mutation ($id: ID!) {
        connectDevice(input: {deviceId: $id}) { device { state stateReason } }
    }
"""
SCHEDULE = """
    mutation ($input: CreateScheduleInput!) {
        createSchedule(input: $input) { schedule { id } userErrors { code message } }
    }
"""
DELIVERIES = """
    query ($id: ID!) { schedule(id: $id) { deliveryCounts { status count } } }
"""
INBOX = """
    query {
        conversations(first: 10) { nodes { title messages(last: 5) { nodes {
            body kind sender { name } attachments { id mediaType size width }
        } } } }
    }
"""


@dataclass
class Town:
    """The application, the cloud, and an administrator with a device between them."""

    desk: Desk
    cloud: Cloud
    tenant: UUID
    token: str
    device: str
    webhook: str

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that must not fail."""
        answer = await self.desk.http.post(
            "/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        result: dict[str, Any] = answer.json()
        assert "errors" not in result, result
        data: dict[str, Any] = result["data"]
        return data

    async def call(self, body: bytes, secret: str = APP_SECRET) -> int:
        """Call the webhook as Meta does; the status of its answer."""
        headers = {SIGNATURE_HEADER: signature(body, secret)}
        answer = await self.desk.http.post(self.webhook, content=body, headers=headers)
        return answer.status_code

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Feed]:
        """All that happens in the tenant."""
        async with self.desk.application.runtime.hub.join(self.tenant) as feed:
            yield feed


async def heard(feed: Feed, wanted: Callable[[LiveEvent], bool]) -> LiveEvent:
    """The next event that is wanted."""
    async with asyncio.timeout(PATIENCE):
        async for event in feed:
            if wanted(event):
                return event
    raise AssertionError("the feed ended")


def counted(status: str) -> Callable[[LiveEvent], bool]:
    """A schedule's progress to a status."""
    return lambda event: status in event.payload and event.kind is EventKind.SCHEDULE_PROGRESS


@pytest.fixture
async def town(
    servers: EmbeddedServers,
    clone_database: Callable[[], Awaitable[str]],
    redis_url: str,
    tmp_path: Any,
) -> AsyncIterator[Town]:
    name, cloud = await clone_database(), Cloud()
    key_file = tmp_path / "keys.json"
    owner_url = servers.url_for("parley_owner", name)
    installation = Installation(servers.url_for("parley", name), owner_url, redis_url, key_file)
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(asyncpg.create_pool(owner_url, min_size=1))
        address = await stack.enter_async_context(serving(cloud.app))
        application = Application(
            installation,
            Settings(
                drain_seconds=0,
                store_dir=tmp_path / "store",
                whatsapp_url=address,
                secret_keys=base64.b64encode(b"k" * 32).decode(),
            ),
        )
        host = await stack.enter_async_context(serving_application(application))
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://{host}", trust_env=False, timeout=PATIENCE)
        )
        desk = Desk(application, Tokens.from_file(key_file), owner, http, host)
        tenant = await desk.make_tenant()
        token = desk.token(await desk.make_user(tenant, Role.ADMIN))
        town = Town(desk, cloud, tenant, token, "", "")
        whatsapp = {
            "phoneNumberId": PHONE_NUMBER_ID,
            "accessToken": ACCESS_TOKEN,
            "appSecret": APP_SECRET,
            "verifyToken": VERIFY_TOKEN,
        }
        made = await town.ask(CREATE, input={"name": "Front desk", "whatsapp": whatsapp})
        town.device = made["createDevice"]["device"]["id"]
        town.webhook = made["createDevice"]["device"]["webhookPath"]
        yield town


async def test_a_message_goes_out_and_is_read(town: Town) -> None:
    assert await town.cloud.subscribe(town.desk.http, town.webhook)
    connected = await town.ask(CONNECT, id=town.device)
    assert connected["connectDevice"]["device"] == {"state": "CONNECTED", "stateReason": None}
    async with town.listening() as feed:
        made = await town.ask(
            SCHEDULE,
            input={
                "body": "Your table is ready",
                "deviceId": town.device,
                "recipients": [{"address": "+34 600 111 222"}],
                "priority": "HIGH",
            },
        )
        assert made["createSchedule"]["userErrors"] == []
        await heard(feed, counted("sent"))
        [(wamid, payload)] = town.cloud.accepted.items()
        assert payload["to"] == "34600111222"
        assert payload["text"]["body"] == "Your table is ready"
        for status in (MessageStatus.READ, MessageStatus.DELIVERED):
            assert await town.cloud.tell(town.desk.http, town.webhook, wamid, status) == 200
        await heard(feed, counted("read"))
    schedule = made["createSchedule"]["schedule"]["id"]
    [count] = (await town.ask(DELIVERIES, id=schedule))["schedule"]["deliveryCounts"]
    assert count == {"status": "READ", "count": 1}


async def test_an_answer_comes_into_a_conversation_with_its_picture(town: Town) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    town.cloud.files["777"] = picture.getvalue()
    image = {"id": "777", "mime_type": "image/png", "caption": "Here it is"}
    message = {"from": "34600111222", "id": "wamid.in", "timestamp": "1793000000"}
    contact = {"wa_id": "34600111222", "profile": {"name": "Ana"}}
    body = envelope(contacts=[contact], messages=[message | {"type": "image", "image": image}])
    async with town.listening() as feed:
        assert [await town.call(body) for _ in range(3)] == [200, 200, 200]
        await heard(feed, lambda event: event.kind is EventKind.MESSAGE_ADDED)
        # The file has come.
        await heard(feed, lambda event: event.kind is EventKind.MESSAGE_EDITED)
    [conversation] = (await town.ask(INBOX))["conversations"]["nodes"]
    [shown] = conversation["messages"]["nodes"]
    assert (conversation["title"], shown["body"], shown["kind"]) == ("Ana", "Here it is", "IMAGE")
    [file] = shown["attachments"]
    assert (file["mediaType"], file["width"]) == ("image/png", 40)
    answer = await town.desk.http.get(
        f"/media/{file['id']}", headers={"Authorization": f"Bearer {town.token}"}
    )
    assert answer.content == picture.getvalue()


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        (envelope(), "another secret", 401),
        (b"{}", APP_SECRET, 400),
        (b"{", APP_SECRET, 400),
        (b" " * (MAX_BODY_BYTES + 1), APP_SECRET, 413),
    ],
    ids=["forged", "another product", "no JSON", "4 MB"],
)
async def test_calls_that_are_not_metas_are_refused(
    town: Town, body: bytes, secret: str, status: int
) -> None:
    assert await town.call(body, secret) == status
    calls = await town.desk.owner.fetchval("SELECT count(*) FROM webhook_calls")
    assert calls == 0


async def test_who_does_not_know_the_verify_token_gets_no_challenge(town: Town) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "guess"}
    assert (await town.desk.http.get(town.webhook, params=query)).status_code == 403
    unknown = town.webhook[:-4] + "AAAA"
    assert (await town.desk.http.get(unknown, params=query)).status_code == 403
    assert (await town.desk.http.post("/webhooks/whatsapp/none", content=b"{}")).status_code == 401
