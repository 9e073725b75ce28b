"""What the endpoints beside GraphQL share: who asks, and errors in the same shape."""

import errno
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import orjson
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.graphql.errors import Refused
from importing.records import ArchiveError
from resolvers.context import Context, Viewer
from resolvers.errors import Code, ParleyError

ContextOf: TypeAlias = Callable[[Request], Awaitable[Context]]
Wrote: TypeAlias = Callable[[Viewer], Awaitable[None]]
Handler: TypeAlias = Callable[[Request, Context], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

STATUSES = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.TENANT_SUSPENDED: 403,
    Code.NOT_FOUND: 404,
    Code.BAD_ID: 404,
    Code.CONFLICT: 409,
    Code.ALREADY_DONE: 409,
    Code.TOO_LONG: 413,
    Code.TOO_MANY: 429,
    Code.INTERNAL: 500,
}
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
NO_STORE = {"Cache-Control": "no-store"}

log = structlog.get_logger(__name__)


def signed_in(context_of: ContextOf, handler: Handler, wrote: Wrote | None = None) -> Endpoint:
    """An endpoint for viewers. Its errors are JSON like GraphQL's, with an HTTP status.

    With `wrote`, which is told of the change, API keys for reading only are refused.
    """

    async def respond(request: Request) -> Response:
        try:
            context = await context_of(request)
            # Strangers end here, whatever the handler does.
            viewer = context.viewer
            if wrote is None:
                return await handler(request, context)
            if viewer.read_only:
                raise ParleyError(Code.FORBIDDEN, "This API key is for reading only.")
            response = await handler(request, context)
            await wrote(viewer)
            return response
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            return _explained(error, request)

    return respond


def _explained(error: Exception, request: Request) -> Response:
    """The answer to what went wrong: expected errors with their code, all others masked."""
    match error:
        case ParleyError(code=code, message=message):
            return failure(code, message, STATUSES.get(code, 400))
        case ArchiveError(code=reason, message=message):
            return failure(reason, message, 400)
        case Refused():
            return failure(error.code, error.message, error.status, error.headers)
    log.error("request_failed", path=request.url.path, exc_info=error)
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return failure(Code.INTERNAL, "There is no room on the server's disk.", 507)
    return failure(Code.INTERNAL, "Something went wrong on our side.", 500)


def failure(
    code: str, message: str, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """An error as JSON, in the shape that GraphQL has."""
    body = {"errors": [{"message": message, "extensions": {"code": str(code)}}]}
    return answer(body, status, headers)


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that nobody keeps."""
    return Response(
        orjson.dumps(body), status, {**NO_STORE, **(headers or {})}, media_type="application/json"
    )
