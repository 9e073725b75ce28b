"""What the compiled executor may know of Strawberry's fields, to read them without a wrapper."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLField, GraphQLResolveInfo
from strawberry.types.field import StrawberryField

from schema.fields import Info

DEFINITION = "strawberry-definition"


def direct_attribute(field: GraphQLField) -> str | None:
    """The attribute that a field without a resolver of its own reads; None for any other field."""
    definition = field.extensions.get(DEFINITION)
    if isinstance(definition, StrawberryField) and definition.is_basic_field:
        return definition.python_name
    return None


def direct_resolver(field: GraphQLField) -> Callable[..., Any] | None:
    """Our own function behind a field without arguments; None for any other field.

    Strawberry's wrapper around it converts arguments and applies extensions: here are none.
    """
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField) or definition.base_resolver is None:
        return None
    if field.args or definition.extensions or definition.permission_classes:
        return None
    resolver = definition.base_resolver
    function: Any = resolver.wrapped_func
    if resolver.info_parameter is None:
        return lambda source, _info: function(source)

    def resolve(source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        return function(source, Info(_raw_info=info, _field=definition))

    return resolve
