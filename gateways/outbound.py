"""One POST to somebody else's server: bounded, never redirected, its failures told apart."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from gateways.protocol import Action, GatewayError
from models.base import now as present

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
    """Post JSON and read the answer, whatever its status.

    `headers` must hold no secret: logs may show them. Raises GatewayError: `{outlet}_UNREACHABLE`
    (RETRY) when no connection came to be, `{outlet}_NO_ANSWER` (UNKNOWN) when the request may
    have been read.
    """
    try:
        return await _post(client, url, headers, body, auth)
    except _NOT_WRITTEN:
        failure = GatewayError(f"{outlet}_UNREACHABLE", Action.RETRY)
    except httpx.HTTPError:
        failure = GatewayError(f"{outlet}_NO_ANSWER", Action.UNKNOWN)
    # Raised out here, without the exception that led to it: that one holds the request.
    raise failure


async def _post(
    client: httpx.AsyncClient,
    url: httpx.URL,
    headers: dict[str, str],
    body: bytes,
    auth: httpx.Auth | None,
) -> Answer:
    # Compressed answers are refused: a small one could be a large one.
    common = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    async with client.stream(
        "POST", url, headers=common | headers, content=body, auth=auth, follow_redirects=False
    ) as response:
        content = bytearray()
        async for chunk in response.aiter_raw(MAX_ANSWER_BYTES):
            content += chunk
            if len(content) >= MAX_ANSWER_BYTES:
                break
        pause = retry_after(response.headers.get("Retry-After"), present())
        return Answer(response.status_code, bytes(content), pause)


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
