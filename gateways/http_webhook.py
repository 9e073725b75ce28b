"""The gateway to any HTTP endpoint: each message is a JSON webhook, signed as in Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

import httpx
import orjson

from gateways.outbound import Answer, post
from gateways.protocol import Action, GatewayError, Outgoing, Sent
from models.base import now
from models.ids import new_id

OUTLET = "WEBHOOK"
EVENT_TYPE = "message.send"
CHECK_TYPE = "endpoint.check"

_SECRET_PREFIX = "whsec_"
_RETRIED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY})


class HttpWebhookGateway:
    """Posts each message to one address. `secret` is `whsec_` and 24 to 64 bytes in Base64.

    The `webhook-id` is the delivery's id, the same at every attempt: the specification tells
    endpoints to drop an id that they have seen. The address is used as it is; a client with
    `gateways.public_addresses` refuses those of internal networks, and is closed with the gateway.
    Raises ValueError for a bad secret.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        secret: str,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._client = client
        self._url = httpx.URL(url)
        self._key = _key_of(secret)
        self._clock = clock

    async def send(self, outgoing: Outgoing) -> Sent:
        """Post the message; any 2xx takes it. Raises GatewayError."""
        await self._post(EVENT_TYPE, outgoing.delivery_id, _data(outgoing))
        return Sent()

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """Always None, that is: send it again.

        An endpoint cannot be asked, and need not be: it drops a `webhook-id` that it has seen.
        """
        return None

    async def check(self) -> None:
        """Post an event of the type `endpoint.check`; any 2xx is well. Raises GatewayError."""
        await self._post(CHECK_TYPE, new_id(), {})

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def _post(self, kind: str, webhook_id: UUID, data: Mapping[str, object]) -> None:
        at = self._clock()
        body = orjson.dumps({"type": kind, "timestamp": at, "data": data})
        headers = signed(self._key, str(webhook_id), int(at.timestamp()), body)
        answer = await post(self._client, self._url, headers, body, outlet=OUTLET)
        if not answer.is_success:
            raise _failure(answer)


def signed(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; `timestamp` is in seconds since 1970."""
    content = b".".join([webhook_id.encode(), str(timestamp).encode(), body])
    signature = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _key_of(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_SECRET_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a webhook secret is whsec_ and 24 to 64 bytes in Base64")
    return key


def _data(outgoing: Outgoing) -> dict[str, object]:
    """What the message is; what goes beside the text, only where there is something."""
    contents = outgoing.contents
    beside = {
        "deviceId": outgoing.device_id,
        "contactId": outgoing.contact_id,
        "template": contents.template,
        "attachmentId": contents.attachment_id,
        "replyToId": contents.reply_to_id,
    }
    return {
        "deliveryId": outgoing.delivery_id,
        "scheduleId": outgoing.schedule_id,
        "conversationId": outgoing.conversation_id,
        "senderId": outgoing.sender_id,
        "recipient": outgoing.recipient,
        "body": outgoing.body,
        **{name: value for name, value in beside.items() if value is not None},
    }


def _failure(answer: Answer) -> GatewayError:
    """Refusals (400, 401, 403, 404, 410, 422 …) are for good; overload and faults pass."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        action = Action.SLOW_DOWN
    elif answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _RETRIED:
        action = Action.RETRY
    else:
        action = Action.FAIL
    return GatewayError(f"{OUTLET}_HTTP_{answer.status}", action, answer.retry_after)
