"""Errors that a client can expect, each with a stable code; docs/errors.md lists them."""

from enum import StrEnum


class Code(StrEnum):
    """What went wrong, for programs. Codes are never renamed."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    TENANT_SUSPENDED = "TENANT_SUSPENDED"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    LAST_OWNER = "LAST_OWNER"
    TOO_MANY = "TOO_MANY"
    NOT_FOUND = "NOT_FOUND"
    BAD_ID = "BAD_ID"
    BAD_CURSOR = "BAD_CURSOR"
    BAD_PAGE = "BAD_PAGE"
    BAD_INPUT = "BAD_INPUT"
    BAD_QUERY = "BAD_QUERY"
    BAD_ARCHIVE = "BAD_ARCHIVE"
    BAD_TEMPLATE = "BAD_TEMPLATE"
    UNKNOWN_VARIABLE = "UNKNOWN_VARIABLE"
    MISSING_VARIABLE = "MISSING_VARIABLE"
    BAD_VALUE = "BAD_VALUE"
    TOO_LONG = "TOO_LONG"
    BLANK = "BLANK"
    CONFLICT = "CONFLICT"
    PAST_TIME = "PAST_TIME"
    BAD_RECURRENCE = "BAD_RECURRENCE"
    NO_OCCURRENCE = "NO_OCCURRENCE"
    UNKNOWN_TIME_ZONE = "UNKNOWN_TIME_ZONE"
    NOT_YOURS = "NOT_YOURS"
    NO_SECRET_KEY = "NO_SECRET_KEY"
    ALREADY_DONE = "ALREADY_DONE"
    RESET = "RESET"
    TOO_SLOW = "TOO_SLOW"
    DRAINING = "DRAINING"
    TOO_MANY_FEEDS = "TOO_MANY_FEEDS"
    TIMED_OUT = "TIMED_OUT"
    INTERNAL = "INTERNAL"


class ParleyError(Exception):
    """An expected error: shown to the client with its code."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ViewerAsked(Exception):  # noqa: N818 - it reads as what happened
    """What was asked for depends on the viewer, where a result is to be the same for several."""


class UserError(ParleyError):
    """What the user can mend: a mutation returns it in `userErrors` beside the field's name."""

    def __init__(self, code: Code, message: str, field: str | None = None) -> None:
        super().__init__(code, message)
        self.field = field


class BadQueryError(ParleyError):
    """A search that cannot be understood, and the code point, from 0, at which it goes wrong."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(Code.BAD_QUERY, message)
        self.position = position


def not_found(what: str) -> ParleyError:
    """The same answer for what does not exist and for what the viewer may not see."""
    return ParleyError(Code.NOT_FOUND, f"There is no such {what}.")
