"""The gateway to any HTTP endpoint, against one of ours that checks what it gets."""

import base64
import hmac
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateways.http_webhook import HttpWebhookGateway, signed
from gateways.protocol import Action, GatewayError, Sent
from tests.gateways.loopback_server import hanging_up, nobody, outgoing, serving

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Endpoint:
    """Keeps what is posted, and answers as it was told to; 204 when that is used up."""

    answers: deque[Response] = field(default_factory=deque)
    got: list[tuple[Headers, bytes]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: Request) -> Response:
        self.got.append((request.headers, await request.body()))
        return self.answers.popleft() if self.answers else Response(status_code=204)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    found = Endpoint()
    async with serving(Starlette(routes=[Route("/hook", found.take, methods=["POST"])])) as address:
        found.url = f"{address}/hook"
        yield found


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


def gateway(client: httpx.AsyncClient, url: str) -> HttpWebhookGateway:
    return HttpWebhookGateway(client, url, SECRET, clock=lambda: NOON)


async def test_message_is_posted_and_signed(endpoint: Endpoint, client: httpx.AsyncClient) -> None:
    message = outgoing()

    sent = await gateway(client, endpoint.url).send(message)

    assert sent == Sent()
    [(headers, body)] = endpoint.got
    assert headers["webhook-id"] == str(message.delivery_id)
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(KEY, content, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["content-type"] == "application/json"
    assert orjson.loads(body) == {
        "type": "message.send",
        "timestamp": "2026-01-01T12:00:00+00:00",
        "data": {
            "deliveryId": str(message.delivery_id),
            "scheduleId": str(message.schedule_id),
            "conversationId": str(message.conversation_id),
            "senderId": str(message.sender_id),
            "recipient": "+972987654321",
            "body": "hello",
        },
    }


def test_signature_is_the_one_of_the_specification() -> None:
    """The example that the specification's libraries test themselves with."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("answer", "action", "pause"),
    [
        (Response(status_code=503, headers={"Retry-After": "30"}), Action.RETRY, 30),
        (Response(status_code=500), Action.RETRY, None),
        (Response(status_code=408), Action.RETRY, None),
        (Response(status_code=429, headers={"Retry-After": "5"}), Action.SLOW_DOWN, 5),
        *[
            (Response(status_code=status), Action.FAIL, None)
            for status in (302, 400, 401, 403, 404, 410, 422)
        ],
    ],
)
async def test_answers_say_what_to_do(
    endpoint: Endpoint,
    client: httpx.AsyncClient,
    answer: Response,
    action: Action,
    pause: int | None,
) -> None:
    endpoint.answers.append(answer)

    with pytest.raises(GatewayError) as refused:
        await gateway(client, endpoint.url).send(outgoing())

    assert refused.value.code == f"WEBHOOK_HTTP_{answer.status_code}"
    assert refused.value.action is action
    assert refused.value.retry_after == (None if pause is None else timedelta(seconds=pause))


async def test_troubles_on_the_way_are_told_apart(client: httpx.AsyncClient) -> None:
    failures = []
    async with nobody() as lost, hanging_up() as rude:
        for address in (lost, rude):
            with pytest.raises(GatewayError) as failed:
                await gateway(client, address).send(outgoing())
            failures.append((failed.value.code, failed.value.action))

    assert failures == [
        ("WEBHOOK_UNREACHABLE", Action.RETRY),
        ("WEBHOOK_NO_ANSWER", Action.UNKNOWN),
    ]


async def test_what_may_have_been_sent_is_sent_again_under_the_same_id(
    endpoint: Endpoint, client: httpx.AsyncClient
) -> None:
    message = outgoing()
    outlet = gateway(client, endpoint.url)
    await outlet.send(message)

    found = await outlet.find(message)
    await outlet.send(message)

    assert found is None
    assert {headers["webhook-id"] for headers, _ in endpoint.got} == {str(message.delivery_id)}


@pytest.mark.parametrize("secret", ["", KEY.hex(), "whsec_", "whsec_c2hvcnQ=", "whsec_%%%"])
async def test_bad_secret_is_refused(client: httpx.AsyncClient, secret: str) -> None:
    with pytest.raises(ValueError, match="Base64"):
        HttpWebhookGateway(client, "http://127.0.0.1/", secret)
