"""An executor for a schema: compiled operations where it has them, graphql-core for the rest."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from inspect import isawaitable
from time import perf_counter
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
)
from graphql.execution import Executor as CoreExecutor
from graphql.execution import create_source_event_stream, map_source_to_response_event
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

from execution.cache import CompileBudget, CompiledCache, Entry, Sightings
from execution.operation import CompiledOperation, compile_operation
from execution.plan import Unsupported
from execution.reading import Shortcuts

__all__ = ["Executor", "Statistics"]

MAX_CACHE_BYTES: Final = 32 * 1024 * 1024


@dataclass(slots=True)
class Statistics:
    """What an executor has done since it was made."""

    compiled: int = 0
    compile_seconds: float = 0.0
    """Time spent on compiling, also in vain."""

    hits: int = 0
    """Executions by compiled code."""

    fallbacks: Counter[str] = field(default_factory=Counter)
    """Executions by graphql-core, by the reason: one of a few fixed phrases."""

    bytes: int = 0
    """About how much memory the compiled operations take."""

    evicted: int = 0
    """Entries that had to go for others, compiled or not."""


class Executor:
    """Executes the operations of one schema, with the outcome of `graphql.execute`.

    A document is compiled when it is met for the second time, as far as the budget for compiling
    allows; until then, and where it cannot be compiled, `fallback` executes it. What is compiled is
    kept up to `max_cache_bytes`, by an estimate that includes the documents' syntax trees. With
    `hide_suggestions` no error tells names of the schema that may have been meant.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_cache_bytes: int = MAX_CACHE_BYTES,
        shortcuts: Shortcuts | None = None,
        fallback: Callable[..., Any] = execute,
        hide_suggestions: bool = False,
        budget: CompileBudget | None = None,
    ) -> None:
        self._schema = schema
        self._shortcuts = shortcuts or Shortcuts()
        self._fallback = fallback
        self._hide_suggestions = hide_suggestions
        self._cache = CompiledCache(max_cache_bytes)
        self._sightings = Sightings()
        self._budget = budget or CompileBudget()
        self.statistics = Statistics()

    @property
    def cache_bytes(self) -> int:
        """About how much memory the compiled operations take."""
        return self._cache.bytes

    def execute(
        self,
        document: DocumentNode,
        *,
        root_value: Any = None,
        context_value: Any = None,
        variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute an operation of a valid document; awaitable if a resolver was."""
        operation = self._find(document, operation_name)
        if operation is not None:
            return operation.execute(root_value, context_value, variable_values)
        by_core: ExecutionResult | Awaitable[ExecutionResult] = self._fallback(
            self._schema,
            document,
            root_value=root_value,
            context_value=context_value,
            variable_values=variable_values,
            operation_name=operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        return by_core

    async def subscribe(
        self,
        document: DocumentNode,
        *,
        root_value: Any = None,
        context_value: Any = None,
        variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> AsyncIterator[ExecutionResult] | ExecutionResult:
        """Subscribe as `graphql.subscribe` does, and execute each event by compiled code.

        Returns a result with errors where the request or its source stream fails, and raises
        `GraphQLError` for an operation that is no subscription.
        """
        core = ExecutorThrowingOnIncremental.build(
            self._schema,
            document,
            root_value,
            context_value,
            variable_values,
            operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(core, list):
            return ExecutionResult(None, core)
        if core.operation.operation is not OperationType.SUBSCRIPTION:
            raise GraphQLError("Expected subscription operation.")
        creation = create_source_event_stream(core)
        stream = await creation if isawaitable(creation) else creation
        if isinstance(stream, ExecutionResult):
            return stream

        def execute_event(event: CoreExecutor[Any]) -> Any:
            operation = self._find(document, operation_name)
            if operation is None:
                return event.execute_operation(False)
            return operation.execute_coerced(
                event.root_value, event.context_value, event.variable_values
            )

        return map_source_to_response_event(core, stream, execute_event)

    def fallback_reason(
        self, document: DocumentNode, operation_name: str | None = None
    ) -> str | None:
        """Why graphql-core executes the operation at present; `None` if it is compiled."""
        entry = self._cache.get(_key(document, operation_name))
        if entry is None:
            return "not compiled yet"
        return None if entry.operation is not None else entry.reason

    def prepare(self, document: DocumentNode, operation_name: str | None = None) -> None:
        """Compile a trusted document now, before it is met.

        Raises `Unsupported` where it cannot be compiled.
        """
        entry = self._compile(_key(document, operation_name), document, operation_name)
        if entry.operation is None:
            raise Unsupported(entry.reason)

    def _find(self, document: DocumentNode, operation_name: str | None) -> CompiledOperation | None:
        """Return the compiled operation, or count the reason why there is none."""
        key = _key(document, operation_name)
        entry = self._cache.get(key)
        if entry is None:
            if not self._sightings.seen_before(key):
                return self._fall_back("first sight")
            if not self._budget.allows():
                return self._fall_back("compile budget")
            entry = self._compile(key, document, operation_name)
        if entry.operation is None:
            return self._fall_back(entry.reason)
        # The key is the text: a document that was changed after it was parsed has the same.
        if entry.document is not document and entry.document != document:
            return self._fall_back("changed document")
        self.statistics.hits += 1
        return entry.operation

    def _fall_back(self, reason: str) -> CompiledOperation | None:
        self.statistics.fallbacks[reason] += 1
        return None

    def _compile(self, key: Hashable, document: DocumentNode, operation_name: str | None) -> Entry:
        started = perf_counter()
        try:
            operation = compile_operation(
                self._schema,
                document,
                operation_name,
                shortcuts=self._shortcuts,
                hide_suggestions=self._hide_suggestions,
            )
        except Unsupported as error:
            entry = Entry(None if document.loc else document, None, error.reason)
        else:
            entry = Entry(document, operation)
            self.statistics.compiled += 1
        seconds = perf_counter() - started
        self.statistics.compile_seconds += seconds
        self._budget.spend(seconds)
        self._cache.put(key, entry)
        self.statistics.bytes = self._cache.bytes
        self.statistics.evicted = self._cache.evicted
        return entry


def _key(document: DocumentNode, operation_name: str | None) -> Hashable:
    """Return what a document is known by: its text, or, if it was made without, its identity.

    The entry of a document without a text keeps it alive, so that its identity stays its own.
    """
    return document.loc.source.body if document.loc else id(document), operation_name
