"""Errors as clients see them: expected ones with their code, all others masked with an id."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import strawberry
import structlog
from graphql import GraphQLError

from models.database import ReadTimedOut, Row
from resolvers import errors
from resolvers.errors import BadQueryError, Code, ParleyError

log = structlog.get_logger(__name__)
T = TypeVar("T")


class OfRow(Protocol):
    """A type of the schema that is made of one row."""

    def __init__(self, *, row: Row) -> None: ...


OfRowT = TypeVar("OfRowT", bound=OfRow)


@strawberry.type(description="What the user can mend.")
class UserError:
    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="For people: what is wrong and what to do.")
    field: str | None = strawberry.field(description="The input's field that it is about.")


@strawberry.type
class MutationResult:
    """What the payload of every mutation has."""

    user_errors: list[UserError] = strawberry.field(description="Empty when all went well.")


async def outcome(change: Callable[[], Awaitable[T]]) -> tuple[T | None, list[UserError]]:
    """The result of a mutation, or what the user must mend."""
    try:
        return await change(), []
    except errors.UserError as error:
        return None, [UserError(code=error.code.value, message=error.message, field=error.field)]


async def changed(
    kind: type[OfRowT], change: Callable[[], Awaitable[Row]]
) -> tuple[OfRowT | None, list[UserError]]:
    """What a mutation made or changed, as its type; or what the user must mend."""
    row, errors = await outcome(change)
    return (kind(row=row) if row else None), errors


def format_error(error: GraphQLError) -> dict[str, Any]:
    """The error for the client. What was not expected is logged, and masked with the log's id."""
    formatted: dict[str, Any] = dict(error.formatted)
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if isinstance(original, ParleyError):
        formatted["extensions"] = {**(error.extensions or {}), "code": original.code.value}
        if isinstance(original, BadQueryError):
            formatted["extensions"]["position"] = original.position
    elif isinstance(original, ReadTimedOut):
        message = f"The answer took longer than {original.seconds:g} s; ask for less."
        formatted["message"] = message
        formatted["extensions"] = {"code": Code.TIMED_OUT.value}
    elif original is not None:
        reference = uuid4().hex
        log.error("unexpected error", id=reference, path=error.path, exc_info=original)
        formatted["message"] = "Something went wrong on our side; the log has it under this id."
        formatted["extensions"] = {"code": Code.INTERNAL.value, "id": reference}
    return formatted
