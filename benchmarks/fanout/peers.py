"""Servers in Python beside which ours is measured: the smallest, and stock Strawberry.

uvicorn benchmarks.fanout.peers:smallest
uvicorn benchmarks.fanout.peers:stock
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

BODY = "x" * 100
ACK = '{"type":"connection_ack"}'


@strawberry.type
class Sender:
    id: strawberry.ID
    name: str


SENDER = Sender(id=strawberry.ID("cGFydGljaXBhbnQ6MDAwMDAwMDAtMDAwMC0wMDAw"), name="Ana")


@strawberry.type
class Message:
    id: strawberry.ID
    seq: int
    kind: str
    body: str
    sent_at: str

    @strawberry.field
    async def sender(self) -> Sender:
        return SENDER


@strawberry.type
class MessageAddedEvent:
    cursor: str
    at: str
    message: Message


def event(seq: int) -> MessageAddedEvent:
    """What is told, of the same shape and size as ours."""
    moment = datetime.now(UTC).isoformat()
    key = strawberry.ID(f"bWVzc2FnZTowMDAwMDAwMC0wMDAwLTAwMDA{seq}")
    message = Message(id=key, seq=seq, kind="TEXT", body=BODY, sent_at=moment)
    return MessageAddedEvent(
        cursor=f"ZQAAAAAAAAAAAAAAAAAAAAAAAAAA{seq}", at=moment, message=message
    )


queues: set[asyncio.Queue[MessageAddedEvent]] = set()


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def conversation_events(
        self, conversation_id: strawberry.ID
    ) -> AsyncIterator[MessageAddedEvent]:
        queue: asyncio.Queue[MessageAddedEvent] = asyncio.Queue()
        queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            queues.discard(queue)


@strawberry.type
class Query:
    ready: bool = True


async def publish(request: Request) -> Response:
    """Tell every subscriber of `count` events."""
    for seq in range(1, int(request.query_params["count"]) + 1):
        told = event(seq)
        for queue in queues:
            queue.put_nowait(told)
    return PlainTextResponse("ok")


graphql = GraphQL[Any, Any](
    strawberry.Schema(Query, subscription=Subscription),
    subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
)
stock = Starlette(routes=[Route("/publish", publish), WebSocketRoute("/graphql", graphql)])


class Smallest:
    """Writes one text that is ready to every socket, and does nothing else."""

    def __init__(self) -> None:
        self._sends: set[Send] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._hold(receive, send)
        elif scope["type"] == "http":
            await self._publish(int(scope["query_string"].partition(b"=")[2] or 0))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})
        else:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

    async def _hold(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        await receive()
        await send({"type": "websocket.send", "text": ACK})
        await receive()
        self._sends.add(send)
        try:
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self._sends.discard(send)

    async def _publish(self, count: int) -> None:
        for seq in range(1, count + 1):
            message = {"type": "websocket.send", "text": shared_text(seq)}
            for send in tuple(self._sends):
                await send(message)


def shared_text(seq: int) -> str:
    """A frame for everybody."""
    told = event(seq)
    message = {
        "id": told.message.id,
        "seq": seq,
        "kind": told.message.kind,
        "body": told.message.body,
        "sentAt": told.message.sent_at,
        "sender": {"id": SENDER.id, "name": SENDER.name},
    }
    shown = {"__typename": "MessageAddedEvent", "cursor": told.cursor, "at": told.at}
    payload = {"data": {"conversationEvents": {**shown, "message": message}}}
    return orjson.dumps({"id": "1", "type": "next", "payload": payload}).decode()


smallest = Smallest()
