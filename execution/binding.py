"""From the fields of a plan to the functions that the generated code calls for them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLLeafType, is_enum_type

from execution.blocks import PlainField
from execution.columns import Column
from execution.completers import (
    CompleteField,
    direct_field,
    introspection_field,
    listed_field,
    resolved_field,
)
from execution.fields import Field
from execution.list_positions import LeafListPosition, ListPosition
from execution.listing import Listing, SingleList
from execution.loads import Selected
from execution.plan import (
    AbstractOutput,
    FieldPlan,
    LeafOutput,
    ListOutput,
    ObjectOutput,
    Output,
    Unsupported,
    selections_of,
)
from execution.positions import (
    AbstractPosition,
    Complete,
    LeafPosition,
    ObjectPosition,
    Position,
)
from execution.reading import Shortcuts, read_field
from execution.scalars import Inline, verbatim

__all__ = ["Bound", "PreparedField", "bind_column", "bind_field", "bind_plain"]

NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


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
        leaf = plan.output.shape if plan.output is not None else None
        self.enum = leaf.type if isinstance(leaf, LeafOutput) and is_enum_type(leaf.type) else None
        self.inline = _inline(leaf.type, shortcuts) if isinstance(leaf, LeafOutput) else None
        self.is_plain = (
            (self.enum is not None or self.inline is not None)
            and self.reading.read is not None
            and not self.reading.coerces
        )
        """Whether it is a leaf that is read from its source and put into the response."""

    @property
    def is_direct(self) -> bool:
        """Whether reading it has no effect, so that it may be read once more."""
        return self.is_plain and not self.reading.by_default

    @property
    def is_static(self) -> bool:
        """Whether its data follow from the source alone, as far as it is not for its selection."""
        output = self.plan.output
        if self.is_plain or self.is_typename:
            return True
        if output is None or isinstance(output.shape, AbstractOutput) or self.reading.coerces:
            return False
        return self.reading.read is not None and not self.reading.by_default

    def is_held(self, within: str | None) -> bool:
        """Whether it is read from what the source holds at an attribute, or loaded by that."""
        reading = self.reading
        if within is None or reading.within != within:
            return False
        if not self.is_plain:
            return reading.loaded is not None
        return reading.of_all is not None

    @property
    def expression(self) -> str:
        """What reads the field, in Python."""
        return self.reading.expression or f"{self.name}_read(source)"


def _inline(type_: GraphQLLeafType, shortcuts: Shortcuts) -> Inline | None:
    """Return how values of the type are serialised in place; `None` if that is not known."""
    known = verbatim(type_)
    return Inline(known.test) if known else shortcuts.scalar(type_)


@dataclass(frozen=True, slots=True)
class Bound:
    """What the functions of fields are bound to."""

    selects: Mapping[int, Complete]
    """The generated functions, by the numbers of their selections."""

    static: frozenset[int]
    """The selections whose data follow from their source alone."""

    direct: frozenset[int]
    """Those of them for which nothing is called that may not be called again."""

    shortcuts: Shortcuts

    listings: Mapping[int, Listing]
    """How lists of objects are completed at once, by the numbers of their selections."""

    selected: Callable[[Iterable[int]], Selected]
    """What is read of the objects of selections."""


def bind_plain(prepared: PreparedField, bound: Bound) -> PlainField:
    """Return what is needed of a plain field where it is not as expected."""
    plan, reading = prepared.plan, prepared.reading
    assert plan.output is not None
    assert reading.read is not None
    position = _position(prepared.field, plan.output, bound, calls=reading.by_default)
    return PlainField(plan.key, plan.parent.name, position, reading.read)


def bind_field(prepared: PreparedField, bound: Bound) -> CompleteField:
    """Return the function of a field that is not plain."""
    plan, reading = prepared.plan, prepared.reading
    if plan.output is None:
        return introspection_field(plan)
    position = _position(prepared.field, plan.output, bound, calls=reading.by_default)
    if reading.resolve is not None:
        return resolved_field(plan, position, reading.resolve)
    assert reading.read is not None
    complete = direct_field(plan, position, reading.read, coerces=reading.coerces)
    held = bound.shortcuts.held_items(plan.definition)
    if held is not None and isinstance(position, ListPosition) and position.listing is not None:
        within, items = held
        if position.listing.within == within:
            return listed_field(plan, position, position.listing, items, complete)
    return complete


def bind_column(prepared: PreparedField, bound: Bound) -> Column:
    """Return a loaded field."""
    plan, loaded = prepared.plan, prepared.reading.loaded
    assert plan.output is not None
    assert loaded is not None
    assert prepared.reading.resolve is not None
    position = _position(prepared.field, plan.output, bound)
    shape = plan.output.shape
    listing = None
    if isinstance(shape, ObjectOutput) and loaded.holds is not None:
        found = bound.listings.get(shape.selection.number)
        listing = found if found is not None and found.within == loaded.holds else None
    selections = {part.number for part in selections_of(plan.output)}
    return Column(
        plan,
        position,
        loaded,
        resolve=resolved_field(plan, position, prepared.reading.resolve),
        shared=selections <= bound.static,
        at_once=selections <= bound.direct,
        listing=listing,
        single_list=_single_list(plan.output, bound),
        selected=bound.selected(selections),
    )


def _single_list(output: Output, bound: Bound) -> SingleList | None:
    """Return how objects are completed of which nothing but a list is selected, if they are."""
    if not isinstance(output.shape, ObjectOutput) or len(output.shape.selection.fields) != 1:
        return None
    (field,) = output.shape.selection.fields
    held = bound.shortcuts.held_items(field.definition)
    if held is None or field.output is None or output.shape.type.is_type_of is not None:
        return None
    within, items = held
    (selection,) = selections_of(field.output)
    listing = bound.listings.get(selection.number)
    if listing is None or listing.within != within:
        return None
    return SingleList(field.key, items, bound.shortcuts.held_together, listing)


def _position(field: Field, output: Output, bound: Bound, *, calls: bool = False) -> Position:
    match output.shape:
        case LeafOutput() as shape:
            return LeafPosition(field, output, shape, calls=calls)
        case ObjectOutput() as shape:
            return _object_position(field, output, shape, bound, calls=calls)
        case AbstractOutput() as shape:
            objects = {
                name: _object_position(field, output, object_, bound)
                for name, object_ in shape.objects.items()
            }
            return AbstractPosition(field, output, shape, objects, calls=calls)
        case ListOutput(item):
            return _list_position(field, output, item, bound, calls=calls)


def _object_position(
    field: Field, output: Output, shape: ObjectOutput, bound: Bound, *, calls: bool = False
) -> ObjectPosition:
    return ObjectPosition(
        field,
        output,
        shape,
        bound.selects[shape.selection.number],
        instances=bound.shortcuts.instances(shape.type),
        calls=calls,
    )


def _list_position(
    field: Field, output: Output, item: Output, bound: Bound, *, calls: bool
) -> ListPosition:
    position = _position(field, item, bound)
    if isinstance(item.shape, LeafOutput):
        known = verbatim(item.shape.type)
        if known is not None and not known.limits:
            return LeafListPosition(field, output, position, known.cls, calls=calls)
    listing = None
    if isinstance(item.shape, ObjectOutput):
        listing = bound.listings.get(item.shape.selection.number)
    return ListPosition(field, output, position, listing=listing, calls=calls)
