"""GraphQL over WebSocket: the ASGI application for graphql-transport-ws.

The session itself is in `app.graphql.session`. Run uvicorn with `ws="websockets-sansio"`,
`ws_per_message_deflate=False`, `ws_ping_interval=None` (the protocol pings, and a missing
pong there closes with a code after which clients come back) and `ws_max_size` equal to
`Limits.frame_bytes`.
"""

from collections.abc import Collection
from typing import Generic

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from app.graphql.doors import Doors, ViewerT
from app.graphql.errors import Refused, TransportCode
from app.graphql.protocol import SUBPROTOCOL, CloseCode, clip_reason
from app.graphql.service import GraphQLService
from app.graphql.session import Session
from app.graphql.sockets import SocketRegistry

log = structlog.get_logger(__name__)


class GraphQLWebSocket(Generic[ViewerT]):
    """An ASGI application that holds one session a socket.

    Browsers let every page open sockets everywhere: pages of other origins than the server's own
    and `origins` (`*` for all) are refused with ORIGIN_NOT_ALLOWED.
    """

    def __init__(
        self,
        service: GraphQLService,
        doors: Doors[ViewerT],
        registry: SocketRegistry,
        *,
        origins: Collection[str] = (),
    ) -> None:
        self._origins = frozenset(origins)
        self._service = service
        self._doors = doors
        self._registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        # What is refused is accepted first: a client sees the code of a close only.
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await _close(send, CloseCode.SUBPROTOCOL_UNACCEPTABLE, "Subprotocol not acceptable")
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        connection = HTTPConnection(scope)
        if not self._allows(connection.headers.get("origin"), connection.headers.get("host")):
            await _close(send, CloseCode.FORBIDDEN, TransportCode.ORIGIN_NOT_ALLOWED)
            return
        session = Session(
            self._service,
            self._doors,
            self._registry,
            connection=connection,
            receive=receive,
            send=send,
        )
        try:
            self._registry.add(session)
        except Refused as refused:
            await _close(send, CloseCode.TRY_AGAIN_LATER, refused.code)
            return
        try:
            await session.run()
        finally:
            self._registry.remove(session, session.reason or TransportCode.CONNECTION_CLOSED)

    def _allows(self, origin: str | None, host: str | None) -> bool:
        if origin is None or origin in self._origins or "*" in self._origins:
            return True
        # A proxy may have taken the TLS off, so the scheme is not compared.
        return origin.partition("://")[2].lower() == (host or "").lower()


class SocketsFirst:
    """Takes the sockets at `path` past `app` and its middleware, straight to `sockets`.

    Each layer would keep a frame of its stack for as long as a socket lives, 3 KB in all. With
    `http` the requests at `path` go straight there too: routing costs as much as a small answer.
    """

    def __init__(
        self, app: ASGIApp, *, path: str, sockets: ASGIApp, http: ASGIApp | None = None
    ) -> None:
        self._app = app
        self._path = path
        self._straight = {"websocket": sockets, "http": http}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        straight = self._straight.get(scope["type"])
        if straight is None or scope["path"].removeprefix(scope.get("root_path", "")) != self._path:
            straight = self._app
        await straight(scope, receive, send)


async def _close(send: Send, code: CloseCode, reason: str) -> None:
    log.info("websocket_refused", code=int(code), reason=reason)
    await send({"type": "websocket.close", "code": int(code), "reason": clip_reason(reason)})
