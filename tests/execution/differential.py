"""Running an operation through graphql-core and through the compiled executor."""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, parse, validate

from execution import Shortcuts, compile_operation

Run = Callable[[Mapping[str, Any]], ExecutionResult | Awaitable[ExecutionResult]]


class Both:
    """An operation that can be executed in both ways."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode | str,
        operation_name: str | None = None,
        shortcuts: Shortcuts | None = None,
    ) -> None:
        if isinstance(document, str):
            document = parse(document)
            assert validate(schema, document) == []
        self._schema = schema
        self._document = document
        self._operation_name = operation_name
        self._operation = compile_operation(
            schema, document, operation_name, shortcuts=shortcuts or Shortcuts()
        )

    async def assert_same(
        self, *, fresh: Callable[[], Mapping[str, Any]] = dict, **arguments: Any
    ) -> ExecutionResult:
        """Assert that both give the same bytes, or raise the same; return the compiled result.

        The arguments are those of `graphql.execute`; `fresh` makes such as the two must not
        share, a context with loaders for one. Keys and errors have to be in the same order.
        """
        expected = await _outcome(self._by_core, {**arguments, **fresh()})
        actual = await _outcome(self._compiled, {**arguments, **fresh()})
        if isinstance(actual, BaseException) or isinstance(expected, BaseException):
            assert repr(actual) == repr(expected)
            return ExecutionResult(None, None)
        ours, cores = as_bytes(actual), as_bytes(expected)
        assert ours == cores, f"\n{ours.decode()}\nis not\n{cores.decode()}"
        return actual

    async def results(self, **arguments: Any) -> tuple[ExecutionResult, ExecutionResult]:
        """Return the result of graphql-core and the compiled one."""
        expected = await _outcome(self._by_core, arguments)
        actual = await _outcome(self._compiled, arguments)
        assert isinstance(expected, ExecutionResult)
        assert isinstance(actual, ExecutionResult)
        return expected, actual

    @property
    def source(self) -> str:
        """The generated Python."""
        return self._operation.source

    def execute_compiled(self, **arguments: Any) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute by compiled code alone."""
        return self._operation.execute(**arguments)

    def _by_core(
        self, arguments: Mapping[str, Any]
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        return execute(
            self._schema, self._document, operation_name=self._operation_name, **arguments
        )

    def _compiled(
        self, arguments: Mapping[str, Any]
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        return self._operation.execute(**arguments)


async def assert_same(
    schema: GraphQLSchema,
    document: DocumentNode | str,
    *,
    operation_name: str | None = None,
    shortcuts: Shortcuts | None = None,
    **arguments: Any,
) -> ExecutionResult:
    """Assert once what `Both.assert_same` does."""
    both = Both(schema, document, operation_name, shortcuts)
    return await both.assert_same(**arguments)


async def _outcome(run: Run, arguments: Mapping[str, Any]) -> ExecutionResult | BaseException:
    try:
        result = run(arguments)
        return await result if isawaitable(result) else result
    except (Exception, CancelledError) as error:
        return error


def as_bytes(result: ExecutionResult) -> bytes:
    """Return the result as JSON, keys in their order."""
    return orjson.dumps(result.formatted, default=repr, option=orjson.OPT_NON_STR_KEYS)
