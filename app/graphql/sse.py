"""GraphQL over server-sent events, in the mode of one connection an operation.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: `next` events carry
results, `complete` ends the stream, and a document that cannot run is told by a `next`
event too, because a browser's EventSource cannot read the body of an error.

An event has the result's cursor as its `id`, so that a browser that returns sends it back
as `Last-Event-ID`; the context of the operation gets it. Results wait for the client to
read them, up to `Limits.stall_seconds`; of a group's results up to `Limits.send_queue_frames`
queue meanwhile.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from datetime import UTC, datetime
from typing import Generic
from uuid import uuid4

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.graphql.documents import Prepared
from app.graphql.doors import Doors, ViewerT, expires_at
from app.graphql.errors import DocumentError, Refused, TransportCode, coded
from app.graphql.executor import Variables
from app.graphql.incremental import Result
from app.graphql.joining import Subscription
from app.graphql.listening import Listener
from app.graphql.service import GraphQLService
from app.graphql.sharing import SubscriptionFailed
from app.graphql.sockets import ConnectionInfo

HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    # nginx would hold events back until its buffer is full.
    "x-accel-buffering": "no",
}
COMPLETE = b"event: complete\ndata:\n\n"
KEEP_ALIVE = b":\n\n"

log = structlog.get_logger(__name__)


def refused_stream(result: Result) -> Response:
    """A whole stream for a request that could not be run."""
    return Response(next_event(result, None) + COMPLETE, headers=HEADERS)


class EventStream(Generic[ViewerT]):
    """The response to one operation, from its first event to its end."""

    def __init__(
        self,
        service: GraphQLService,
        doors: Doors[ViewerT],
        *,
        request: Request,
        viewer: ViewerT,
        prepared: Prepared,
        variables: Variables | None,
    ) -> None:
        self.reason: str | None = None
        self._id = uuid4().hex
        self._opened_at = datetime.now(UTC)
        self._service = service
        self._doors = doors
        self._request = request
        self._viewer = viewer
        self._prepared = prepared
        self._variables = variables
        self._last_event_id = request.headers.get("last-event-id")
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(HEADERS).raw
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self._writer = asyncio.create_task(self._write(send))
        if self.reason is not None:  # cut before it began
            self._writer.cancel()
        tasks = [
            self._writer,
            asyncio.create_task(self._keep_alive(send)),
            asyncio.create_task(_disconnected(receive)),
        ]
        try:
            with self._expiry():
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel(tasks)
        await self._end(send)

    # What a registry needs of a connection.

    @property
    def operation_count(self) -> int:
        return 1

    @property
    def queued_bytes(self) -> int:
        return 0

    def describe(self) -> ConnectionInfo:
        client = self._request.client
        return ConnectionInfo(
            id=self._id,
            transport="sse",
            identity=self._doors.identity_of(self._viewer),
            address=client.host if client else None,
            opened_at=self._opened_at,
            operations=(self._prepared.name or "(anonymous)",),
            queued_bytes=self.queued_bytes,
        )

    def cut(self, code: str) -> None:
        self._finish(code)

    def restart(self) -> None:
        self._finish(TransportCode.SERVER_RESTARTING)

    def _finish(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
            if self._writer is not None:
                self._writer.cancel()

    # Writing.

    async def _write(self, send: Send) -> None:
        try:
            await self._write_results(send)
        except (DocumentError, Refused) as error:
            await self._emit(send, next_event(self._service.refusal(error.errors), None))
        except SubscriptionFailed as failed:
            await self._emit(send, next_event(failed.result, None))
        except Exception:
            log.exception("sse_operation_failed", operation=self._prepared.name)
            fault = coded(TransportCode.INTERNAL_ERROR, "The server failed to answer.")
            await self._emit(send, next_event(self._service.refusal([fault]), None))
        await self._emit(send, COMPLETE)

    async def _write_results(self, send: Send) -> None:
        outcome = await self._service.run(self._prepared, self._variables, self._context)
        if isinstance(outcome, dict):
            await self._write_result(send, outcome)
            return
        if isinstance(outcome, Subscription):
            listener = Listener(self._service, self._context)
            async with aclosing(listener.payloads(outcome)) as payloads:
                async for payload in payloads:
                    await self._emit(send, event_of(payload.text.encode(), payload.cursor))
            return
        async with aclosing(outcome):
            async for result in outcome:
                await self._write_result(send, result)

    async def _write_result(self, send: Send, result: Result) -> None:
        cursor = self._doors.cursor_of(result) if "data" in result else None
        await self._emit(send, next_event(result, cursor))

    async def _keep_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._service.limits.keep_alive_seconds)
            await self._emit(send, KEEP_ALIVE)

    async def _emit(self, send: Send, event: bytes) -> None:
        try:
            async with asyncio.timeout(self._service.limits.stall_seconds):
                await send({"type": "http.response.body", "body": event, "more_body": True})
        except TimeoutError:
            self.cut(TransportCode.SLOW_CONSUMER)

    async def _end(self, send: Send) -> None:
        """Say why, if the client must mend something; on a restart just end, and it returns."""
        farewell = b""
        if self.reason is not None and self.reason != TransportCode.SERVER_RESTARTING:
            error = coded(self.reason, "The server ended the stream.")
            farewell = next_event(self._service.refusal([error]), None) + COMPLETE
        with suppress(TimeoutError):
            async with asyncio.timeout(self._service.limits.close_seconds):
                await send({"type": "http.response.body", "body": farewell, "more_body": False})

    def _context(self) -> object:
        return self._doors.context_for(self._viewer, self._last_event_id)

    @contextmanager
    def _expiry(self) -> Iterator[None]:
        """Cut the stream when the viewer's token ends."""
        moment = expires_at(self._viewer)
        if moment is None:
            yield
            return
        left = (moment - datetime.now(UTC)).total_seconds()
        timer = asyncio.get_running_loop().call_later(left, self.cut, TransportCode.TOKEN_EXPIRED)
        try:
            yield
        finally:
            timer.cancel()


def next_event(result: Result, cursor: str | None) -> bytes:
    """One `next` event."""
    return event_of(orjson.dumps(result), cursor)


def event_of(result: bytes, cursor: str | None) -> bytes:
    """One `next` event. JSON has no line breaks of its own, so it is one line of data."""
    identifier = b"" if cursor is None else b"id: " + _one_line(cursor) + b"\n"
    return identifier + b"event: next\ndata: " + result + b"\n\n"


def _one_line(text: str) -> bytes:
    return "".join(text.split()).replace("\0", "").encode()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
