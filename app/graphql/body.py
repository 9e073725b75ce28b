"""Reading a GraphQL request from a URL or a body, never beyond the limits."""

from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from app.graphql.call import Call
from app.graphql.errors import BadRequest, TransportCode
from app.graphql.limits import Limits
from app.graphql.multipart import read_multipart
from app.graphql.request import OperationRequest

# A browser sends none of these across origins without asking first (a CORS preflight).
PREFLIGHT_HEADERS = (
    b"x-requested-with",
    b"apollo-require-preflight",
    b"graphql-require-preflight",
    b"x-apollo-operation-name",
)


def from_url(request: Request) -> OperationRequest:
    """The parameters of a GET; `variables` and `extensions` are JSON. Raises `BadRequest`."""
    parameters = request.query_params
    return OperationRequest.of(
        {
            "query": parameters.get("query"),
            "operationName": parameters.get("operationName"),
            "variables": _json_parameter(parameters.get("variables"), "variables"),
            "extensions": _json_parameter(parameters.get("extensions"), "extensions"),
        }
    )


async def from_body(call: Call, limits: Limits) -> OperationRequest:
    """The parameters of a POST; uploaded files live until the call is closed.

    Raises `BadRequest`: 415 for a type or encoding that is not read, 413 beyond the limit,
    400 for what cannot be understood or could come from a foreign page.
    """
    media, charset = _content_type(call.headers.get(b"content-type", b""))
    if call.headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise _unsupported("A compressed body is not read.")
    if media == "application/json":
        if charset not in {"utf-8", "utf8"}:
            raise _unsupported("JSON is read as UTF-8 only.")
        return OperationRequest.of(decode_json(await _whole_body(call, limits.body_bytes)))
    if media == "multipart/form-data":
        _require_preflight(call)
        _check_declared(call, limits.upload_bytes)
        pieces = _pieces(call, limits.upload_bytes)
        form = read_multipart(Headers(scope=call.scope), pieces, limits)
        return OperationRequest.of(await call.enter(form))
    raise _unsupported("A POST needs Content-Type: application/json.")


def decode_json(raw: bytes) -> Any:
    """JSON of UTF-8; raises `BadRequest`."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg} at character {error.pos}."
        raise BadRequest(TransportCode.BAD_REQUEST, message) from error


async def _whole_body(call: Call, limit: int) -> bytes:
    """The body, which mostly comes in one piece. Raises like `_pieces`."""
    _check_declared(call, limit)
    message = await call.receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        if len(whole) <= limit:
            return whole
    return b"".join([piece async for piece in _pieces(call, limit, message)])


async def _pieces(
    call: Call, limit: int, first: Message | None = None
) -> AsyncGenerator[bytes, None]:
    """The pieces of a body as they come, `limit` bytes at most together; the first may be here.

    Raises `BadRequest` (413), or ClientDisconnect.
    """
    message, left = first or await call.receive(), limit
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        left -= len(piece)
        if left < 0:
            raise _too_large(limit)
        yield piece
        if not message.get("more_body", False):
            return
        message = await call.receive()


def _check_declared(call: Call, limit: int) -> None:
    """Raise `BadRequest` (413) for a body that says itself that it is larger."""
    declared = call.headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared[:20]) > limit:
        raise _too_large(limit)


def _json_parameter(text: str | None, name: str) -> Any:
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = f"The parameter {name} is not JSON."
        raise BadRequest(TransportCode.BAD_REQUEST, message) from error


# Forms name their boundary, which is another each time: the others are few.
@lru_cache(maxsize=32)
def _content_type(header: bytes) -> tuple[str, str]:
    """Media type and charset, in lower case; the charset is UTF-8 unless given."""
    media, *parameters = header.decode("latin-1").lower().split(";")
    pairs = (parameter.strip().partition("=") for parameter in parameters)
    charset = next((value.strip('"') for name, _, value in pairs if name == "charset"), "utf-8")
    return media.strip(), charset


def _require_preflight(call: Call) -> None:
    if call.headers.keys().isdisjoint(PREFLIGHT_HEADERS):
        names = b", ".join(PREFLIGHT_HEADERS).decode()
        message = f"A multipart request needs one of the headers {names}."
        raise BadRequest(TransportCode.CSRF_HEADER_MISSING, message)


def _unsupported(message: str) -> BadRequest:
    return BadRequest(TransportCode.UNSUPPORTED_MEDIA_TYPE, message, status=415)


def _too_large(limit: int) -> BadRequest:
    message = f"The body is larger than {limit} bytes."
    # The server discards the rest. Closing the connection instead would reset it, and a
    # client that is still sending would never see the answer.
    return BadRequest(TransportCode.BODY_TOO_LARGE, message, status=413)
