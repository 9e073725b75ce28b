"""A server of ours that speaks the wire of the WhatsApp Cloud API, and one that hears its webhooks.

The cloud answers each message with what it was told to, in order, and takes it when that is used
up. It keeps the limits of the real one: the token, and those of `tests.gateways.cloud_limits`.
"""

import hmac
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gateways.protocol import Outgoing
from gateways.whatsapp_cloud import Trace
from gateways.whatsapp_records import MessageStatus, later
from gateways.whatsapp_webhook import (
    SIGNATURE_HEADER,
    WebhookCode,
    WebhookError,
    challenge,
    check_signature,
    parse,
)
from tests.gateways.cloud_limits import CloudLimits

VERSION = "v26.0"
PHONE_NUMBER_ID = "1122334455667"
ACCESS_TOKEN = "EAAG-a-very-secret-access-token"
APP_SECRET = "the-secret-of-the-app"
VERIFY_TOKEN = "the-token-of-the-webhook"


class Answering(Enum):
    """Whether the client has the answer."""

    WHOLE = auto()
    BROKEN_OFF = auto()
    NEVER = auto()


async def until_gone(request: Request) -> None:
    """Wait until the client has given up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def breaking_off() -> AsyncIterator[bytes]:
    """The beginning of a body; the server hangs up behind it."""
    yield b"{"
    raise ConnectionError("broken off")


def fault(
    code: int, status: int = 400, *, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """An error as the Graph API words it; `more` are fields such as `is_transient`."""
    error = {"message": f"(#{code}) No", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return JSONResponse({"error": error | more}, status, headers)


@dataclass
class Cloud:
    """One phone number. `accepted` has the messages taken, by wamid."""

    answers: deque[Response] = field(default_factory=deque)
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    limits: CloudLimits = field(default_factory=CloudLimits)
    # What becomes of the answer to a message that is taken.
    answering: Answering = Answering.WHOLE
    # Files by their media ids, and where the API says that they are, if elsewhere.
    files: dict[str, bytes] = field(default_factory=dict)
    media_url: str | None = None

    @property
    def app(self) -> Starlette:
        path = f"/{VERSION}/{PHONE_NUMBER_ID}/messages"
        return Starlette(
            routes=[
                Route(path, self.messages, methods=["POST"]),
                Route(f"/{VERSION}/{PHONE_NUMBER_ID}", self.number, methods=["GET"]),
                Route(f"/{VERSION}/{PHONE_NUMBER_ID}/media", self.upload, methods=["POST"]),
                Route(f"/{VERSION}/{{media_id}}", self.describe, methods=["GET"]),
                Route("/files/{media_id}", self.file, methods=["GET"]),
            ]
        )

    async def upload(self, request: Request) -> Response:
        """`POST /{phone_number_id}/media`."""
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return fault(190, 401)
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            media_id = str(1000 + len(self.files))
            self.files[media_id] = await file.read()
        return JSONResponse({"id": media_id})

    async def describe(self, request: Request) -> Response:
        """`GET /{media_id}`."""
        media_id = request.path_params["media_id"]
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return fault(190, 401)
        if media_id not in self.files:
            return fault(100)
        url = str(request.url_for("file", media_id=media_id))
        return JSONResponse({"id": media_id, "url": self.media_url or url})

    async def file(self, request: Request) -> Response:
        """The address of a file, which wants the token as well."""
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return Response(status_code=401)
        return Response(self.files[request.path_params["media_id"]])

    async def number(self, request: Request) -> Response:
        """`GET /{phone_number_id}`."""
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return fault(190, 401)
        return JSONResponse({"id": PHONE_NUMBER_ID})

    async def messages(self, request: Request) -> Response:
        """`POST /{phone_number_id}/messages`."""
        payload = await request.json()
        refusal = self._refusal(request, payload)
        if refusal is not None:
            return refusal
        message_id = f"wamid.{len(self.accepted) + 1}"
        self.accepted[message_id] = payload
        if self.answering is Answering.NEVER:
            await until_gone(request)
        if self.answering is Answering.BROKEN_OFF:
            return StreamingResponse(breaking_off())
        recipient = payload.get("to") or payload["recipient"]
        return JSONResponse(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": recipient, "wa_id": recipient}],
                "messages": [{"id": message_id}],
            }
        )

    def _refusal(self, request: Request, payload: dict[str, Any]) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return fault(190, 401)
        if payload.get("messaging_product") != "whatsapp" or payload["type"] not in payload:
            return fault(100, error_data={"details": "a parameter is missing"})
        if self.answers:
            return self.answers.popleft()
        code = self.limits.refuse(str(payload.get("to") or payload.get("recipient")))
        return None if code is None else fault(code, 429)

    async def subscribe(self, client: httpx.AsyncClient, url: str) -> bool:
        """Verify a webhook, as Meta does when it is set up."""
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": "1158201444",
            "hub.verify_token": VERIFY_TOKEN,
        }
        answer = await client.get(url, params=query)
        return answer.status_code == 200 and answer.text == "1158201444"

    async def tell(
        self, client: httpx.AsyncClient, url: str, message_id: str, status: MessageStatus
    ) -> int:
        """Report a message's status to the webhook; the status of the webhook's answer."""
        payload = self.accepted[message_id]
        return await tell(
            client,
            url,
            {
                "id": message_id,
                "status": status.value,
                "timestamp": "1698266945",
                "recipient_id": payload.get("to"),
                "biz_opaque_callback_data": payload["biz_opaque_callback_data"],
            },
        )


async def tell(client: httpx.AsyncClient, url: str, *statuses: dict[str, Any]) -> int:
    """Post a signed webhook with these statuses; the status of the answer."""
    body = envelope(statuses=list(statuses))
    headers = {SIGNATURE_HEADER: signature(body)}
    return (await client.post(url, content=body, headers=headers)).status_code


def envelope(number: str = PHONE_NUMBER_ID, **value: Any) -> bytes:
    """The body of a call of the webhook that says this of the phone number."""
    said = {"metadata": {"phone_number_id": number}, **value}
    change = {"field": "messages", "value": said}
    entries = [{"id": "1", "changes": [change]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    """What Meta puts into the signature's header."""
    return "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


@dataclass
class Listener:
    """Hears the webhooks, and knows of each delivery what they told."""

    attempted_at: datetime
    clock: datetime
    heard_at: datetime | None = None
    statuses: dict[str, dict[str, MessageStatus]] = field(default_factory=dict)
    refused: list[WebhookCode] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/webhook", self.verify, methods=["GET"]),
                Route("/webhook", self.hear, methods=["POST"]),
            ]
        )

    async def verify(self, request: Request) -> Response:
        try:
            return PlainTextResponse(challenge(request.query_params, VERIFY_TOKEN))
        except WebhookError as error:
            self.refused.append(error.code)
            return Response(status_code=403)

    async def hear(self, request: Request) -> Response:
        body = await request.body()
        try:
            check_signature(APP_SECRET, body, request.headers.get(SIGNATURE_HEADER))
            webhook = parse(body)
        except WebhookError as error:
            self.refused.append(error.code)
            return Response(status_code=401)
        self.heard_at = self.clock
        for update in webhook.statuses:
            known = self.statuses.setdefault(update.callback_data or "", {})
            status = known.get(update.message_id, update.status)
            known[update.message_id] = later(status, update.status)
        return Response()

    async def lookup(self, outgoing: Outgoing) -> Trace:
        """What was heard of a delivery: what the gateway asks for."""
        return Trace(
            self.attempted_at, self.statuses.get(str(outgoing.delivery_id), {}), self.heard_at
        )
