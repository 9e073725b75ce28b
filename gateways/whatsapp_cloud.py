"""The gateway to the WhatsApp Cloud API of Meta: sends over HTTP, hears back by webhook."""

import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import httpx
import orjson

from gateways.fields import Fields
from gateways.outbound import Answer, post
from gateways.protocol import Action, GatewayError, Outgoing, Sent
from gateways.whatsapp_errors import failure
from gateways.whatsapp_payloads import message, text
from gateways.whatsapp_records import MessageStatus

OUTLET = "WHATSAPP"
# Statuses of a message that was taken come within seconds; Meta repeats what was not heard.
GRACE = timedelta(minutes=10)

_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of a delivery that may have been sent.

    `attempted_at` is when its last attempt began. `statuses` has the latest status of each message
    (by wamid) whose statuses named the delivery. `heard_at` is when the last webhook for the
    sending phone number came, whatever it said.
    """

    attempted_at: datetime
    statuses: Mapping[str, MessageStatus]
    heard_at: datetime | None


Lookup: TypeAlias = Callable[[UUID], Awaitable[Trace]]


class _Bearer(httpx.Auth):
    """Adds the access token to a request, and shows it to nobody else."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class WhatsAppCloudGateway:
    """Sends texts from one phone number of a WhatsApp Business account.

    `base_url` and `version` are Meta's (`https://graph.facebook.com`, `v26.0`) or a test server's.
    `lookup` gives what was heard of a delivery by its id. The timeouts of `client` should be
    shorter than the dispatcher's, so that a server that cannot be reached is told from one that
    does not answer. Raises ValueError for a token or an id that cannot be one.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str,
        version: str,
        phone_number_id: str,
        access_token: str,
        *,
        lookup: Lookup,
        grace: timedelta = GRACE,
    ) -> None:
        if not (phone_number_id.isascii() and phone_number_id.isdigit()):
            raise ValueError("a phone number id is made of digits")
        if not _TOKEN.fullmatch(access_token):
            raise ValueError("an access token is made of visible ASCII characters")
        self._client = client
        self._url = httpx.URL(f"{base_url.rstrip('/')}/{version}/{phone_number_id}/messages")
        self._auth = _Bearer(access_token)
        self._lookup = lookup
        self._grace = grace

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send the text. Raises GatewayError, with what `docs/gateways.md` says for each code."""
        payload = message(outgoing.recipient, text(outgoing.body), str(outgoing.delivery_id))
        answer = await post(
            self._client, self._url, {}, orjson.dumps(payload), outlet=OUTLET, auth=self._auth
        )
        if not answer.is_success:
            raise failure(answer, outgoing.attempt)
        return Sent(_message_id(answer))

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """The message that a status of the delivery named; None when there seems to be none.

        The API can neither be asked for a message nor be given a key that makes sending again
        harmless. So silence is believed only when a webhook for the number was heard after the
        grace time: Meta could tell, and told nothing. A message whose status is FAILED reached
        nobody and does not count. Raises GatewayError as long as the silence may mean anything.
        """
        trace = await self._lookup(outgoing.delivery_id)
        for message_id, status in trace.statuses.items():
            if status is not MessageStatus.FAILED:
                return Sent(message_id)
        if trace.heard_at is None or trace.heard_at < trace.attempted_at + self._grace:
            raise GatewayError("WHATSAPP_NOT_HEARD_OF", Action.UNKNOWN)
        return None


def _message_id(answer: Answer) -> str:
    """The wamid of the message that was taken. Raises GatewayError when the answer has none."""
    try:
        messages = Fields(orjson.loads(answer.body)).each("messages")
    except orjson.JSONDecodeError:
        messages = []
    message_id = messages[0].text("id") if messages else None
    if message_id is None:
        raise GatewayError("WHATSAPP_UNREADABLE_ANSWER", Action.UNKNOWN)
    return message_id
