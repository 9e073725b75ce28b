"""The messages and close codes of the graphql-transport-ws subprotocol.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

import orjson
from starlette.types import Message as ASGIMessage

from app.graphql.errors import BadRequest, TransportCode
from app.graphql.request import OperationRequest

SUBPROTOCOL = "graphql-transport-ws"
MAX_ID_LENGTH = 128
# RFC 6455, section 5.5: a control frame carries 125 bytes, of which the code takes two.
MAX_REASON_BYTES = 123


class CloseCode(IntEnum):
    """Why a socket is closed. Clients come back after 1012, 1013, 4403 and 4408 only."""

    PROTOCOL_ERROR = 1002
    NOT_UTF_8 = 1007
    TOO_BIG = 1009
    RESTARTING = 1012
    TRY_AGAIN_LATER = 1013
    INVALID_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_UNACCEPTABLE = 4406
    TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429


FRAMING_FAULTS = frozenset((CloseCode.PROTOCOL_ERROR, CloseCode.NOT_UTF_8, CloseCode.TOO_BIG))
"""With these the server below us closes a socket whose frames are bad, before we read of them."""


class InvalidMessage(Exception):  # noqa: N818
    """A client broke the protocol: the socket is to be closed with `code` and `text`."""

    def __init__(self, code: CloseCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    pass


@dataclass(frozen=True, slots=True)
class Subscribe:
    id: str
    request: OperationRequest


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


ClientMessage: TypeAlias = ConnectionInit | Ping | Pong | Subscribe | Complete


def read_message(message: ASGIMessage, max_bytes: int) -> ClientMessage:
    """What the client said; raises `InvalidMessage`."""
    text = message.get("text")
    if text is None:
        raise _invalid("Binary frames are not part of the protocol.")
    raw = text.encode()
    if len(raw) > max_bytes:
        raise InvalidMessage(CloseCode.TOO_BIG, TransportCode.FRAME_TOO_LARGE)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _invalid("A message is JSON.") from error
    if not isinstance(value, dict):
        raise _invalid("A message is a JSON object.")
    return _typed(value)


def _typed(value: dict[str, Any]) -> ClientMessage:
    match value.get("type"):
        case "connection_init":
            return ConnectionInit(_payload(value) or {})
        case "ping":
            return Ping(_payload(value))
        case "pong":
            _payload(value)
            return Pong()
        case "subscribe":
            return Subscribe(_id(value), _request(value))
        case "complete":
            return Complete(_id(value))
        case _:
            raise _invalid("The message has no known type.")


def _id(value: dict[str, Any]) -> str:
    identifier = value.get("id")
    if isinstance(identifier, str) and 0 < len(identifier) <= MAX_ID_LENGTH:
        return identifier
    raise _invalid(f"id is a string of 1 to {MAX_ID_LENGTH} characters.")


def _payload(value: dict[str, Any]) -> dict[str, Any] | None:
    payload = value.get("payload")
    if payload is None or isinstance(payload, dict):
        return payload
    raise _invalid("payload is an object.")


def _request(value: dict[str, Any]) -> OperationRequest:
    try:
        return OperationRequest.of(value.get("payload"))
    except BadRequest as error:
        raise _invalid(error.error.message) from error


def _invalid(reason: str) -> InvalidMessage:
    return InvalidMessage(CloseCode.INVALID_MESSAGE, f"{TransportCode.BAD_REQUEST}: {reason}")


def clip_reason(reason: str) -> str:
    """The reason, cut to what a close frame can carry."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


CONNECTION_ACK = '{"type":"connection_ack"}'


def ping_frame(payload: dict[str, Any] | None = None) -> str:
    return _control_frame("ping", payload)


def pong_frame(payload: dict[str, Any] | None) -> str:
    return _control_frame("pong", payload)


def _control_frame(kind: str, payload: dict[str, Any] | None) -> str:
    message: dict[str, Any] = {"type": kind}
    if payload is not None:
        message["payload"] = payload
    return orjson.dumps(message).decode()


def quoted(identifier: str) -> str:
    """An operation's id as the JSON that goes into its frames."""
    return orjson.dumps(identifier).decode()


def next_frame(quoted_id: str, payload: str) -> str:
    """`payload` is a result as JSON: it is the same text for all to whom it goes."""
    return f'{{"id":{quoted_id},"type":"next","payload":{payload}}}'


def error_frame(quoted_id: str, errors: list[dict[str, Any]]) -> str:
    payload = orjson.dumps(errors).decode()
    return f'{{"id":{quoted_id},"type":"error","payload":{payload}}}'


def complete_frame(quoted_id: str) -> str:
    return f'{{"id":{quoted_id},"type":"complete"}}'
