"""How the value of a field is got from its source: by attribute, by default, by a resolver."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from keyword import iskeyword
from operator import attrgetter
from typing import Any

from graphql import GraphQLField

from execution.classes import is_mapping
from execution.fields import Field
from execution.plan import FieldPlan

__all__ = ["Reading", "Shortcuts", "read_field"]


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What the owner of a schema knows about its resolvers.

    `direct_attribute` names the attribute that a field's resolver does no more than return;
    `direct_resolver` gives a cheaper function with the same arguments and outcome as it.
    """

    direct_attribute: Callable[[GraphQLField], str | None] = lambda _field: None
    direct_resolver: Callable[[GraphQLField], Callable[..., Any] | None] = lambda _field: None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a field is read: by its resolver if there is one, else directly from the source."""

    resolve: Callable[..., Any] | None = None

    read: Callable[[Any], Any] | None = None
    """A function of the source."""

    expression: str = ""
    """The same in Python: of `source`, and if `by_default` of `get`, which reads a key where the
    source is a mapping and is `None` where it is not."""

    by_default: bool = False
    coerces: bool = False
    """Whether there are arguments that are coerced even though nothing may be called with them."""


def read_field(plan: FieldPlan, field: Field, shortcuts: Shortcuts) -> Reading:
    """Return how the field is read."""
    attribute = shortcuts.direct_attribute(plan.definition)
    if attribute is not None:
        return _read_attribute(attribute)
    resolve = shortcuts.direct_resolver(plan.definition) or plan.definition.resolve
    if resolve is not None:
        return Reading(resolve=resolve)
    return Reading(
        read=partial(_read_by_default, plan.name),
        expression=f"getattr(source, {plan.name!r}, None) if get is None else get({plan.name!r})",
        by_default=True,
        coerces=field.constant_arguments is None,
    )


def _read_attribute(name: str) -> Reading:
    if not name.isidentifier() or iskeyword(name):
        raise ValueError(f"{name!r} cannot be the name of an attribute")
    return Reading(read=attrgetter(name), expression=f"source.{name}")


def _read_by_default(name: str, source: Any) -> Any:
    return source.get(name) if is_mapping[type(source)] else getattr(source, name, None)
