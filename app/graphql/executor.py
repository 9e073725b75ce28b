"""How an operation runs. The transports need only the `Executor` protocol."""

from collections.abc import AsyncIterable, Mapping
from inspect import isawaitable
from typing import Any, Protocol, TypeAlias

from graphql import (
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

Variables: TypeAlias = Mapping[str, Any]


class Executor(Protocol):
    """Runs prepared operations. Wrap one in another to add what every operation needs."""

    async def execute(
        self, prepared: Prepared, *, root: object, context: object, variables: Variables
    ) -> ExecutionResult:
        """Run a query or a mutation, or a subscription's selection for one event, `root`.

        All of it at once: `@defer` and `@stream` are ignored.
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

    async def execute(
        self, prepared: Prepared, *, root: object, context: object, variables: Variables
    ) -> ExecutionResult:
        execution = self._build(prepared, root, context, variables)
        if isinstance(execution, list):
            return ExecutionResult(None, execution)
        result = execute_root_selection_set(execution)
        return await result if isawaitable(result) else result

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
        execution = self._build(prepared, None, context, variables)
        if isinstance(execution, list):
            return ExecutionResult(None, execution)
        stream = create_source_event_stream(execution)
        return await stream if isawaitable(stream) else stream

    def _build(
        self, prepared: Prepared, root: object, context: object, variables: Variables
    ) -> CoreExecution[Any] | list[GraphQLError]:
        return CoreExecution.build(
            self._schema,
            prepared.document,
            root,
            context,
            dict(variables),
            prepared.name,
            hide_suggestions=self._hide_suggestions,
            middleware=CLOSE_UNBEGUN,
        )
