"""Input objects of leaves, the input of most mutations, coerced in one loop.

`coerce_input_value` finds out again, for each value and each field, what only the types say.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLString,
    is_input_object_type,
    is_leaf_type,
    is_non_null_type,
    is_required_input_field,
    is_scalar_type,
)
from graphql.pyutils import Undefined
from graphql.type.scalars import coerce_boolean, coerce_id, coerce_string
from graphql.utilities import coerce_input_value
from graphql.utilities.coerce_input_value import coerce_default_value

from execution.fields import IMMUTABLE

__all__ = ["Coerce", "input_of_leaves", "taken_as_it_is"]

Coerce: TypeAlias = Callable[[Any], Any]
"""Gives the coerced value, or `Undefined` where graphql-core has to look. Raises GraphQLError."""

VERBATIM: Final[dict[object, tuple[Any, type]]] = {
    GraphQLBoolean: (coerce_boolean, bool),
    GraphQLID: (coerce_id, str),
    GraphQLString: (coerce_string, str),
}
"""Scalars that take values of a class as they are, with the function of which this is known."""


def taken_as_it_is(type_: GraphQLInputType) -> type | None:
    """Return the class of which the type takes values as they are."""
    bare = _nullable(type_)
    coerce, cls = VERBATIM.get(bare, (None, None))
    return cls if is_scalar_type(bare) and bare.coerce_input_value is coerce else None


def input_of_leaves(type_: GraphQLInputType) -> Coerce | None:
    """Return what coerces an input object; `None` unless its fields are leaves with defaults that
    may be shared."""
    bare = _nullable(type_)
    if not is_input_object_type(bare) or bare.is_one_of:
        return None
    if not all(is_leaf_type(_nullable(field.type)) for field in bare.fields.values()):
        return None
    try:
        fields = [_part(name, field) for name, field in bare.fields.items()]
    except (GraphQLError, TypeError):
        return None
    if not all(
        field.default is Undefined or isinstance(field.default, IMMUTABLE) for field in fields
    ):
        return None
    return _Input(bare, fields).coerce


class _Part(NamedTuple):
    """A field of an input object."""

    name: str
    out_name: str
    input_type: GraphQLInputType
    is_required: bool
    cls: type | None
    default: Any


def _part(name: str, field: GraphQLInputField) -> _Part:
    return _Part(
        name,
        field.out_name or name,
        field.type,
        is_required_input_field(field),
        taken_as_it_is(field.type),
        coerce_default_value(field),
    )


def _nullable(type_: GraphQLInputType) -> Any:
    return type_.of_type if is_non_null_type(type_) else type_


class _Input:
    """An input object and its fields, in their order."""

    def __init__(self, type_: GraphQLInputObjectType, fields: list[_Part]) -> None:
        self._type = type_
        self._fields = fields

    def coerce(self, value: Any) -> Any:
        """Coerce a dictionary."""
        if type(value) is not dict:
            return Undefined
        coerced = {}
        known = 0
        for name, out_name, type_, is_required, cls, default in self._fields:
            given = value.get(name, Undefined)
            if given is Undefined:
                if is_required:
                    return Undefined
                if default is not Undefined:
                    coerced[out_name] = default
                continue
            known += 1
            if type(given) is not cls:
                given = coerce_input_value(given, type_)
                if given is Undefined:
                    return Undefined
            coerced[out_name] = given
        # There are names that it does not know.
        if known != len(value):
            return Undefined
        return self._type.out_type(coerced)
