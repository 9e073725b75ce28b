"""Coercing the variables of an operation, with what does not change between runs done once."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution import get_variable_values
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    input_is_nested_too_deeply,
)
from graphql.pyutils import Undefined
from graphql.utilities import coerce_input_value
from graphql.utilities.coerce_input_value import coerce_default_value

from execution.fields import IMMUTABLE
from execution.inputs import Coerce, input_of_leaves, taken_as_it_is
from execution.places import new_tuple

__all__ = ["Variables"]

MAX_ERRORS: Final = 50
"""As many coercion errors as `graphql.execute` reports by default."""


class Variables:
    """The variables that an operation declares."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        *,
        hide_suggestions: bool = False,
    ) -> None:
        self._schema = schema
        self._hide_suggestions = hide_suggestions
        self._nodes = operation.variable_definitions or ()
        self._signatures: list[GraphQLVariableSignature] | None = []
        for node in self._nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                self._signatures = None
                break
            self._signatures.append(signature)
        self._defaults = dict(self._fixed_defaults())
        types = {each.name: each.type for each in self._signatures or ()}
        self._verbatim = {name: taken_as_it_is(type_) for name, type_ in types.items()}
        self._coercers = {name: _coercer(type_) for name, type_ in types.items()}

    def _fixed_defaults(self) -> Iterator[tuple[str, Any]]:
        """Yield the defaults that are the same object for every run: what cannot be changed."""
        for signature in self._signatures or ():
            with suppress(TypeError):
                value = coerce_default_value(signature)
                if isinstance(value, IMMUTABLE):
                    yield signature.name, value

    def coerce(self, inputs: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the coerced values, or the errors of the request; as `get_variable_values`."""
        if not self._nodes:
            none: VariableValues = new_tuple(VariableValues, ({}, {}))
            return none
        if self._signatures is not None:
            values = self._coerce_valid(self._signatures, inputs)
            if values is not None:
                return values
        return get_variable_values(
            self._schema,
            self._nodes,
            inputs,
            max_errors=MAX_ERRORS,
            hide_suggestions=self._hide_suggestions,
        )

    def _coerce_valid(
        self, signatures: list[GraphQLVariableSignature], inputs: Mapping[str, Any]
    ) -> VariableValues | None:
        """Coerce what is given and valid; return `None` if a default or an error is met."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in signatures:
            name, type_ = signature.name, signature.type
            value = inputs.get(name, Undefined)
            if value is Undefined:
                if name in self._defaults:
                    coerced[name] = self._defaults[name]
                elif signature.default is not None or is_non_null_type(type_):
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            if type(value) is self._verbatim[name]:
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = value
                continue
            try:
                result = self._coercers[name](value)
            except (GraphQLError, RecursionError):
                return None
            if result is Undefined:
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = result
        return VariableValues(sources, coerced)


def _coercer(type_: GraphQLInputType) -> Coerce:
    bare = type_.of_type if is_non_null_type(type_) else type_
    if is_leaf_type(bare):
        return partial(coerce_input_value, type_=type_)
    return input_of_leaves(type_) or partial(_coerce_nested, type_)


def _coerce_nested(type_: GraphQLInputType, value: Any) -> Any:
    return (
        Undefined if input_is_nested_too_deeply(value, type_) else coerce_input_value(value, type_)
    )
