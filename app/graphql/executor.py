"""How an operation runs. The transports need only the `Executor` protocol."""

from collections.abc import AsyncIterable, Awaitable, Mapping
from inspect import isawaitable
from typing import Any, Protocol, TypeAlias

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    create_source_event_stream,
    execute_root_selection_set,
    experimental_execute_incrementally,
)
from graphql.execution import Executor as CoreExecution
from graphql.execution import ExperimentalIncrementalExecutionResults

from app.graphql.documents import Prepared
from app.graphql.unbegun import CLOSE_UNBEGUN
from execution.run import HELPERS

Variables: TypeAlias = Mapping[str, Any]


class Executor(Protocol):
    """Runs prepared operations. Wrap one in another to add what every operation needs."""

    def expect(self, prepared: Prepared) -> None:
        """Get ready for an operation that will come."""
        ...

    def execute(
        self, prepared: Prepared, *, root: object, context: object, variables: Variables
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Run a query or a mutation, or a subscription's selection for one event, `root`.

        All of it at once: `@defer` and `@stream` are ignored. Awaitable if a resolver was.
        """
        ...

    async def execute_incrementally(
        self, prepared: Prepared, *, context: object, variables: Variables
    ) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        """Run a query or a mutation with `@defer` or `@stream`."""
        ...

    async def open_stream(
        self, prepared: Prepared, *, context: object, variables: Variables
    ) -> AsyncIterable[object] | ExecutionResult:
        """The source stream of a subscription, or the errors with which it was refused."""
        ...


class CoreExecutor:
    """graphql-core's own execution."""

    def __init__(self, schema: GraphQLSchema, *, suggestions: bool = True) -> None:
        self._schema = schema
        self._hide_suggestions = not suggestions

    def expect(self, prepared: Prepared) -> None:
        """Nothing can be done ahead."""

    def execute(
        self, prepared: Prepared, *, root: object, context: object, variables: Variables
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        return execute_whole(
            self._schema,
            prepared.document,
            root_value=root,
            context_value=context,
            variable_values=dict(variables),
            operation_name=prepared.name,
            hide_suggestions=self._hide_suggestions,
        )

    async def execute_incrementally(
        self, prepared: Prepared, *, context: object, variables: Variables
    ) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        result = experimental_execute_incrementally(
            self._schema,
            prepared.document,
            None,
            context,
            dict(variables),
            prepared.name,
            hide_suggestions=self._hide_suggestions,
            middleware=CLOSE_UNBEGUN,
        )
        return await result if isawaitable(result) else result

    async def open_stream(
        self, prepared: Prepared, *, context: object, variables: Variables
    ) -> AsyncIterable[object] | ExecutionResult:
        execution = _built(
            self._schema,
            prepared.document,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=prepared.name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(execution, list):
            return ExecutionResult(None, execution)
        stream = create_source_event_stream(execution)
        return await stream if isawaitable(stream) else stream


def execute_whole(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    variable_values: dict[str, Any] | None = None,
    **options: Any,
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Like `graphql.execute`, but `@defer` and `@stream` are ignored."""
    execution = _built(schema, document, raw_variable_values=variable_values, **options)
    if isinstance(execution, list):
        return ExecutionResult(None, execution)
    return execute_root_selection_set(execution)


def _built(
    schema: GraphQLSchema, document: DocumentNode, **options: Any
) -> CoreExecution[Any] | list[GraphQLError]:
    """The execution that is to run, or the errors with which the request was refused."""
    execution = CoreExecution.build(schema, document, middleware=CLOSE_UNBEGUN, **options)
    if not isinstance(execution, list):
        # Its own are methods of its own: a circle, in which a document that comes once would wait
        # for the garbage collector with all its nodes.
        execution.async_helpers = HELPERS
    return execution
