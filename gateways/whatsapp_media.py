"""Files of the WhatsApp Cloud API: uploaded before they are sent, and fetched when they came in."""

from base64 import b64decode
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

import httpx
import orjson

from gateways.fields import Fields
from gateways.outbound import Answer, download, get, post
from gateways.protocol import Action, GatewayError
from gateways.whatsapp_errors import failure
from gateways.whatsapp_payloads import MediaKind

OUTLET = "WHATSAPP"
MEGABYTE = 1024 * 1024
# https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/media
LARGEST = {
    MediaKind.IMAGE: 5 * MEGABYTE,
    MediaKind.STICKER: MEGABYTE // 2,
    MediaKind.AUDIO: 16 * MEGABYTE,
    MediaKind.VIDEO: 16 * MEGABYTE,
    MediaKind.DOCUMENT: 100 * MEGABYTE,
}
# Where the API keeps what came in; the access token goes nowhere else.
_MEDIA_HOSTS = frozenset({"lookaside.fbsbx.com"})
# Uploads are kept for 30 days there; so many are remembered here.
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of ours that is to be sent; `digest` is the SHA-256 of its content."""

    kind: MediaKind
    file_name: str
    media_type: str
    size: int
    digest: bytes


def digest_of(told: str | None) -> bytes | None:
    """The SHA-256 of a file that came in, as a webhook tells it: Base64. None for what is none."""
    try:
        digest = b64decode(told or "", validate=True)
    except ValueError:
        return None
    return digest if len(digest) == sha256().digest_size else None


class WhatsAppMedia:
    """The files of one phone number. `address` is that of the number at the API."""

    def __init__(
        self, client: httpx.AsyncClient, base_url: str, address: str, auth: httpx.Auth
    ) -> None:
        self._client = client
        self._base_url = base_url
        self._uploads = httpx.URL(f"{address}/media")
        self._auth = auth
        self._known: OrderedDict[bytes, str] = OrderedDict()

    def uploaded(self, file: StoredFile) -> str | None:
        """The API's id of a file that was uploaded from here before."""
        return self._known.get(file.digest)

    async def upload(self, file: StoredFile, content: bytes) -> str:
        """Upload a file; the API's id of it. Nothing was sent if it raises GatewayError."""
        form = self._client.build_request(
            "POST",
            self._uploads,
            data={"messaging_product": "whatsapp", "type": file.media_type},
            files={"file": (file.file_name, content, file.media_type)},
        )
        headers = {"Content-Type": form.headers["Content-Type"]}
        try:
            answer = await post(
                self._client, self._uploads, headers, form.read(), outlet=OUTLET, auth=self._auth
            )
        except GatewayError as error:
            # An upload that may have arrived harms nobody: it is simply made again.
            raise GatewayError(error.code, Action.RETRY, error.retry_after) from None
        media_id = _fields_of(answer).text("id")
        if media_id is None:
            raise GatewayError("WHATSAPP_UNREADABLE_ANSWER", Action.RETRY)
        self._remember(file.digest, media_id)
        return media_id

    async def fetch(self, media_id: str, target: BinaryIO) -> None:
        """Write a file that came in to `target`. Raises GatewayError.

        Its address is asked for first, and is good for five minutes.
        """
        if not media_id.isalnum():
            raise GatewayError("WHATSAPP_BAD_MEDIA_ID", Action.FAIL)
        described = httpx.URL(f"{self._base_url}/{media_id}")
        answer = await get(self._client, described, outlet=OUTLET, auth=self._auth)
        url = httpx.URL(_fields_of(answer).text("url") or "")
        if not self._is_theirs(url):
            raise GatewayError("WHATSAPP_BAD_MEDIA_ADDRESS", Action.FAIL)
        largest = LARGEST[MediaKind.DOCUMENT]
        await download(self._client, url, target, largest, outlet=OUTLET, auth=self._auth)

    def _is_theirs(self, url: httpx.URL) -> bool:
        own = httpx.URL(self._base_url)
        if (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port):
            return True
        return url.scheme == "https" and url.host in _MEDIA_HOSTS

    def _remember(self, digest: bytes, media_id: str) -> None:
        self._known[digest] = media_id
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _fields_of(answer: Answer) -> Fields:
    """The JSON of a success. Raises GatewayError for anything else."""
    if not answer.is_success:
        raise failure(answer, attempt=1)
    try:
        return Fields(orjson.loads(answer.body))
    except orjson.JSONDecodeError:
        raise GatewayError("WHATSAPP_UNREADABLE_ANSWER", Action.RETRY) from None
