"""One request over HTTP, with as little as most need; the rest is made when it is asked for.

Starlette's `Request` with its `Headers`, and an exit stack, cost as much as a small query.
"""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

from starlette.requests import Request
from starlette.types import Receive, Scope

from app.graphql.negotiation import accepted

T = TypeVar("T")


class Call:
    """A request: its method, what it accepts, and its headers by names in lower case.

    `stack` is what has to end when the answer has gone out, if there is anything.
    """

    __slots__ = ("accepts", "headers", "method", "receive", "scope", "stack")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        # Of several with one name the first counts, as in Starlette's.
        self.headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
        self.accepts = accepted(self.headers.get(b"accept"))
        self.stack: AsyncExitStack | None = None

    def header(self, name: bytes) -> str | None:
        """The value of a header, whose name is in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def request(self) -> Request:
        """The same for what wants a request of Starlette's. It reads what was not read yet."""
        return Request(self.scope, self.receive)

    @property
    def lasting(self) -> AsyncExitStack:
        """The stack, to put something onto it."""
        if self.stack is None:
            self.stack = AsyncExitStack()
        return self.stack

    async def enter(self, manager: AbstractAsyncContextManager[T]) -> T:
        """Enter a context that lasts until the answer has gone out."""
        return await self.lasting.enter_async_context(manager)
