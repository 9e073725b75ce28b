"""The state of one execution, and the serial execution of a mutation's fields."""

from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Final, TypeVar

from graphql import ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import Executor as CoreExecutor
from graphql.execution import default_field_resolver, default_type_resolver
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues
from graphql.pyutils import gather_with_cancel, is_awaitable
from graphql.type import GraphQLResolveInfoHelpers

from execution.fibers import Waiting
from execution.plan import Document
from execution.waiting import abandon

__all__ = ["Run", "Select", "serially"]


T = TypeVar("T")

TYPE_RESOLVER: Final[Any] = default_type_resolver


class Run:
    """One execution of a compiled operation."""

    __slots__ = (
        "_core",
        "_errors",
        "arguments",
        "context",
        "document",
        "loaded",
        "loop",
        "requests",
        "root",
        "schema",
        "shared",
        "variables",
        "waiting",
    )

    def __init__(
        self,
        schema: GraphQLSchema,
        document: Document,
        root: Any,
        context: Any,
        variables: VariableValues,
    ) -> None:
        self.schema = schema
        self.document = document
        self.root = root
        self.context = context
        self.variables = variables
        self.arguments: dict[object, dict[str, Any]] = {}
        """Arguments already coerced, by field: they are the same for each of its objects."""
        self.requests: dict[object, tuple[Any, ...]] = {}
        """What the arguments of loaded fields ask for, by field."""
        self.loaded: dict[object, dict[Hashable, Any]] = {}
        """Data of loaded fields that are the same for all objects with a key, by field and key."""
        self.shared = (
            schema,
            document.fragment_definitions,
            root,
            document.operation,
            variables,
            context,
            is_awaitable,
            None,
            HELPERS,
        )
        """The end of every `GraphQLResolveInfo`, from `schema` on."""
        self.loop: AbstractEventLoop
        self.waiting: Waiting = {}
        self._core: CoreExecutor[Any] | None = None
        self._errors: CollectedErrors | None = None

    @property
    def errors(self) -> CollectedErrors:
        """The errors so far, to which others are added; made when the first is."""
        if self._errors is None:
            self._errors = CollectedErrors()
        return self._errors

    @property
    def core(self) -> CoreExecutor[Any]:
        """graphql-core's executor for the same run, for what the generated code leaves to it."""
        if self._core is None:
            self._core = CoreExecutor(
                self.schema,
                self.document.fragment_definitions,
                self.document.fragments,
                self.root,
                self.context,
                self.document.operation,
                self.variables,
                default_field_resolver,
                TYPE_RESOLVER,
                default_field_resolver,
            )
            self._core.collected_errors = self.errors
            # Its own refer to it: a circle.
            self._core.async_helpers = HELPERS
        return self._core

    def execute(self, select: "Select") -> ExecutionResult | Awaitable[ExecutionResult]:
        """Complete the root object with its generated function."""
        try:
            data = select(self, self.root, None, None)
        except GraphQLError as error:
            return self._failed(error)
        return self._done(data) if type(data) is dict else self._await(data)

    def attempt(self, complete: Callable[[], T | None]) -> T | None:
        """Return what the function gives; `None` if there were errors, as if it had not run."""
        kept = self._errors, self._core
        self._errors = self._core = None
        try:
            made = complete()
            return None if self._errors and self._errors.errors else made
        finally:
            self._errors, self._core = kept

    async def _await(self, data: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            return self._done(await data)
        except GraphQLError as error:
            return self._failed(error)

    def _done(self, data: dict[str, Any]) -> ExecutionResult:
        errors = self._errors.errors if self._errors else None
        return ExecutionResult(data, errors or None)

    def _failed(self, error: GraphQLError) -> ExecutionResult:
        self.errors.add(error, None)
        return ExecutionResult(None, self.errors.errors)


Select = Callable[[Run, Any, Any, Any], Any]
"""A generated function that completes the fields of an object: (run, source, where, info) to its
data, or to something unfinished."""


def serially(run: Run, source: Any, selects: Sequence[Select]) -> Any:
    """Complete the fields of a mutation one after the other; each function is for one field."""
    out: dict[str, Any] = {}
    for done, select in enumerate(selects, 1):
        field = select(run, source, None, None)
        if type(field) is not dict:
            return _continue_serially(run, source, selects[done:], out, field)
        out.update(field)
    return out


async def _continue_serially(
    run: Run,
    source: Any,
    selects: Sequence[Select],
    out: dict[str, Any],
    unfinished_field: Awaitable[dict[str, Any]],
) -> dict[str, Any]:
    out.update(await unfinished_field)
    for select in selects:
        field = select(run, source, None, None)
        out.update(field if type(field) is dict else await field)
    return out


HELPERS: Final = GraphQLResolveInfoHelpers(
    gather=lambda awaitables: gather_with_cancel(*awaitables), track=abandon
)
"""The `async_helpers` of a `GraphQLResolveInfo`."""
