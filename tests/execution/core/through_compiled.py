"""A plugin of pytest: what graphql-core's own tests execute, compiled code executes.

It runs in the folder of graphql-core's sources (`tests.execution.test_core_tests`), and adds to the
summary how many executions went which way: `compiled`, or graphql-core's for the reason named.
"""

import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from inspect import iscoroutine
from typing import Any, NamedTuple

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


class Call(NamedTuple):
    """What graphql-core's functions take first, in their order."""

    schema: GraphQLSchema
    document: DocumentNode
    root_value: Any = None
    context_value: Any = None
    variable_values: dict[str, Any] | None = None
    operation_name: str | None = None

    @property
    def given(self) -> tuple[Any, Any, dict[str, Any] | None]:
        """What a compiled operation takes."""
        return self.root_value, self.context_value, self.variable_values


def execute(*given: Any, **named: Any) -> Any:
    """Like `graphql.execute`."""
    call, options = _called(given, named)
    operation = _compiled(call, options)
    return (
        CORE["execute"](*call, **options) if operation is None else operation.execute(*call.given)
    )


def execute_sync(*given: Any, **named: Any) -> Any:
    """Like `graphql.execute_sync`; what has to be awaited is graphql-core's to complain of."""
    call, options = _called(given, named)
    operation = _compiled(call, options)
    if operation is not None:
        result = operation.execute(*call.given)
        if not isinstance(result, Awaitable):
            return result
        COUNTS["compiled"] -= 1
        COUNTS["not synchronous"] += 1
        if iscoroutine(result):
            result.close()
    return CORE["execute_sync"](*call, **options)


def subscribe(*given: Any, **named: Any) -> Any:
    """Like `graphql.subscribe`: not awaitable where nothing waits."""
    call, options = _called(given, named)
    if _compiled(call, options) is None:
        return CORE["subscribe"](*call, **options)
    executor = Executor(call.schema)
    executor.prepare(call.document, call.operation_name)
    given_by_name = call._asdict()
    del given_by_name["schema"]
    coroutine = executor.subscribe(**given_by_name)
    try:
        return Rest(coroutine, coroutine.send(None))
    except StopIteration as done:
        return done.value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which way the executions went."""
    for way, executions in COUNTS.most_common():
        terminalreporter.write_line(f"{executions:6} {way}")


def _called(given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Call, dict[str, Any]]:
    """What a function is called with, and its further options."""
    options = {name: value for name, value in named.items() if name not in Call._fields}
    return Call(*given, **{name: named[name] for name in named.keys() - options.keys()}), options


def _compiled(call: Call, options: dict[str, Any]) -> CompiledOperation | None:
    """The compiled operation; None, and counted why, where our executor does not apply."""
    schema, document = call.schema, call.document
    if options:
        reason = "option " + ", ".join(sorted(options))
    elif schema.get_directive("defer") or schema.get_directive("stream"):
        reason = "incremental delivery"
    elif not isinstance(document, DocumentNode) or validate(schema, document):
        reason = "invalid document"
    else:
        try:
            operation = compile_operation(schema, document, call.operation_name)
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
