"""One graphql-transport-ws socket: its sign-in, its keep-alive, its end.

Beyond the protocol:
- `connection_init` carries `{"authorization": "Bearer …"}`; the upgrade's own header will do.
- A `ping` with the payload `{"authorization": "Bearer …"}` signs in again without dropping
  an operation. The `pong` then carries `{"expiresAt": …}` (RFC 3339, or null for never), or
  `{"error": {"code": …, "message": …}}`, which leaves everything as it was. The new token
  must belong to the same tenant and user.
- When the token ends the socket is closed with 4403 and the reason TOKEN_EXPIRED.
- Before a restart (1012) a `ping` carries the last cursor of each operation that has one:
  `{"code": "SERVER_RESTARTING", "cursors": {<id>: <cursor>}}`.
- A consumer that falls behind gets, for each operation, an `error` with the code
  SLOW_CONSUMER and `extensions.cursor`, the cursor of the last result that went out; then
  the socket is closed with 1013.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, Generic
from uuid import uuid4

import structlog
from starlette.requests import HTTPConnection
from starlette.types import Receive, Send

from app.graphql.doors import Doors, ViewerT, expires_at
from app.graphql.errors import Refused, TransportCode
from app.graphql.operations import Operations
from app.graphql.outbox import Outbox
from app.graphql.protocol import (
    CONNECTION_ACK,
    FRAMING_FAULTS,
    ClientMessage,
    CloseCode,
    Complete,
    ConnectionInit,
    InvalidMessage,
    Ping,
    Pong,
    Subscribe,
    clip_reason,
    ping_frame,
    pong_frame,
    read_message,
)
from app.graphql.service import GraphQLService
from app.graphql.sockets import ConnectionInfo, SocketRegistry
from app.graphql.timers import Timers

log = structlog.get_logger(__name__)


class Session(Generic[ViewerT]):
    """Reads one socket until it ends. Ten thousand of these must fit, hence the slots."""

    __slots__ = (
        "_connection",
        "_deadline",
        "_doors",
        "_init_received",
        "_limits",
        "_opened_at",
        "_operations",
        "_outbox",
        "_receive",
        "_registry",
        "_service",
        "_timers",
        "id",
        "reason",
    )

    def __init__(
        self,
        service: GraphQLService,
        doors: Doors[ViewerT],
        registry: SocketRegistry,
        *,
        connection: HTTPConnection,
        receive: Receive,
        send: Send,
    ) -> None:
        self.id = uuid4().hex
        self.reason: str | None = None
        self._service = service
        self._doors = doors
        self._registry = registry
        self._connection = connection
        self._receive = receive
        self._limits = service.limits
        self._opened_at = datetime.now(UTC)
        self._outbox = Outbox(send, self._limits, self._fall_behind)
        self._init_received = False
        self._operations: Operations[ViewerT] | None = None
        self._timers = Timers(self._limits, self._outbox, self.close)
        self._deadline = asyncio.timeout(None)

    async def run(self) -> None:
        """Serve an accepted socket to its end, and clean up after it."""
        self._timers.await_init()
        try:
            async with self._deadline:
                await self._read()
        except TimeoutError:
            log.warning("websocket_abandoned", socket=self.id, reason=self.reason)
        finally:
            self._timers.stop()
            if self._operations is not None:
                await self._operations.stop()
            await self._outbox.stop()

    def close(self, code: CloseCode, reason: str, text: str | None = None) -> None:
        """End the socket; operations stop at once, and what is queued still goes out first.

        `reason` is one of few, for logs and metrics; the client reads `text`, if there is one.
        """
        if self.reason is not None:
            return
        self.reason = str(reason)
        log.info("websocket_closed", socket=self.id, code=int(code), reason=self.reason, text=text)
        self._timers.stop()
        if self._operations is not None:
            self._operations.cancel()
        self._outbox.put_close(code, clip_reason(text or self.reason))
        loop = asyncio.get_running_loop()
        self._deadline.reschedule(loop.time() + self._limits.close_seconds)

    # What a registry needs of a connection.

    @property
    def operation_count(self) -> int:
        return self._operations.count if self._operations else 0

    @property
    def queued_bytes(self) -> int:
        return self._outbox.queued_bytes

    def describe(self) -> ConnectionInfo:
        client = self._connection.client
        operations = self._operations
        return ConnectionInfo(
            id=self.id,
            transport="websocket",
            identity=self._doors.identity_of(operations.viewer) if operations else None,
            address=client.host if client else None,
            opened_at=self._opened_at,
            operations=operations.names if operations else (),
            queued_bytes=self.queued_bytes,
        )

    def cut(self, code: str) -> None:
        self.close(CloseCode.FORBIDDEN, code)

    def restart(self) -> None:
        cursors = self._operations.cursors if self._operations is not None else {}
        if cursors:
            payload = {"code": TransportCode.SERVER_RESTARTING, "cursors": cursors}
            self._outbox.put_text(ping_frame(payload))
        self.close(CloseCode.RESTARTING, TransportCode.SERVER_RESTARTING)

    # Reading.

    async def _read(self) -> None:
        reading = True
        while reading:
            reading = await self._read_message()
            # Many messages may have come in one piece: let other sockets have their turn.
            await asyncio.sleep(0)

    async def _read_message(self) -> bool:
        """Wait for one message and handle it; False at the end. Nothing of it is kept."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._note_disconnect(message.get("code"))
            return False
        if self.reason is None:
            try:
                await self._handle(read_message(message, self._limits.frame_bytes))
            except InvalidMessage as invalid:
                self.close(invalid.code, invalid.code.name, invalid.text)
        return True

    def _note_disconnect(self, code: int | None) -> None:
        """Say why the server below us hung up, if it did; a client that left is no news."""
        if self.reason is None and code in FRAMING_FAULTS:
            self.reason = CloseCode(code).name
            log.info("websocket_closed", socket=self.id, code=code, reason=self.reason, text=None)

    async def _handle(self, message: ClientMessage) -> None:
        match message:
            case ConnectionInit(payload):
                await self._initialise(payload)
            case Ping(payload):
                await self._answer_ping(payload)
            case Pong():
                if self._operations is not None:
                    self._timers.await_ping()
            case Subscribe(identifier, request):
                operations = self._signed_in()
                if identifier in operations:
                    reason = f"Subscriber for {identifier} already exists"
                    raise InvalidMessage(CloseCode.SUBSCRIBER_EXISTS, reason)
                operations.start(identifier, request)
            case Complete(identifier):
                self._signed_in().complete(identifier)

    def _signed_in(self) -> Operations[ViewerT]:
        if self._operations is None:
            raise InvalidMessage(CloseCode.UNAUTHORIZED, "Unauthorized")
        return self._operations

    # Sign-in and what the token allows.

    async def _initialise(self, payload: dict[str, Any]) -> None:
        if self._init_received:
            reason = "Too many initialisation requests"
            raise InvalidMessage(CloseCode.TOO_MANY_INITIALISATIONS, reason)
        self._init_received = True
        self._timers.stop()
        given = payload.get("authorization") or payload.get("Authorization")
        try:
            viewer = await self._authenticate(given)
        except Refused as refused:
            self.close(CloseCode.FORBIDDEN, refused.code, f"{refused.code}: {refused.message}")
        except InvalidMessage:
            raise
        except Exception:
            log.exception("websocket_sign_in_failed", socket=self.id)
            self.close(CloseCode.TRY_AGAIN_LATER, TransportCode.INTERNAL_ERROR)
        else:
            self._admit(viewer)

    async def _authenticate(self, authorization: object) -> ViewerT:
        if authorization is None:
            authorization = self._connection.headers.get("authorization")
        if authorization is not None and not isinstance(authorization, str):
            reason = f"{TransportCode.BAD_REQUEST}: authorization is a string."
            raise InvalidMessage(CloseCode.INVALID_MESSAGE, reason)
        return await self._doors.authenticate(authorization, self._connection.scope)

    def _admit(self, viewer: ViewerT) -> None:
        if self.reason is not None:  # drained while it signed in
            return
        try:
            self._registry.identify(self, self._doors.identity_of(viewer))
        except Refused as refused:
            self.close(CloseCode.TRY_AGAIN_LATER, refused.code)
            return
        self._operations = Operations(self._service, self._doors, self._outbox, viewer)
        self._outbox.put_text(CONNECTION_ACK)
        self._timers.await_expiry(expires_at(viewer))
        self._timers.await_ping()

    async def _answer_ping(self, payload: dict[str, Any] | None) -> None:
        if self._operations is None or payload is None or "authorization" not in payload:
            self._outbox.put_text(pong_frame(payload))
            return
        try:
            viewer = await self._renewed(self._operations.viewer, payload["authorization"])
        except Refused as refused:
            answer: dict[str, Any] = {"error": {"code": refused.code, "message": refused.message}}
        else:
            self._operations.viewer = viewer
            self._timers.await_expiry(expires_at(viewer))
            answer = {"expiresAt": expires_at(viewer)}
        self._outbox.put_text(pong_frame(answer))

    async def _renewed(self, current: ViewerT, authorization: object) -> ViewerT:
        try:
            viewer = await self._authenticate(authorization)
        except (Refused, InvalidMessage):
            raise
        except Exception as error:
            log.exception("websocket_sign_in_failed", socket=self.id)
            message = "The server failed to check the token."
            raise Refused(TransportCode.INTERNAL_ERROR, message) from error
        if self._doors.identity_of(viewer) != self._doors.identity_of(current):
            message = "The token belongs to another tenant or user."
            raise Refused(TransportCode.IDENTITY_CHANGED, message)
        return viewer

    def _fall_behind(self) -> None:
        """Drop what is queued, so that the frames that explain the end find room."""
        self._outbox.clear()
        if self._operations is not None:
            message = "Results came faster than they were read. Resume from the cursor."
            self._operations.fail_all(TransportCode.SLOW_CONSUMER, message)
        self.close(CloseCode.TRY_AGAIN_LATER, TransportCode.SLOW_CONSUMER)
