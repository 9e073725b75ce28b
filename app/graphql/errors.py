"""The codes and exceptions of the transports.

Every refusal of this package carries one of `TransportCode` as `extensions.code`; the
catalogue in docs/errors.md is checked against it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from graphql import GraphQLError


class TransportCode(StrEnum):
    """Stable values of `extensions.code`, and of the reason with which a socket is closed."""

    BAD_REQUEST = "BAD_REQUEST"
    BATCHING_UNSUPPORTED = "BATCHING_UNSUPPORTED"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    CLOSED_BY_ADMINISTRATOR = "CLOSED_BY_ADMINISTRATOR"
    CONNECTION_CLOSED = "CONNECTION_CLOSED"
    CONNECTION_INIT_TIMEOUT = "CONNECTION_INIT_TIMEOUT"
    CSRF_HEADER_MISSING = "CSRF_HEADER_MISSING"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    FRAME_TOO_LARGE = "FRAME_TOO_LARGE"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    IDENTITY_CHANGED = "IDENTITY_CHANGED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    ORIGIN_NOT_ALLOWED = "ORIGIN_NOT_ALLOWED"
    PERSISTED_QUERY_MISMATCH = "PERSISTED_QUERY_MISMATCH"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    PONG_TIMEOUT = "PONG_TIMEOUT"
    QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"
    QUERY_TOO_DEEP = "QUERY_TOO_DEEP"
    RATE_LIMITED = "RATE_LIMITED"
    SERVER_RESTARTING = "SERVER_RESTARTING"
    SLOW_CONSUMER = "SLOW_CONSUMER"
    STREAM_REQUIRED = "STREAM_REQUIRED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
    TOO_MANY_FIELDS = "TOO_MANY_FIELDS"
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"
    TOO_MANY_SOCKETS = "TOO_MANY_SOCKETS"
    TOO_MANY_TOKENS = "TOO_MANY_TOKENS"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    UPLOAD_INVALID = "UPLOAD_INVALID"
    VARIABLES_INVALID = "VARIABLES_INVALID"


def coded(code: str, message: str, **extensions: object) -> GraphQLError:
    """A GraphQL error with `code`, and what else is given, in its extensions."""
    return GraphQLError(message, extensions={"code": str(code), **extensions})


class Refused(Exception):  # noqa: N818 - it reads as what happened, like a status
    """The viewer may not come in: a bad token, a suspended tenant, too many sockets.

    Over HTTP it answers with `status` and `headers`; a socket is closed with 4403 and the
    code and message as its reason.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 401,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = str(code)
        self.message = message
        self.status = status
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})

    @property
    def errors(self) -> tuple[GraphQLError, ...]:
        """The refusal as a result shows it."""
        return (coded(self.code, self.message, **self.extensions),)


class BadRequest(Exception):  # noqa: N818
    """The request is not a GraphQL request: answered with `status`, or 4400 on a socket."""

    def __init__(
        self,
        code: TransportCode,
        message: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.error = coded(code, message)
        self.status = status
        self.headers = dict(headers or {})


class DocumentError(Exception):
    """A well-formed request whose document cannot be run; at least one coded error each."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)
