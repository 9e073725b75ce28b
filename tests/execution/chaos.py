"""What holds of an operation in which nearly all is awaited and much of it fails."""

from collections.abc import Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLError

from tests.execution.differential import Both


async def assert_same_but_for_hidden_errors(both: Both, **arguments: Any) -> None:
    """Assert that data and errors are the same, apart from errors below a place that is null.

    Such a place has an error in both, but not always the same ones: which of several that were
    on their way at the same time arrive is a matter of turns of the event loop.
    """
    expected, actual = await both.results(**arguments)
    assert actual.data == expected.data
    assert _visible(actual) == _visible(expected)
    assert _nulled(actual) == _nulled(expected)


def _visible(result: ExecutionResult) -> list[dict[str, Any]]:
    return [
        dict(error.formatted)
        for error in result.errors or ()
        if len(_nearest_null(result.data, error)) == len(error.path or ())
    ]


def _nulled(result: ExecutionResult) -> set[tuple[str | int, ...]]:
    return {tuple(_nearest_null(result.data, error)) for error in result.errors or ()}


def _nearest_null(data: Any, error: GraphQLError) -> Sequence[str | int]:
    """Return the path of the null that the error caused."""
    path = error.path or []
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    return path
