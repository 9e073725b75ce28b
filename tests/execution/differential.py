"""Running an operation through graphql-core and through the compiled executor."""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, parse, validate

from execution import Shortcuts, compile_operation

Run = Callable[[Mapping[str, Any]], ExecutionResult | Awaitable[ExecutionResult]]


async def assert_same(
    schema: GraphQLSchema,
    document: DocumentNode | str,
    *,
    fresh: Callable[[], Mapping[str, Any]] = dict,
    operation_name: str | None = None,
    shortcuts: Shortcuts | None = None,
    **arguments: Any,
) -> ExecutionResult:
    """Assert that both give the same bytes, or raise the same; return the compiled result.

    The arguments are those of `graphql.execute`; `fresh` makes such as must not be shared by the
    two runs, a context with loaders for one. The order of keys and of errors has to be the same.
    """
    if isinstance(document, str):
        document = parse(document)
        assert validate(schema, document) == []
    node = document
    operation = compile_operation(schema, node, operation_name, shortcuts=shortcuts or Shortcuts())

    def core(given: Mapping[str, Any]) -> ExecutionResult | Awaitable[ExecutionResult]:
        return execute(schema, node, operation_name=operation_name, **given)

    expected, _ = await outcome(core, {**arguments, **fresh()})
    actual, result = await outcome(
        lambda given: operation.execute(**given), {**arguments, **fresh()}
    )
    assert actual == expected, f"\n{actual.decode()}\nis not\n{expected.decode()}"
    return result


async def outcome(run: Run, arguments: Mapping[str, Any]) -> tuple[bytes, ExecutionResult]:
    """Return the result as bytes, and as it is; an exception is a result too."""
    try:
        result = run(arguments)
        if isawaitable(result):
            result = await result
    except (Exception, CancelledError) as error:
        return repr(error).encode(), ExecutionResult(None, None)
    return as_bytes(result), result


def as_bytes(result: ExecutionResult) -> bytes:
    """Return the result as JSON, keys in their order."""
    return orjson.dumps(result.formatted, default=repr, option=orjson.OPT_NON_STR_KEYS)
