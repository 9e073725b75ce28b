"""GraphQL over HTTP: one ASGI application for GET and POST.

Follows https://graphql.github.io/graphql-over-http/draft/ with the status codes that it
gives for each media type. A client that accepts `text/event-stream` gets server-sent
events (see `app.graphql.sse`), and a browser that opens the address gets the page.
"""

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from contextlib import AsyncExitStack
from typing import Generic

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.graphql.body import from_body, from_url
from app.graphql.documents import Prepared
from app.graphql.doors import Doors, ViewerT
from app.graphql.errors import BadRequest, DocumentError, Refused, TransportCode, coded
from app.graphql.executor import Variables
from app.graphql.explaining import Explainer, wants_explanation
from app.graphql.incremental import Result, parts_response
from app.graphql.joining import Subscription
from app.graphql.negotiation import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    HTML,
    JSON,
    MIXED,
    best,
    names,
    takes_parts,
)
from app.graphql.request import OperationRequest
from app.graphql.service import GraphQLService
from app.graphql.sockets import SocketRegistry
from app.graphql.sse import EventStream, refused_stream
from app.graphql.tracing import Trace, traced

# The first is what a client gets that does not say what it accepts.
ANSWERS = (JSON, GRAPHQL_RESPONSE)
METHODS = ("GET", "POST")
HEADERS = {
    "cache-control": "no-store",
    "vary": "Accept, Authorization",
    "x-content-type-options": "nosniff",
}

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
        request = Request(scope, receive)
        # Uploaded files live until the response has gone out.
        async with AsyncExitStack() as stack:
            response = await self._respond(request, stack)
            await response(scope, receive, send)

    async def _respond(self, request: Request, stack: AsyncExitStack) -> ASGIApp:
        accept = request.headers.get("accept")
        wants_page = best(accept, (*ANSWERS, EVENT_STREAM, HTML)) == HTML
        if self._page is not None and request.method == "GET" and wants_page:
            return await self._page(request)
        return await self._attempt(request, best(accept, (*ANSWERS, EVENT_STREAM)) or JSON, stack)

    async def _attempt(self, request: Request, media: str, stack: AsyncExitStack) -> ASGIApp:
        """The answer, or what says why there is none."""
        try:
            with traced() as trace:
                return await self._answer(request, media, stack, trace)
        except Refused as refused:
            return self._failure(refused.errors, media, refused.status, refused.headers)
        except DocumentError as invalid:
            result = self._service.refusal(invalid.errors)
            return refused_stream(result) if media == EVENT_STREAM else _render(result, media)
        except BadRequest as bad:
            return self._failure([bad.error], media, bad.status, bad.headers)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("graphql_request_failed")
            error = coded(TransportCode.INTERNAL_ERROR, "The server failed to answer.")
            return self._failure([error], media, 500)

    async def _answer(
        self, request: Request, media: str, stack: AsyncExitStack, trace: Trace
    ) -> ASGIApp:
        _check_method(request)
        _check_acceptable(request)
        viewer = await self._doors.authenticate(request.headers.get("authorization"), request)
        asked = await self._read(request, stack)
        prepared = await self._service.open(asked)
        streaming = _wants_stream(request, media, prepared)
        _check_kind(request, prepared, streaming=streaming)
        if streaming:
            stream = EventStream(
                self._service,
                self._doors,
                request=request,
                viewer=viewer,
                prepared=prepared,
                variables=asked.variables,
            )
            self._admit(stream, self._doors.identity_of(viewer), stack)
            return stream
        if self._explainer is not None and wants_explanation(request, asked):

            def answer() -> Awaitable[Result]:
                context = self._doors.context_for(viewer, None)
                return self._service.execute(prepared, context, asked.variables)

            return _render(await self._explainer(viewer, prepared, trace, answer), media)
        return await self._execute(request, viewer, prepared, asked.variables, media)

    async def _execute(
        self,
        request: Request,
        viewer: ViewerT,
        prepared: Prepared,
        variables: Variables | None,
        media: str,
    ) -> Response:
        def context() -> object:
            return self._doors.context_for(viewer, None)

        if prepared.incremental and takes_parts(request.headers.get("accept")):
            outcome = await self._service.run(prepared, variables, context)
            if isinstance(outcome, dict):
                return _render(outcome, media)
            assert not isinstance(outcome, Subscription), "subscriptions need a stream"
            return parts_response(outcome, HEADERS)
        return _render(await self._service.execute(prepared, context(), variables), media)

    async def _read(self, request: Request, stack: AsyncExitStack) -> OperationRequest:
        if request.method == "GET":
            asked = from_url(request)
        else:
            asked = await stack.enter_async_context(from_body(request, self._service.limits))
        if not asked.query and not asked.extensions:
            raise BadRequest(TransportCode.BAD_REQUEST, "The request has no query.")
        return asked

    def _admit(
        self, stream: EventStream[ViewerT], identity: Hashable, stack: AsyncExitStack
    ) -> None:
        """Count the stream as a connection for as long as the response lasts."""

        def leave() -> None:
            self._registry.remove(stream, stream.reason or TransportCode.CONNECTION_CLOSED)

        self._registry.add(stream)
        stack.callback(leave)
        self._registry.identify(stream, identity)

    def _failure(
        self,
        errors: Collection[GraphQLError],
        media: str,
        status: int,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        media = JSON if media == EVENT_STREAM else media
        return _render(self._service.refusal(errors), media, status, headers)


def _check_method(request: Request) -> None:
    if request.method not in METHODS:
        allow = {"allow": ", ".join(METHODS)}
        message = f"{request.method} is not a method of GraphQL."
        raise BadRequest(TransportCode.METHOD_NOT_ALLOWED, message, status=405, headers=allow)


def _check_acceptable(request: Request) -> None:
    accept = request.headers.get("accept")
    if best(accept, (*ANSWERS, EVENT_STREAM, MIXED)) is None:
        message = f"The answer can be {', '.join((*ANSWERS, EVENT_STREAM))}."
        raise BadRequest(TransportCode.NOT_ACCEPTABLE, message, status=406)


def _wants_stream(request: Request, media: str, prepared: Prepared) -> bool:
    """Some clients accept a stream after JSON, meaning it for their subscriptions."""
    if media == EVENT_STREAM:
        return True
    named = names(request.headers.get("accept"), EVENT_STREAM)
    return named and prepared.kind is OperationType.SUBSCRIPTION


def _check_kind(request: Request, prepared: Prepared, *, streaming: bool) -> None:
    kind = prepared.kind
    if request.method == "GET" and kind is OperationType.MUTATION:
        raise BadRequest(
            TransportCode.METHOD_NOT_ALLOWED,
            "A mutation needs a POST.",
            status=405,
            headers={"allow": "POST"},
        )
    if kind is OperationType.SUBSCRIPTION and not streaming:
        message = "A subscription needs a WebSocket, or Accept: text/event-stream."
        raise BadRequest(TransportCode.STREAM_REQUIRED, message, status=406)


def _render(
    result: Result,
    media: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response; where no status is given, by the result and the media type."""
    if status is None:
        status = 400 if "data" not in result and media == GRAPHQL_RESPONSE else 200
    return Response(
        orjson.dumps(result),
        status,
        {
            **HEADERS,
            "content-type": f"{media}; charset=utf-8",
            **(headers or {}),
        },
    )
