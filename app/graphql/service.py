"""Preparing and running operations, apart from how they came in and how results go out."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Collection,
    Mapping,
)
from typing import Any, TypeAlias

from graphql import (
    ASTValidationRule,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    located_error,
)

from app.graphql.documents import CacheStatistics, DocumentStore, Prepared
from app.graphql.errors import DocumentError, TransportCode, coded
from app.graphql.executor import CoreExecutor, Executor, Variables
from app.graphql.groups import Groups
from app.graphql.incremental import Result, formatted_increments
from app.graphql.joining import Subscription
from app.graphql.limits import MIB, Limits
from app.graphql.persisted import DocumentSource, InlineDocuments, hash_in
from app.graphql.rendering import Renderer
from app.graphql.request import OperationRequest
from app.graphql.sharing import Sharing
from resolvers.sharing import SharedStream

NO_VARIABLES: Variables = {}

Gate: TypeAlias = Callable[[Prepared, Any, Variables], dict[str, Any]]
"""Asked before an operation begins, with its context: gives the `extensions` of a result, or raises
`Refused` or `DocumentError` for what may not run."""

Outcome: TypeAlias = AsyncGenerator[Result, None] | Subscription | Result
"""One result, or results to come, or a subscription that is to join a group."""


def open_gate(_prepared: Prepared, _context: Any, _variables: Variables) -> dict[str, Any]:
    """For services where everything may run."""
    return {}


def failed(result: Result) -> bool:
    """Whether the request itself failed, rather than a field; a stream ends with such a result."""
    return "data" not in result and "hasNext" not in result


class GraphQLService:
    """One schema with its limits. `format_error` decides what a client may read of an error.

    What runs operations raises what its gate does.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        limits: Limits,
        format_error: Callable[[GraphQLError], dict[str, Any]],
        gate: Gate = open_gate,
        executor: Executor | None = None,
        rules: Collection[type[ASTValidationRule]] = (),
        introspection: bool = True,
        suggestions: bool = True,
        cache_bytes: int = 32 * MIB,
        source: DocumentSource | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        """`sharing` says which results may be sent to more than one subscriber; None: none."""
        self.limits = limits
        self.groups = Groups(sharing or Sharing())
        self._source = source or InlineDocuments()
        self._format_error = format_error
        self._gate = gate
        self._executor = executor or CoreExecutor(schema, suggestions=suggestions)
        self._documents = DocumentStore(
            schema,
            limits,
            rules=rules,
            introspection=introspection,
            suggestions=suggestions,
            cache_bytes=cache_bytes,
        )
        for text in self._source.known:
            for prepared in {*self._documents.load(text, will_come_again=True).values()}:
                self._executor.expect(prepared)

    @property
    def documents(self) -> CacheStatistics:
        """What the cache of documents has done."""
        return self._documents.statistics

    def recall(self, request: OperationRequest) -> Prepared | None:
        """The operation, if it came before and was kept."""
        if not request.query or not self._source.takes(request):
            return None
        return self._documents.recall(request.query, request.operation_name)

    async def open(self, request: OperationRequest) -> Prepared:
        """Like `prepare`, for requests that may give a document by its hash."""
        if self._source.takes(request):
            return self.prepare(request)
        found = await self._source.find(request)
        # A document that has a hash was given it to be asked for again.
        prepared = self.prepare(found, will_come_again=hash_in(request) is not None)
        await self._source.keep(found)
        return prepared

    def prepare(self, request: OperationRequest, *, will_come_again: bool = False) -> Prepared:
        """The operation that `request` names; raises `DocumentError` with coded errors."""
        if not request.query:
            raise DocumentError([coded(TransportCode.BAD_REQUEST, "The request has no query.")])
        return self._documents.prepare(
            request.query, request.operation_name, will_come_again=will_come_again
        )

    async def execute(
        self, prepared: Prepared, context: object, variables: Variables | None
    ) -> Result:
        """Run a query or a mutation, to one result. Faults become errors of the result."""
        given = variables or NO_VARIABLES
        extensions = self._gate(prepared, context, given)
        outcome = self._executor.execute(prepared, root=None, context=context, variables=given)
        result = outcome if isinstance(outcome, ExecutionResult) else await outcome
        return self._format(result, extensions)

    async def run(
        self,
        prepared: Prepared,
        variables: Variables | None,
        context_for: Callable[[], object],
    ) -> Outcome:
        """Execute or subscribe, whichever the operation is; deferred parts come one by one."""
        if prepared.kind is OperationType.SUBSCRIPTION:
            return await self._subscribe(prepared, variables or NO_VARIABLES, context_for)
        if prepared.incremental:
            return await self._execute_in_parts(prepared, variables or NO_VARIABLES, context_for())
        return await self.execute(prepared, context_for(), variables)

    def refusal(self, errors: Collection[GraphQLError]) -> Result:
        """The result of a request that did not get as far as having data."""
        return {"errors": [self._format_error(_request_error(error)) for error in errors]}

    async def _subscribe(
        self, prepared: Prepared, variables: Variables, context_for: Callable[[], object]
    ) -> Outcome:
        """Open a subscription: its results as they come, or one result that says why not.

        The source stream and each event have a context of their own, so that loaders never
        outlive an event. Close the generator to end the stream. What many may hear is not
        iterated over: the caller becomes a member of a group.
        """
        context = context_for()
        self._gate(prepared, context, variables)
        source = await self._executor.open_stream(prepared, context=context, variables=variables)
        if isinstance(source, ExecutionResult):
            return self.refusal(source.errors or ())
        if isinstance(source, SharedStream):
            return Subscription(self.groups, source, prepared, self._renderer(prepared, variables))
        return self._results(prepared, source, variables, context_for)

    async def _execute_in_parts(
        self, prepared: Prepared, variables: Variables, context: object
    ) -> Outcome:
        self._gate(prepared, context, variables)
        outcome = await self._executor.execute_incrementally(
            prepared, context=context, variables=variables
        )
        if isinstance(outcome, ExecutionResult):
            return self._format(outcome)
        return formatted_increments(outcome, self._format_error)

    async def _results(
        self,
        prepared: Prepared,
        source: AsyncIterable[object],
        variables: Variables,
        context_for_event: Callable[[], object],
    ) -> AsyncGenerator[Result, None]:
        try:
            async for event in source:
                outcome = self._executor.execute(
                    prepared, root=event, context=context_for_event(), variables=variables
                )
                result = outcome if isinstance(outcome, ExecutionResult) else await outcome
                yield self._format(result)
        except Exception as error:
            yield self._failure(prepared, error)
        finally:
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    def _renderer(self, prepared: Prepared, variables: Variables) -> Renderer:
        sharing = self.groups.sharing

        def execute(root: object, context: object) -> ExecutionResult | Awaitable[ExecutionResult]:
            return self._executor.execute(prepared, root=root, context=context, variables=variables)

        return Renderer(
            execute,
            self._format,
            lambda error: self._failure(prepared, error),
            variables=variables,
            sharing=sharing,
            statistics=self.groups.statistics,
            differs=sharing.differs(prepared),
        )

    def _failure(self, prepared: Prepared, error: Exception) -> Result:
        """The result with which a subscription's source failed."""
        nodes = list(prepared.operation.selection_set.selections)
        return {"errors": [self._format_error(located_error(error, nodes))]}

    def _format(
        self, result: ExecutionResult, extensions: Mapping[str, Any] | None = None
    ) -> Result:
        errors = result.errors
        formatted: Result = {"data": result.data}
        if result.data is None and errors and all(error.path is None for error in errors):
            formatted = self.refusal(errors)
        elif errors:
            formatted["errors"] = [self._format_error(error) for error in errors]
        if extensions:
            formatted["extensions"] = extensions
        return formatted


def _request_error(error: GraphQLError) -> GraphQLError:
    """What fails before any field runs, and has no code, is a fault of the variables.

    It is made anew, because it wraps the exception with which a scalar refused its value,
    and that must not look like a fault of the server.
    """
    if error.path is not None or (error.extensions or {}).get("code"):
        return error
    if not isinstance(_cause(error), GraphQLError | ValueError | TypeError):
        return error
    code = {"code": TransportCode.VARIABLES_INVALID.value}
    return GraphQLError(error.message, error.nodes, extensions=code)


def _cause(error: GraphQLError) -> Exception:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause
