"""The gateway to the WhatsApp Cloud API of Meta: sends over HTTP, hears back by webhook."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

import httpx
import orjson

from gateways.fields import Fields
from gateways.outbound import Answer, get, post
from gateways.protocol import Action, GatewayError, Outgoing, Sent
from gateways.whatsapp_errors import failure
from gateways.whatsapp_media import LARGEST, OUTLET, StoredFile, WhatsAppMedia
from gateways.whatsapp_payloads import Content, Media, media, message, template, text
from gateways.whatsapp_records import MessageStatus

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


Lookup: TypeAlias = Callable[[Outgoing], Awaitable[Trace]]


class References(Protocol):
    """What messages refer to, as the device's tenant keeps it."""

    async def file(self, attachment_id: UUID) -> StoredFile | None:
        """The file of an attachment; None when there is none, or it was not kept."""
        ...

    async def content(self, file: StoredFile) -> bytes:
        """The content of a file. Raises OSError."""
        ...

    async def external_id(self, message_id: UUID) -> str | None:
        """The wamid of a message that the device sent or heard."""
        ...


class NoReferences:
    """For a gateway that sends texts and templates alone."""

    async def file(self, _attachment_id: UUID) -> StoredFile | None:
        """None."""
        return None

    async def content(self, file: StoredFile) -> bytes:
        """Raises FileNotFoundError."""
        raise FileNotFoundError(file.file_name)

    async def external_id(self, _message_id: UUID) -> str | None:
        """None."""
        return None


class _Bearer(httpx.Auth):
    """Adds the access token to a request, and shows it to nobody else."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class WhatsAppCloudGateway:
    """Sends from one phone number of a WhatsApp Business account: texts, files and templates.

    `base_url` and `version` are Meta's (`https://graph.facebook.com`, `v26.0`) or a test server's.
    `lookup` gives what was heard of a delivery, `references` what messages refer to.
    The client is closed with the gateway. The timeouts of `client` should be
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
        references: References | None = None,
        grace: timedelta = GRACE,
    ) -> None:
        if not (phone_number_id.isascii() and phone_number_id.isdigit()):
            raise ValueError("a phone number id is made of digits")
        if not _TOKEN.fullmatch(access_token):
            raise ValueError("an access token is made of visible ASCII characters")
        self._client = client
        base_url = f"{base_url.rstrip('/')}/{version}"
        self._number = httpx.URL(f"{base_url}/{phone_number_id}")
        self._url = httpx.URL(f"{self._number}/messages")
        self._auth = _Bearer(access_token)
        self.media = WhatsAppMedia(client, base_url, str(self._number), self._auth)
        # One file in memory at a time; who waits for it finds it uploaded.
        self._uploading = asyncio.Lock()
        self._lookup = lookup
        self._references = references or NoReferences()
        self._grace = grace

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send the message. Raises GatewayError, as `docs/gateways.md` says for each code."""
        content = await self._content(outgoing)
        reply_to = await self._replied(outgoing.contents.reply_to_id)
        payload = message(outgoing.recipient, content, str(outgoing.delivery_id), reply_to)
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
        trace = await self._lookup(outgoing)
        for message_id, status in trace.statuses.items():
            if status is not MessageStatus.FAILED:
                return Sent(message_id)
        if trace.heard_at is None or trace.heard_at < trace.attempted_at + self._grace:
            raise GatewayError("WHATSAPP_NOT_HEARD_OF", Action.UNKNOWN)
        return None

    async def check(self) -> None:
        """Ask for the phone number, which needs the token. Raises GatewayError."""
        url = self._number.copy_with(params={"fields": "id"})
        answer = await get(self._client, url, outlet=OUTLET, auth=self._auth)
        if not answer.is_success:
            raise failure(answer, attempt=1)

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def _content(self, outgoing: Outgoing) -> Content:
        used, attachment_id = outgoing.contents.template, outgoing.contents.attachment_id
        file = None if attachment_id is None else await self._file(attachment_id)
        if used is not None:
            return template(used.name, used.language, used.parameters, header=file)
        return text(outgoing.body) if file is None else media(file, outgoing.body or None)

    async def _file(self, attachment_id: UUID) -> Media:
        """The file at the API, uploaded there if it was not lately."""
        file = await self._references.file(attachment_id)
        if file is None:
            raise GatewayError("WHATSAPP_FILE_GONE", Action.FAIL)
        if file.size > LARGEST[file.kind]:
            raise GatewayError("WHATSAPP_FILE_TOO_LARGE", Action.FAIL)
        async with self._uploading:
            media_id = self.media.uploaded(file)
            if media_id is None:
                media_id = await self.media.upload(file, await self._read(file))
        return Media(file.kind, media_id, file.file_name)

    async def _read(self, file: StoredFile) -> bytes:
        try:
            return await self._references.content(file)
        except OSError:
            raise GatewayError("WHATSAPP_FILE_GONE", Action.FAIL) from None

    async def _replied(self, message_id: UUID | None) -> str | None:
        """The wamid to answer. A message that the outlet does not know is answered without it."""
        return None if message_id is None else await self._references.external_id(message_id)


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
