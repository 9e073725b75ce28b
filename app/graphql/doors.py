"""What the transports need to know of the application that they serve."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from starlette.types import Scope

from app.graphql.incremental import Result

ViewerT = TypeVar("ViewerT")


def no_cursor(_result: Result) -> str | None:
    """For results that cannot be resumed."""
    return None


def nobody(_authorization: bytes, _scope: Scope) -> None:
    """For doors at which everybody is authenticated anew."""


@dataclass(frozen=True)
class Doors(Generic[ViewerT]):
    """How a viewer comes in, and what its operations see.

    `authenticate` gets the value of the Authorization header, or what `connection_init`
    carried under that name, and the scope of the request or socket; it raises
    `app.graphql.errors.Refused`.
    `recall` gets the header of a request as it came, and gives who is known already, without a
    turn of the event loop; None: authenticate.
    `context_for` is called once an operation, and once more for each event of a
    subscription. Its second argument is the `Last-Event-ID` of a returning SSE client.
    `identity_of` names the viewer's tenant and user: sockets are counted by it, and a token
    refreshed in band must have the same.
    `cursor_of` finds in a result the cursor from which its subscription can be resumed.
    A viewer with an attribute `expires_at` (aware datetime or None) is cut off then.
    """

    authenticate: Callable[[str | None, Scope], Awaitable[ViewerT]]
    context_for: Callable[[ViewerT, str | None], object]
    identity_of: Callable[[ViewerT], Hashable]
    cursor_of: Callable[[Result], str | None] = no_cursor
    recall: Callable[[bytes, Scope], ViewerT | None] = nobody


def expires_at(viewer: object) -> datetime | None:
    """When the viewer's token ends, in UTC or another zone; None for never."""
    moment: datetime | None = getattr(viewer, "expires_at", None)
    return moment
