"""How the value of a field is got from its source: by attribute, by default, by a resolver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from keyword import iskeyword
from typing import Any

from graphql import GraphQLField

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
    """The expression that reads a field, with the constants that it uses.

    It may use `source` and `run`; `info` too if it `resolves`; and `get` if it is `by_default`:
    a function that reads a key where the source is a mapping, and `None` where it is not.
    """

    expression: str
    constants: dict[str, Any] = field(default_factory=dict)
    by_default: bool = False
    arguments: str = ""
    """For a field that is read by default and has arguments: they are coerced even so."""

    read: Callable[[Any], Any] | None = None
    """What the expression does, as a function of the source; `None` for a resolver."""

    @property
    def resolves(self) -> bool:
        """Whether a resolver is called."""
        return self.read is None


def read_field(plan: FieldPlan, field: Field, number: int, shortcuts: Shortcuts) -> Reading:
    """Return how the field is read; the number makes the names of its constants unique."""
    attribute = shortcuts.direct_attribute(plan.definition)
    if attribute is not None:
        return Reading(_attribute(attribute), read=partial(_read_attribute, attribute))
    resolver = shortcuts.direct_resolver(plan.definition) or plan.definition.resolve
    arguments, constants = _arguments(field, number)
    if resolver is not None:
        given = f", **{arguments}" if arguments else ""
        constants[f"resolve_{number}"] = resolver
        return Reading(f"resolve_{number}(source, info{given})", constants)
    name = repr(plan.name)
    return Reading(
        f"getattr(source, {name}, None) if get is None else get({name})",
        by_default=True,
        arguments="" if constants else arguments,
        read=partial(_read_by_default, plan.name),
    )


def _read_attribute(name: str, source: Any) -> Any:
    return getattr(source, name)


def _read_by_default(name: str, source: Any) -> Any:
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def _attribute(name: str) -> str:
    if name.isidentifier() and not iskeyword(name):
        return f"source.{name}"
    return f"getattr(source, {name!r})"


def _arguments(field: Field, number: int) -> tuple[str, dict[str, Any]]:
    """Return the expression for the arguments, empty where there are none, and its constants."""
    if field.constant_arguments is None:
        return f"field_{number}.field.arguments(run)", {}
    if not field.constant_arguments:
        return "", {}
    return f"args_{number}", {f"args_{number}": field.constant_arguments}
