"""Arguments as our methods take them, from what the executor has coerced.

Strawberry finds out how to convert a value each time that it converts one: the names of the
fields, their types, what may be left out. Here that is found out once for each type.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import cache
from typing import Any, TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

DEFINITION = "strawberry-definition"

Convert: TypeAlias = Callable[[Any], Any]


def converter(type_: GraphQLInputType) -> Convert | None:
    """What converts values of a type; None where only Strawberry knows how."""
    named = get_named_type(type_)
    if not is_input_object_type(named):
        return _shaped(type_, _as_it_is)
    return _shaped(type_, _Input(named)) if _is_plain(named, frozenset()) else None


def _as_it_is(value: Any) -> Any:
    return value


def _shaped(type_: GraphQLInputType, convert: Convert) -> Convert:
    """What converts what is `type_` around values that `convert` takes."""
    if is_non_null_type(type_):
        return _shaped(type_.of_type, convert)
    if not is_list_type(type_):
        return convert
    each = _shaped(type_.of_type, convert)
    # Copied, because a default is the same list for every request.
    return lambda values: [None if value is None else each(value) for value in values]


class _Input:
    """Makes instances of an input's class; how is found out when the first is made, since an
    input may hold others of its kind."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self._type = type_

    def __call__(self, value: Mapping[str, Any]) -> Any:
        make, blank, fields = _parts(self._type)
        given = dict(blank)
        for name, item in value.items():
            python_name, convert = fields[name]
            given[python_name] = None if item is None else convert(item)
        return make(**given)


@cache
def _parts(
    type_: GraphQLInputObjectType,
) -> tuple[Callable[..., Any], dict[str, None], dict[str, tuple[str, Convert]]]:
    """An input's class, what is None unless it is given, and each field's name and converter."""
    definition: StrawberryObjectDefinition = type_.extensions[DEFINITION]
    blank = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    fields = {}
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        inner = _as_it_is if is_leaf_type(named) else _Input(named)
        fields[name] = _field_of(field).python_name, _shaped(field.type, inner)
    return definition.origin, blank, fields


def _is_plain(type_: GraphQLInputObjectType, above: frozenset[str]) -> bool:
    """Whether the classes of an input and of those in it are filled field by field."""
    definition = type_.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.from_input is not None:
        return False
    inner = {get_named_type(field.type) for field in type_.fields.values()}
    within = above | {type_.name}
    return not any(
        isinstance(_field_of(field).type, StrawberryMaybe) for field in type_.fields.values()
    ) and all(
        _is_plain(named, within)
        for named in inner
        if is_input_object_type(named) and named.name not in within
    )


def _field_of(field: Any) -> StrawberryField:
    definition: StrawberryField = field.extensions[DEFINITION]
    return definition
