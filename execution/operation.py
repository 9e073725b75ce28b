"""A compiled operation: what is generated for it, and its execution."""

from collections.abc import Awaitable
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationType,
    assert_valid_schema,
)
from graphql.execution.values import VariableValues

from execution.codegen import Generated, generate
from execution.plan import Document, Unsupported
from execution.planning import plan_operation, read_document
from execution.reading import Shortcuts
from execution.run import Run
from execution.variables import Variables

__all__ = ["CompiledOperation", "compile_operation"]

MAX_VARIANTS: Final = 8
"""Choices of the variables in `@skip` and `@include` for which code is kept."""

NO_SHORTCUTS: Final = Shortcuts()


class CompiledOperation:
    """An operation of a schema, with generated code for its selection sets.

    Where `@skip` or `@include` depend on variables there is code for each choice of them that
    has been met, up to `MAX_VARIANTS`; further choices are executed by graphql-core.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: Document,
        shortcuts: Shortcuts,
        *,
        hide_suggestions: bool = False,
    ) -> None:
        self._schema = schema
        self._document = document
        self._shortcuts = shortcuts
        self._variables = Variables(schema, document.operation, hide_suggestions=hide_suggestions)
        self._variants: dict[tuple[Any, ...], Generated | None] = {}
        self._compile(self._likely_choice())

    @property
    def source(self) -> str:
        """The generated Python, of one variant after the other."""
        return "\n\n".join(variant.source for variant in self._variants.values() if variant)

    @property
    def source_limit(self) -> int:
        """About how long the source would be with all the variants that may be made."""
        variants: int = min(2 ** len(self._document.conditions), MAX_VARIANTS)
        return len(self.source) * variants // max(1, len(self._variants))

    def execute(
        self,
        root_value: Any = None,
        context_value: Any = None,
        variable_values: dict[str, Any] | None = None,
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute with the outcome of `graphql.execute`; awaitable if a resolver was."""
        variables = self._variables.coerce(variable_values or {})
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        return self.execute_coerced(root_value, context_value, variables)

    def execute_coerced(
        self, root_value: Any, context_value: Any, variables: VariableValues
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute with variables that have been coerced for this operation."""
        run = Run(self._schema, self._document, root_value, context_value, variables)
        choice: tuple[Any, ...] = tuple(map(variables.coerced.get, self._document.conditions))
        variant = self._variants.get(choice) or self._new_variant(choice)
        if variant is None:
            return run.core.execute_operation()  # type: ignore[return-value]
        return run.execute(variant.select)

    def _new_variant(self, choice: tuple[Any, ...]) -> Generated | None:
        if choice in self._variants or len(self._variants) >= MAX_VARIANTS:
            return None
        if not all(type(on) is bool for on in choice):
            return None
        try:
            return self._compile(choice)
        except Unsupported:
            self._variants[choice] = None
            return None

    def _compile(self, choice: tuple[bool, ...]) -> Generated:
        conditions = dict(zip(self._document.conditions, choice, strict=True))
        self._variants[choice] = variant = generate(
            plan_operation(self._schema, self._document, conditions),
            serial=self._document.operation.operation == OperationType.MUTATION,
            shortcuts=self._shortcuts,
        )
        return variant

    def _likely_choice(self) -> tuple[bool, ...]:
        """The defaults of the condition variables; true where they have none."""
        defaults = {
            node.variable.name.value: node.default_value.value
            for node in self._document.operation.variable_definitions or ()
            if isinstance(node.default_value, BooleanValueNode)
        }
        return tuple([defaults.get(name, True) for name in self._document.conditions])


def compile_operation(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None = None,
    *,
    shortcuts: Shortcuts = NO_SHORTCUTS,
    hide_suggestions: bool = False,
) -> CompiledOperation:
    """Compile an operation of a valid document; its errors may suggest names, or hide them.

    Raises `Unsupported` where only graphql-core can execute it, and `TypeError` where the schema
    is invalid.
    """
    assert_valid_schema(schema)
    return CompiledOperation(
        schema,
        read_document(document, operation_name),
        shortcuts,
        hide_suggestions=hide_suggestions,
    )
