"""From a plan to Python source, and to the functions that it defines.

The source has one function for each selection of an object type and one for each list. Nothing in
it was written by a client except response keys, which must be GraphQL names and are printed by
`repr`: resolvers, AST nodes and argument values are bound as constants of the namespace in which
the source is executed.
"""

import re
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLResolveInfo
from graphql.pyutils import Path

from execution.blocks import UNREAD, Block, PlainField
from execution.classes import is_mapping, is_plain, is_sequence
from execution.emit import (
    AS_PATH,
    PlainSpot,
    Spot,
    block_lines,
    catching,
    completion_lines,
    indent,
    is_plain_leaf,
    items_lines,
)
from execution.enums import enum_names
from execution.fields import Field
from execution.plan import (
    AbstractOutput,
    FieldPlan,
    LeafOutput,
    ListOutput,
    ObjectOutput,
    Output,
    SelectionPlan,
    Unsupported,
)
from execution.positions import (
    AbstractPosition,
    LeafPosition,
    ListPosition,
    ObjectPosition,
    Position,
)
from execution.reading import Shortcuts, read_field
from execution.run import Select, serially
from execution.waiting import unfinished

__all__ = ["Generated", "generate"]

NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")

NAMESPACE: Final[dict[str, Any]] = {
    "Info": GraphQLResolveInfo,
    "Path": Path,
    "UNREAD": UNREAD,
    "inf": inf,
    "is_mapping": is_mapping,
    "is_plain": is_plain,
    "is_sequence": is_sequence,
    "new": tuple.__new__,  # makes a named tuple without the call of its own __new__
    "serially": serially,
    "unfinished": unfinished,
}
"""The names that the source of every operation uses."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The source, and the function in it that completes the root object."""

    source: str
    select: Select


def generate(root: SelectionPlan, *, serial: bool, shortcuts: Shortcuts) -> Generated:
    """Generate and execute the source for a plan; `serial` is for mutations.

    Raises `Unsupported` where a response key is not a GraphQL name.
    """
    generator = _Generator(shortcuts)
    name = generator.add_serial_root(root) if serial else generator.add_selection(root, root=True)
    source = "\n\n\n".join("\n".join(lines) for lines in reversed(generator.functions)) + "\n"
    exec(compile(source, "<compiled operation>", "exec"), generator.namespace)
    generator.link()
    return Generated(source, generator.namespace[name])


class _Field:
    """A field for which code is to be written."""

    def __init__(self, number: int, plan: FieldPlan, shortcuts: Shortcuts) -> None:
        for name in (plan.key, plan.name, plan.parent.name):
            if not NAME.fullmatch(name):
                raise Unsupported("invalid name")
        self.number = number
        self.plan = plan
        self.name = f"field_{number}"
        self.field = Field(plan)
        self.reading = read_field(plan, self.field, number, shortcuts)
        self.by_default = self.reading.by_default
        self.needs_info = self.reading.resolves or (
            plan.output is not None and _needs_info(plan.output)
        )

    @property
    def output(self) -> Output:
        assert self.plan.output is not None
        return self.plan.output

    @property
    def is_plain(self) -> bool:
        """Whether it is a leaf that is read from the source and put into the response."""
        return (
            self.plan.output is not None
            and is_plain_leaf(self.plan.output)
            and not self.reading.resolves
            and not self.reading.arguments
        )

    @property
    def needs_path(self) -> bool:
        """Whether the path of its object is used even if all goes well."""
        return not self.is_plain and self.plan.name != "__typename"

    @property
    def comment(self) -> str:
        return f"{self.plan.name}: {self.plan.definition.type}"


class _Generator:
    def __init__(self, shortcuts: Shortcuts) -> None:
        self.functions: list[list[str]] = []
        self.namespace: dict[str, Any] = dict(NAMESPACE)
        self._shortcuts = shortcuts
        self._selections: dict[int, str] = {}
        self._objects: list[tuple[ObjectPosition, str]] = []
        self._lists: list[tuple[ListPosition, str]] = []
        self._fields = 0

    def link(self) -> None:
        """Give the positions the functions that were generated for them."""
        for object_position, function in self._objects:
            object_position.select = self.namespace[function]
        for list_position, function in self._lists:
            list_position.complete_items = self.namespace[function]

    def add_serial_root(self, plan: SelectionPlan) -> str:
        """Add the function of a mutation: each root field is a selection of its own."""
        names = [
            self.add_selection(SelectionPlan(-number, plan.type, (field,)), root=True)
            for number, field in enumerate(plan.fields, 1)
        ]
        call = f"return serially(run, source, ({', '.join([*names, ''])}))"
        self.functions.append(["def serial_root(run, source, where):", *indent([call])])
        return "serial_root"

    def add_selection(self, plan: SelectionPlan, *, root: bool = False) -> str:
        """Add the function that completes the fields of a selection; return its name."""
        if plan.number not in self._selections:
            fields = [self._prepare(field) for field in plan.fields]
            setup = ["out = {}", "waits = []"]
            at = "None" if root else "new(Path, where)"
            if not root and any(field.needs_path for field in fields):
                setup.append(f"at = {AS_PATH}")
                at = "at"
            if any(field.reading.by_default for field in fields):
                setup.append("get = source.get if is_mapping[type(source)] else None")
            body: list[str] = []
            for plain, group in groupby(fields, lambda field: field.is_plain):
                if plain:
                    body += self._block_lines(list(group), at)
                else:
                    for field in group:
                        body += self._field_lines(field, at)
            name = f"select_{plan.type.name}_{len(self._selections) + 1}"
            end = "return unfinished(run, out, waits) if waits else out"
            head = f"def {name}(run, source, where):"
            self.functions.append([head, *indent([*setup, *body, end])])
            self._selections[plan.number] = name
        return self._selections[plan.number]

    def _prepare(self, plan: FieldPlan) -> "_Field":
        self._fields += 1
        return _Field(self._fields, plan, self._shortcuts)

    def _block_lines(self, fields: list["_Field"], at: str) -> list[str]:
        """Return the lines for consecutive plain fields."""
        spots, plain = [], []
        for field in fields:
            position = self._add_position(field.name, field.field, field.output, field.by_default)
            assert field.reading.read is not None
            plain.append(
                PlainField(field.plan.key, field.plan.parent.name, position, field.reading.read)
            )
            spots.append(
                PlainSpot(
                    repr(field.plan.key),
                    f"v{field.number}",
                    field.reading.expression,
                    field.output,
                    self._enum_names(field.output, str(field.number)),
                )
            )
        block = f"block_{fields[0].number}"
        self.namespace[block] = Block(plain)
        values = ", ".join(spot.variable for spot in spots)
        resume = f"{block}.resume(run, source, {at}, out, waits, ({values},){{}})"
        return [f"# {', '.join(field.comment for field in fields)}", *block_lines(spots, resume)]

    def _field_lines(self, field: "_Field", at: str) -> list[str]:
        """Return the lines for a field that is not plain."""
        key, parent = repr(field.plan.key), repr(field.plan.parent.name)
        where, info, setup, reading = f"({at}, {key}, {parent})", "None", [], []
        if field.plan.output is None:
            return [f"# {field.comment}", f"out[{key}] = {self._meta_value(field, where)}"]
        if field.needs_info:
            setup = [f"here = new(Path, {where})"]
            reading = [f"info = new(Info, (*info_{field.number}, here, *run.shared))"]
            where, info = "here", "info"
            self.namespace[f"info_{field.number}"] = field.field.info_head
        reading += [field.reading.arguments] if field.reading.arguments else []
        reading += [f"value = {field.reading.expression}"]
        self.namespace.update(field.reading.constants)
        self._add_position(field.name, field.field, field.output, field.by_default)
        spot = self._spot(field.name, field.output, "value", where, info, str(field.number))
        return [
            f"# {field.comment}",
            *setup,
            *catching(
                [*reading, *completion_lines(spot)],
                f"value = {field.name}.failed(run, error, {where}, waits)",
            ),
            f"out[{key}] = value",
        ]

    def _meta_value(self, field: "_Field", where: str) -> str:
        """Return the expression for `__typename`, or for an introspection field."""
        if field.plan.name == "__typename":
            return repr(field.plan.parent.name)
        self.namespace[field.name] = field.plan
        path = f"new(Path, {where})"
        return f"run.core.execute_field({field.name}.parent, source, {field.name}.details, {path}, None)"

    def _spot(
        self, position: str, output: Output, variable: str, where: str, info: str, suffix: str
    ) -> Spot:
        """Return a spot, having added what its completion uses."""
        arguments = f"run, {variable}, {where}"
        complete = f"{position}.complete_value({arguments}, {info})"
        match output.shape:
            case LeafOutput(GraphQLEnumType()):
                complete = self._enum_names(output, suffix)
            case ObjectOutput(type_, selection) if type_.is_type_of is None:
                complete = f"{self._selections[selection.number]}({arguments})"
            case ListOutput(item):
                complete = f"{self._add_items(position, item, suffix)}({arguments}, {info})"
        return Spot(position, output, variable, where, info, complete)

    def _enum_names(self, output: Output, suffix: str) -> str:
        """Return the name of an enum's names; empty for other types."""
        match output.shape:
            case LeafOutput(GraphQLEnumType() as type_):
                self.namespace[f"names_{suffix}"] = enum_names(type_)
                return f"names_{suffix}"
        return ""

    def _add_items(self, list_position: str, item: Output, suffix: str) -> str:
        """Add the function that completes the items of a list; return its name."""
        position = self.namespace[list_position]
        name = f"items_{suffix}"
        self._add_position(f"item_{suffix}", position.field, item)
        spot = self._spot(
            f"item_{suffix}", item, "item", "(here, index, None)", "info", f"{suffix}_1"
        )
        self.functions.append(items_lines(name, list_position, spot))
        self._lists.append((position, name))
        return name

    def _add_position(
        self, name: str, field: Field, output: Output, calls: bool = False
    ) -> Position:
        position: Position
        match output.shape:
            case LeafOutput() as shape:
                position = LeafPosition(field, output, shape, calls=calls)
            case ObjectOutput() as shape:
                position = self._add_object(field, output, shape, calls=calls)
            case AbstractOutput() as shape:
                objects = {
                    key: self._add_object(field, output, object_)
                    for key, object_ in shape.objects.items()
                }
                position = AbstractPosition(field, output, shape, objects, calls=calls)
            case ListOutput():
                position = ListPosition(field, output, calls=calls)
        self.namespace[name] = position
        return position

    def _add_object(
        self, field: Field, output: Output, shape: ObjectOutput, *, calls: bool = False
    ) -> ObjectPosition:
        position = ObjectPosition(field, output, shape, calls=calls)
        self._objects.append((position, self.add_selection(shape.selection)))
        return position


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
