"""GraphQL over HTTP: one ASGI application for GET and POST.

Follows https://graphql.github.io/graphql-over-http/draft/ with the status codes that it
gives for each media type. A client that accepts `text/event-stream` gets server-sent
events (see `app.graphql.sse`), and a browser that opens the address gets the page.
"""

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic

import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.graphql import tracing
from app.graphql.answer import HEADERS, Answer
from app.graphql.body import from_body, from_url
from app.graphql.call import Call
from app.graphql.documents import Prepared
from app.graphql.doors import Doors, ViewerT
from app.graphql.errors import BadRequest, DocumentError, Refused, TransportCode, coded
from app.graphql.executor import Variables
from app.graphql.explaining import Explainer, wants_explanation
from app.graphql.incremental import Result, parts_response
from app.graphql.joining import Subscription
from app.graphql.limits import Limits
from app.graphql.negotiation import ANSWERS, EVENT_STREAM, JSON
from app.graphql.request import OperationRequest
from app.graphql.service import GraphQLService
from app.graphql.sockets import SocketRegistry
from app.graphql.sse import EventStream, refused_stream

METHODS = ("GET", "POST")

log = structlog.get_logger(__name__)


class GraphQLHTTP(Generic[ViewerT]):
    """An ASGI application for one GraphQL service; `page` answers browsers."""

    def __init__(
        self,
        service: GraphQLService,
        doors: Doors[ViewerT],
        registry: SocketRegistry,
        *,
        page: Callable[[Request], Awaitable[Response]] | None = None,
        explainer: Explainer[ViewerT] | None = None,
    ) -> None:
        self._service = service
        self._doors = doors
        self._registry = registry
        self._page = page
        self._explainer = explainer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tracing.begin()
        call = Call(scope, receive)
        try:
            try:
                answer = await self._answer(call)
            except Exception as error:
                answer = self._refusal(error, call.accepts.media)
            await answer(scope, receive, send)
        finally:
            if call.stack is not None:
                await call.stack.aclose()

    async def _answer(self, call: Call) -> ASGIApp:
        if self._page is not None and call.accepts.page and call.method == "GET":
            return await self._page(call.request)
        _check_call(call)
        # What came before is recalled: to await it would cost as much as to find it.
        credential = call.headers.get(b"authorization")
        viewer = self._doors.recall(credential, call.scope) if credential else None
        if viewer is None:
            viewer = await self._doors.authenticate(call.header(b"authorization"), call.scope)
        asked = await _read(call, self._service.limits)
        prepared = self._service.recall(asked) or await self._service.open(asked)
        if _wants_stream(call, prepared):
            return self._stream(call, viewer, prepared, asked.variables)
        if self._explainer is not None and wants_explanation(call, asked):

            def answer() -> Awaitable[Result]:
                context = self._doors.context_for(viewer, None)
                return self._service.execute(prepared, context, asked.variables)

            return Answer(await self._explainer(viewer, prepared, answer), call.accepts.media)
        if prepared.incremental and call.accepts.parts:
            return await self._in_parts(call, viewer, prepared, asked.variables)
        context = self._doors.context_for(viewer, None)
        result = await self._service.execute(prepared, context, asked.variables)
        return Answer(result, call.accepts.media)

    async def _in_parts(
        self, call: Call, viewer: ViewerT, prepared: Prepared, variables: Variables | None
    ) -> ASGIApp:
        def context() -> object:
            return self._doors.context_for(viewer, None)

        outcome = await self._service.run(prepared, variables, context)
        if isinstance(outcome, dict):
            return Answer(outcome, call.accepts.media)
        assert not isinstance(outcome, Subscription), "subscriptions need a stream"
        return parts_response(outcome, HEADERS)

    def _stream(
        self, call: Call, viewer: ViewerT, prepared: Prepared, variables: Variables | None
    ) -> EventStream[ViewerT]:
        stream = EventStream(
            self._service,
            self._doors,
            request=call.request,
            viewer=viewer,
            prepared=prepared,
            variables=variables,
        )
        self._admit(stream, self._doors.identity_of(viewer), call)
        return stream

    def _admit(self, stream: EventStream[ViewerT], identity: Hashable, call: Call) -> None:
        """Count the stream as a connection for as long as the response lasts."""

        def leave() -> None:
            self._registry.remove(stream, stream.reason or TransportCode.CONNECTION_CLOSED)

        self._registry.add(stream)
        call.lasting.callback(leave)
        self._registry.identify(stream, identity)

    def _refusal(self, error: Exception, media: str) -> ASGIApp:
        """What says why there is no answer."""
        match error:
            case Refused():
                return self._failure(error.errors, media, error.status, error.headers)
            case DocumentError():
                result = self._service.refusal(error.errors)
                return refused_stream(result) if media == EVENT_STREAM else Answer(result, media)
            case BadRequest():
                return self._failure([error.error], media, error.status, error.headers)
            case ClientDisconnect():
                return Response(status_code=400)
        log.error("graphql_request_failed", exc_info=error)
        failure = coded(TransportCode.INTERNAL_ERROR, "The server failed to answer.")
        return self._failure([failure], media, 500)

    def _failure(
        self,
        errors: Collection[GraphQLError],
        media: str,
        status: int,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        media = JSON if media == EVENT_STREAM else media
        return Answer(self._service.refusal(errors), media, status, headers)


def _check_call(call: Call) -> None:
    """Raise `BadRequest` for a method or a type of answer that there is not."""
    if call.method not in METHODS:
        allow = {"allow": ", ".join(METHODS)}
        message = f"{call.method} is not a method of GraphQL."
        raise BadRequest(TransportCode.METHOD_NOT_ALLOWED, message, status=405, headers=allow)
    if not call.accepts.anything:
        message = f"The answer can be {', '.join((*ANSWERS, EVENT_STREAM))}."
        raise BadRequest(TransportCode.NOT_ACCEPTABLE, message, status=406)


async def _read(call: Call, limits: Limits) -> OperationRequest:
    asked = from_url(call.request) if call.method == "GET" else await from_body(call, limits)
    if not asked.query and not asked.extensions:
        raise BadRequest(TransportCode.BAD_REQUEST, "The request has no query.")
    return asked


def _wants_stream(call: Call, prepared: Prepared) -> bool:
    """Whether the answer is to be a stream. Raises `BadRequest` where the operation cannot be
    answered by this method, or without a stream.

    Some clients accept a stream after JSON, meaning it for their subscriptions.
    """
    accepts, kind = call.accepts, prepared.kind
    if kind is OperationType.MUTATION and call.method == "GET":
        raise BadRequest(
            TransportCode.METHOD_NOT_ALLOWED,
            "A mutation needs a POST.",
            status=405,
            headers={"allow": "POST"},
        )
    if accepts.media == EVENT_STREAM:
        return True
    if kind is OperationType.SUBSCRIPTION and not accepts.stream:
        message = "A subscription needs a WebSocket, or Accept: text/event-stream."
        raise BadRequest(TransportCode.STREAM_REQUIRED, message, status=406)
    return kind is OperationType.SUBSCRIPTION
