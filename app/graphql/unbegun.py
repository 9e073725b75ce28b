"""Coroutines of resolvers that are never begun.

graphql-core hands a resolver's coroutine to a task. One that is cancelled before its first step,
as when a client leaves at once, drops it, and Python warns of a coroutine that nobody awaited.
"""

from collections.abc import Callable, Generator
from types import CoroutineType
from typing import Any, Final

from graphql import GraphQLResolveInfo
from graphql.execution import MiddlewareManager


class Closing:
    """A coroutine to be awaited, which is closed if nobody has."""

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: "CoroutineType[Any, Any, Any]") -> None:
        self._coroutine: CoroutineType[Any, Any, Any] | None = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is None:
            raise RuntimeError("cannot reuse already awaited coroutine")
        return coroutine.__await__()

    def __del__(self) -> None:
        if self._coroutine is not None:
            self._coroutine.close()


def _resolve(
    resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **arguments: Any
) -> Any:
    value = resolve(source, info, **arguments)
    return Closing(value) if type(value) is CoroutineType else value


CLOSE_UNBEGUN: Final = MiddlewareManager(_resolve)
"""For graphql-core's `middleware`."""
