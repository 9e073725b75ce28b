"""Hot operations run as generated code (see `execution`), with graphql-core's results."""

from collections.abc import Awaitable
from contextlib import suppress

from graphql import ExecutionResult, GraphQLSchema

from app.graphql.documents import Prepared
from app.graphql.executor import CoreExecutor, Variables, execute_whole
from execution import Executor, Shortcuts, Statistics, Unsupported


class CompiledExecutor(CoreExecutor):
    """Compiles what is met twice. Deferred parts and source streams stay graphql-core's."""

    def __init__(
        self, schema: GraphQLSchema, shortcuts: Shortcuts, *, suggestions: bool = True
    ) -> None:
        super().__init__(schema, suggestions=suggestions)
        self._compiled = Executor(
            schema, shortcuts=shortcuts, fallback=execute_whole, hide_suggestions=not suggestions
        )

    @property
    def statistics(self) -> Statistics:
        """What was compiled, hit and left to graphql-core."""
        return self._compiled.statistics

    def compile(self, prepared: Prepared) -> None:
        """Compile now what would otherwise be compiled when it is met again.

        Raises `execution.Unsupported` where it cannot be compiled.
        """
        self._compiled.prepare(prepared.document, prepared.name)

    def expect(self, prepared: Prepared) -> None:
        """Compile it, if it can be compiled."""
        with suppress(Unsupported):
            self.compile(prepared)

    def fallback_reason(self, prepared: Prepared) -> str | None:
        """Why graphql-core executes the operation at present; None if it is compiled."""
        return self._compiled.fallback_reason(prepared.document, prepared.name)

    def execute(
        self, prepared: Prepared, *, root: object, context: object, variables: Variables
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Run a query, a mutation, or a subscription's selection for one event, `root`."""
        return self._compiled.execute(
            prepared.document,
            root_value=root,
            context_value=context,
            variable_values=dict(variables),
            operation_name=prepared.name,
        )
