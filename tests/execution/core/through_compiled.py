"""A plugin of pytest: what graphql-core's own tests execute, compiled code executes.

It runs in the folder of graphql-core's sources (`tests.execution.test_core_tests`), and adds to the
summary how many executions went which way: `compiled`, or graphql-core's for the reason named.
"""

import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from inspect import iscoroutine
from typing import Any

import graphql
import graphql.execution
import pytest
from graphql import DocumentNode, GraphQLSchema, validate

from execution import Executor, Unsupported, compile_operation
from execution.operation import CompiledOperation

COUNTS: Counter[str] = Counter()


class Rest:
    """What remains to be awaited of a coroutine that has run up to its first wait."""

    def __init__(self, coroutine: Any, waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for = self._waits_for
        while True:
            try:
                sent = yield waits_for
                waits_for = self._coroutine.send(sent)
            except StopIteration as done:
                return done.value


def execute(  # noqa: PLR0917
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    **options: Any,
) -> Any:
    """Like `graphql.execute`."""
    operation = _compiled(schema, document, operation_name, options)
    if operation is None:
        return CORE["execute"](
            schema,
            document,
            root_value,
            context_value,
            variable_values,
            operation_name,
            **options,
        )
    return operation.execute(root_value, context_value, variable_values)


def execute_sync(  # noqa: PLR0917
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    **options: Any,
) -> Any:
    """Like `graphql.execute_sync`; what has to be awaited is graphql-core's to complain of."""
    given = root_value, context_value, variable_values
    operation = _compiled(schema, document, operation_name, options)
    if operation is not None:
        result = operation.execute(*given)
        if not isinstance(result, Awaitable):
            return result
        COUNTS["compiled"] -= 1
        COUNTS["not synchronous"] += 1
        if iscoroutine(result):
            result.close()
    return CORE["execute_sync"](schema, document, *given, operation_name, **options)


def subscribe(  # noqa: PLR0917
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    **options: Any,
) -> Any:
    """Like `graphql.subscribe`: not awaitable where nothing waits."""
    given = root_value, context_value, variable_values, operation_name
    if _compiled(schema, document, operation_name, options) is None:
        return CORE["subscribe"](schema, document, *given, **options)
    executor = Executor(schema)
    executor.prepare(document, operation_name)
    coroutine = executor.subscribe(
        document,
        root_value=root_value,
        context_value=context_value,
        variable_values=variable_values,
        operation_name=operation_name,
    )
    try:
        return Rest(coroutine, coroutine.send(None))
    except StopIteration as done:
        return done.value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which way the executions went."""
    for way, executions in COUNTS.most_common():
        terminalreporter.write_line(f"{executions:6} {way}")


def _compiled(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    options: dict[str, Any],
) -> CompiledOperation | None:
    """The compiled operation; None, and counted why, where our executor does not apply."""
    if options:
        reason = "option " + ", ".join(sorted(options))
    elif schema.get_directive("defer") or schema.get_directive("stream"):
        reason = "incremental delivery"
    elif not isinstance(document, DocumentNode) or validate(schema, document):
        reason = "invalid document"
    else:
        try:
            operation = compile_operation(schema, document, operation_name)
        except Unsupported as unsupported:
            reason = unsupported.reason
        else:
            COUNTS["compiled"] += 1
            return operation
    COUNTS[reason] += 1
    return None


def _replace(*functions: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """Put functions in the place of graphql-core's; return those."""
    replaced = {}
    for function in functions:
        name = function.__name__
        replaced[name] = getattr(graphql.execution, name)
        for module in (graphql, graphql.execution, sys.modules["graphql.graphql"]):
            if hasattr(module, name):
                setattr(module, name, function)
    return replaced


CORE = _replace(execute, execute_sync, subscribe)
