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
        "arguments",
        "context",
        "document",
        "errors",
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
        self.errors = CollectedErrors()
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
        if type(data) is not dict:
            return self._await(data)
        return ExecutionResult(data, self.errors.errors or None)

    def attempt(self, complete: Callable[[], T | None]) -> T | None:
        """Return what the function gives; `None` if there were errors, as if it had not run."""
        kept = self.errors, self._core
        self.errors, self._core = CollectedErrors(), None
        try:
            made = complete()
            return None if self.errors.errors else made
        finally:
            self.errors, self._core = kept

    async def _await(self, data: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            return ExecutionResult(await data, self.errors.errors or None)
        except GraphQLError as error:
            return self._failed(error)

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
