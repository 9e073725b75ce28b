"""From the fields of a plan to the functions that the generated code calls for them."""

import re
from collections.abc import Mapping
from typing import Final

from execution.blocks import PlainField
from execution.completers import CompleteField, direct_field, introspection_field, resolved_field
from execution.emit import is_plain_leaf
from execution.fields import Field
from execution.plan import (
    AbstractOutput,
    FieldPlan,
    LeafOutput,
    ListOutput,
    ObjectOutput,
    Output,
    Unsupported,
)
from execution.positions import (
    AbstractPosition,
    Complete,
    LeafListPosition,
    LeafPosition,
    ListPosition,
    ObjectPosition,
    Position,
)
from execution.reading import Shortcuts, read_field
from execution.scalars import verbatim

__all__ = ["PreparedField", "bind_field", "bind_plain"]

NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")

Selects = Mapping[int, Complete]
"""The generated functions, by the numbers of their selections."""


class PreparedField:
    """A field of a plan, with a number in the generated code.

    Raises `Unsupported` where one of its names is not a GraphQL name.
    """

    def __init__(self, number: int, plan: FieldPlan, shortcuts: Shortcuts) -> None:
        if not all(NAME.fullmatch(name) for name in (plan.key, plan.name, plan.parent.name)):
            raise Unsupported("invalid name")
        self.number = number
        self.plan = plan
        self.name = f"field_{number}"
        self.comment = f"{plan.name}: {plan.definition.type}"
        self.field = Field(plan)
        self.reading = read_field(plan, self.field, shortcuts)
        self.is_typename = plan.name == "__typename"
        self.is_plain = (
            plan.output is not None
            and is_plain_leaf(plan.output)
            and self.reading.read is not None
            and not self.reading.coerces
        )
        """Whether it is a leaf that is read from its source and put into the response."""


def bind_plain(prepared: PreparedField, selects: Selects) -> PlainField:
    """Return what is needed of a plain field where it is not as expected."""
    plan, reading = prepared.plan, prepared.reading
    assert plan.output is not None
    assert reading.read is not None
    position = _position(prepared.field, plan.output, selects, calls=reading.by_default)
    return PlainField(plan.key, plan.parent.name, position, reading.read)


def bind_field(prepared: PreparedField, selects: Selects) -> CompleteField:
    """Return the function of a field that is not plain."""
    plan, reading = prepared.plan, prepared.reading
    if plan.output is None:
        return introspection_field(plan)
    position = _position(prepared.field, plan.output, selects, calls=reading.by_default)
    if reading.resolve is not None:
        return resolved_field(plan, position, reading.resolve)
    assert reading.read is not None
    return direct_field(plan, position, reading.read, coerces=reading.coerces)


def _position(field: Field, output: Output, selects: Selects, *, calls: bool = False) -> Position:
    match output.shape:
        case LeafOutput() as shape:
            return LeafPosition(field, output, shape, calls=calls)
        case ObjectOutput() as shape:
            return _object_position(field, output, shape, selects, calls=calls)
        case AbstractOutput() as shape:
            objects = {
                name: _object_position(field, output, object_, selects)
                for name, object_ in shape.objects.items()
            }
            return AbstractPosition(field, output, shape, objects, calls=calls)
        case ListOutput(item):
            return _list_position(field, output, item, selects, calls=calls)


def _object_position(
    field: Field, output: Output, shape: ObjectOutput, selects: Selects, *, calls: bool = False
) -> ObjectPosition:
    return ObjectPosition(field, output, shape, selects[shape.selection.number], calls=calls)


def _list_position(
    field: Field, output: Output, item: Output, selects: Selects, *, calls: bool
) -> ListPosition:
    position = _position(field, item, selects)
    if isinstance(item.shape, LeafOutput):
        known = verbatim(item.shape.type)
        if known is not None and not known.limits:
            return LeafListPosition(field, output, position, known.cls, calls=calls)
    return ListPosition(field, output, position, calls=calls)
