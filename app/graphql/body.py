"""Reading a GraphQL request from a URL or a body, never beyond the limits."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.requests import Request

from app.graphql.errors import BadRequest, TransportCode
from app.graphql.limits import Limits
from app.graphql.multipart import read_multipart
from app.graphql.request import OperationRequest

# A browser sends none of these across origins without asking first (a CORS preflight).
PREFLIGHT_HEADERS = (
    "x-requested-with",
    "apollo-require-preflight",
    "graphql-require-preflight",
    "x-apollo-operation-name",
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


@asynccontextmanager
async def from_body(request: Request, limits: Limits) -> AsyncIterator[OperationRequest]:
    """The parameters of a POST; uploaded files live until the context ends.

    Raises `BadRequest`: 415 for a type or encoding that is not read, 413 beyond the limit,
    400 for what cannot be understood or could come from a foreign page.
    """
    media, charset = _content_type(request)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unsupported("A compressed body is not read.")
    if media == "application/json":
        if charset not in {"utf-8", "utf8"}:
            raise _unsupported("JSON is read as UTF-8 only.")
        yield OperationRequest.of(decode_json(await _read(request, limits.body_bytes)))
    elif media == "multipart/form-data":
        _require_preflight(request)
        stream = limited(request, limits.upload_bytes)
        async with read_multipart(request.headers, stream, limits) as value:
            yield OperationRequest.of(value)
    else:
        raise _unsupported("A POST needs Content-Type: application/json.")


def decode_json(raw: bytes) -> Any:
    """JSON of UTF-8; raises `BadRequest`."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg} at character {error.pos}."
        raise BadRequest(TransportCode.BAD_REQUEST, message) from error


async def limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body in pieces; raises `BadRequest` (413) instead of the piece beyond `limit`."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise _too_large(limit)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        yield piece


async def _read(request: Request, limit: int) -> bytes:
    return b"".join([piece async for piece in limited(request, limit)])


def _json_parameter(text: str | None, name: str) -> Any:
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = f"The parameter {name} is not JSON."
        raise BadRequest(TransportCode.BAD_REQUEST, message) from error


def _content_type(request: Request) -> tuple[str, str]:
    """Media type and charset, in lower case; the charset is UTF-8 unless given."""
    media, *parameters = request.headers.get("content-type", "").lower().split(";")
    pairs = (parameter.strip().partition("=") for parameter in parameters)
    charset = next((value.strip('"') for name, _, value in pairs if name == "charset"), "utf-8")
    return media.strip(), charset


def _require_preflight(request: Request) -> None:
    if not any(name in request.headers for name in PREFLIGHT_HEADERS):
        message = f"A multipart request needs one of the headers {', '.join(PREFLIGHT_HEADERS)}."
        raise BadRequest(TransportCode.CSRF_HEADER_MISSING, message)


def _unsupported(message: str) -> BadRequest:
    return BadRequest(TransportCode.UNSUPPORTED_MEDIA_TYPE, message, status=415)


def _too_large(limit: int) -> BadRequest:
    message = f"The body is larger than {limit} bytes."
    # The server discards the rest. Closing the connection instead would reset it, and a
    # client that is still sending would never see the answer.
    return BadRequest(TransportCode.BODY_TOO_LARGE, message, status=413)
