"""How the value of a field is got from its source: by attribute, by default, by a resolver."""

from collections.abc import Callable
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any

from graphql import GraphQLField

from execution.fields import Field
from execution.plan import AbstractOutput, FieldPlan, LeafOutput, ListOutput, ObjectOutput, Output

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
    """The lines that assign `value`, with the constants that they use.

    They may use `source`, `run`, and `here` for the path of the field; `get` too, if `by_default`:
    then it reads a key where the source is a mapping and is `None` where it is not.
    """

    lines: list[str]
    constants: dict[str, Any] = field(default_factory=dict)
    by_default: bool = False
    needs_info: bool = False


def read_field(plan: FieldPlan, field: Field, number: int, shortcuts: Shortcuts) -> Reading:
    """Return how the field is read; the number makes the names of its constants unique."""
    needs_info = plan.output is not None and _needs_info(plan.output)
    attribute = shortcuts.direct_attribute(plan.definition)
    if attribute is not None:
        return Reading([f"value = {_attribute(attribute)}"], needs_info=needs_info)
    resolver = shortcuts.direct_resolver(plan.definition) or plan.definition.resolve
    arguments, constants = _arguments(field, number)
    if resolver is not None:
        call = ", ".join(["source", "info", *([f"**{arguments}"] if arguments else [])])
        return Reading(
            [f"value = resolve_{number}({call})"],
            {**constants, f"resolve_{number}": resolver},
            needs_info=True,
        )
    # The default resolver: it coerces arguments first even if there is nothing to call.
    coercion = [arguments] if arguments and not constants else []
    name = repr(plan.name)
    return Reading(
        [*coercion, f"value = getattr(source, {name}, None) if get is None else get({name})"],
        by_default=True,
        needs_info=needs_info,
    )


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


def _needs_info(output: Output) -> bool:
    """Whether completing the value asks a type's `resolve_type` or `is_type_of`."""
    match output.shape:
        case ListOutput(item):
            return _needs_info(item)
        case ObjectOutput(type_):
            return type_.is_type_of is not None
        case AbstractOutput():
            return True
        case LeafOutput():
            return False
