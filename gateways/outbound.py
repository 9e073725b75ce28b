"""One request to somebody else's server: bounded, never redirected, its failures told apart."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import BinaryIO, TypeVar

import httpx

from gateways.protocol import Action, GatewayError
from gateways.public_addresses import AddressRefused
from models.base import now as present

Result = TypeVar("Result")
# What is read of an answer; the rest is not waited for.
MAX_ANSWER_BYTES = 64 * 1024
# No outlet documents a longer pause.
LONGEST_PAUSE = timedelta(days=1)
# The connection never came to be, so that nobody can have read the request.
_NOT_WRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: its status, the beginning of its body, the pause it asks for."""

    status: int
    body: bytes
    retry_after: timedelta | None

    @property
    def is_success(self) -> bool:
        """Whether the server took what was posted."""
        return 200 <= self.status < 300


async def post(
    client: httpx.AsyncClient,
    url: httpx.URL,
    headers: dict[str, str],
    body: bytes,
    *,
    outlet: str,
    auth: httpx.Auth | None = None,
) -> Answer:
    """Post a body, JSON unless a header says otherwise, and read the answer, whatever its status.

    `headers` must hold no secret: logs may show them. Raises GatewayError: `{outlet}_UNREACHABLE`
    (RETRY) when no connection came to be, `{outlet}_ADDRESS_REFUSED` (FAIL) when none may be,
    `{outlet}_NO_ANSWER` (UNKNOWN) when the request may have been read.
    """
    headers = {"Content-Type": "application/json"} | headers
    request = client.build_request("POST", url, headers=headers, content=body)
    return await _told_apart(outlet, _ask(client, request, auth))


async def get(
    client: httpx.AsyncClient, url: httpx.URL, *, outlet: str, auth: httpx.Auth | None = None
) -> Answer:
    """Read what is at an address. Raises GatewayError as `post` does."""
    return await _told_apart(outlet, _ask(client, client.build_request("GET", url), auth))


async def download(
    client: httpx.AsyncClient,
    url: httpx.URL,
    target: BinaryIO,
    limit: int,
    *,
    outlet: str,
    auth: httpx.Auth | None = None,
) -> None:
    """Write a file of at most `limit` bytes to `target`, which is one in memory or on a disk.

    Raises GatewayError: `{outlet}_TOO_LARGE` (FAIL), `{outlet}_HTTP_…`, or as `post` does.
    """
    request = client.build_request("GET", url)
    writing = _write(client, request, target, limit, outlet=outlet, auth=auth)
    await _told_apart(outlet, writing)


async def _write(
    client: httpx.AsyncClient,
    request: httpx.Request,
    target: BinaryIO,
    limit: int,
    *,
    outlet: str,
    auth: httpx.Auth | None,
) -> None:
    async with _sent(client, request, auth) as response:
        if response.status_code != HTTPStatus.OK:
            action = Action.FAIL if response.is_client_error else Action.RETRY
            raise GatewayError(f"{outlet}_HTTP_{response.status_code}", action)
        async for piece in response.aiter_raw(MAX_ANSWER_BYTES):
            if target.tell() + len(piece) > limit:
                raise GatewayError(f"{outlet}_TOO_LARGE", Action.FAIL)
            target.write(piece)


async def _ask(
    client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth | None
) -> Answer:
    async with _sent(client, request, auth) as response:
        content = bytearray()
        async for piece in response.aiter_raw(MAX_ANSWER_BYTES):
            content += piece
            if len(content) >= MAX_ANSWER_BYTES:
                break
        pause = retry_after(response.headers.get("Retry-After"), present())
        return Answer(response.status_code, bytes(content), pause)


@asynccontextmanager
async def _sent(
    client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth | None
) -> AsyncIterator[httpx.Response]:
    # Compressed answers are refused: a small one could be a large one.
    request.headers["Accept-Encoding"] = "identity"
    response = await client.send(request, auth=auth, stream=True, follow_redirects=False)
    try:
        yield response
    finally:
        await response.aclose()


async def _told_apart(outlet: str, asking: Awaitable[Result]) -> Result:
    """What comes of asking; whatever goes wrong with it, as a GatewayError."""
    try:
        return await asking
    except AddressRefused:
        failure = GatewayError(f"{outlet}_ADDRESS_REFUSED", Action.FAIL)
    except _NOT_WRITTEN:
        failure = GatewayError(f"{outlet}_UNREACHABLE", Action.RETRY)
    except httpx.HTTPError:
        failure = GatewayError(f"{outlet}_NO_ANSWER", Action.UNKNOWN)
    # Raised out here, where no exception is its context: what led to it holds the request, with
    # the token. (A context manager cannot: what its exit raises has what it handles as context.)
    raise failure


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The pause that a `Retry-After` header asks for (RFC 9110, 10.2.3): seconds or a date.

    A day at most; None when there is no such header, or one that cannot be read.
    """
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        seconds = int(value) if len(value) <= 6 else LONGEST_PAUSE.total_seconds()
        return min(timedelta(seconds=seconds), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    pause = until.replace(tzinfo=until.tzinfo or UTC) - now
    return min(max(pause, timedelta(0)), LONGEST_PAUSE)
