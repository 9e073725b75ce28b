"""From a plan to Python source, and to the functions that it defines.

The source has one function for each selection of an object type and one for each list. Nothing in
it was written by a client except response keys, which must be GraphQL names and are printed by
`repr`: resolvers, AST nodes and argument values are bound as constants of the namespace in which
the source is executed.
"""

import re
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLResolveInfo
from graphql.execution import Executor as CoreExecutor
from graphql.pyutils import Path

from execution.classes import is_mapping, is_plain, is_sequence
from execution.emit import Spot, indent, value_lines
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
from execution.reading import Reading, Shortcuts, read_field
from execution.run import Select, serially
from execution.waiting import unfinished

__all__ = ["Generated", "generate"]

NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")

NAMESPACE: Final[dict[str, Any]] = {
    "Info": GraphQLResolveInfo,
    "Path": Path,
    "complete_leaf": CoreExecutor.complete_leaf_value,
    "inf": inf,
    "is_mapping": is_mapping,
    "is_plain": is_plain,
    "is_sequence": is_sequence,
    "new": tuple.__new__,  # makes a named tuple without the call of its own __new__
    "serially": serially,
    "unfinished": unfinished,
}
"""The names that the source of every operation uses."""

AS_PATH: Final = "where if type(where) is Path else new(Path, where)"


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


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    plan: FieldPlan
    field: Field
    reading: Reading

    @property
    def needs_path(self) -> bool:
        """Whether the path of the object is used even if all goes well."""
        output = self.plan.output
        if output is None:
            return self.plan.name != "__typename"
        return self.reading.needs_info or not isinstance(output.shape, LeafOutput)


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
            body = [line for field in fields for line in self._field_lines(field, at)]
            end = ["return unfinished(run, out, waits) if waits else out"]
            name = f"select_{_checked(plan.type.name)}_{len(self._selections) + 1}"
            head = f"def {name}(run, source, where):"
            self.functions.append([head, *indent([*setup, *body, *end])])
            self._selections[plan.number] = name
        return self._selections[plan.number]

    def _prepare(self, plan: FieldPlan) -> "_Field":
        self._fields += 1
        field = Field(plan)
        return _Field(
            self._fields, plan, field, read_field(plan, field, self._fields, self._shortcuts)
        )

    def _field_lines(self, field: "_Field", at: str) -> list[str]:
        plan, number = field.plan, field.number
        key, parent = repr(_checked(plan.key)), repr(_checked(plan.parent.name))
        path = f"({at}, {key}, {parent})"
        comment = f"# {_checked(plan.name)}: {plan.definition.type}"
        if plan.output is None:
            return [comment, f"out[{key}] = {self._meta_value(field, path)}"]
        name = f"field_{number}"
        self.namespace.update(field.reading.constants)
        self._add_position(name, field.field, plan.output, calls=field.reading.by_default)
        setup, reading, where, info = [comment], field.reading.lines, path, "None"
        if field.reading.needs_info:
            setup.append(f"here = new(Path, {path})")
            self.namespace[f"info_{number}"] = field.field.info_head
            reading = [f"info = new(Info, (*info_{number}, here, *run.shared))", *reading]
            where, info = "here", "info"
        spot = Spot(name, plan.output, "value", where, info)
        return [
            *setup,
            "try:",
            *indent([*reading, *value_lines(spot, self._completion(spot, str(number)))]),
            "except Exception as error:",
            *indent([f"value = {name}.failed(run, error, {where}, waits)"]),
            f"out[{key}] = value",
        ]

    def _meta_value(self, field: "_Field", path: str) -> str:
        """Return the expression for `__typename`, or for an introspection field."""
        if field.plan.name == "__typename":
            return repr(field.plan.parent.name)
        name = f"field_{field.number}"
        self.namespace[name] = field.plan
        path = f"new(Path, {path})"
        return f"run.core.execute_field({name}.parent, source, {name}.details, {path}, None)"

    def _completion(self, spot: Spot, suffix: str) -> str:
        """Return the expression that completes an expected value, having added what it uses."""
        arguments = f"run, {spot.variable}, {spot.where}"
        match spot.output.shape:
            case LeafOutput(GraphQLEnumType() as type_):
                self.namespace[f"names_{suffix}"] = enum_names(type_)
                return f"names_{suffix}"
            case LeafOutput(type_):
                self.namespace[f"type_{suffix}"] = type_
                return f"type_{suffix}"
            case ObjectOutput(type_, selection) if type_.is_type_of is None:
                return f"{self._selections[selection.number]}({arguments})"
            case ListOutput(item):
                function = self._add_items(spot.position, item, suffix)
                return f"{function}({arguments}, {spot.info})"
        return f"{spot.position}.complete_value({arguments}, {spot.info})"

    def _add_items(self, list_name: str, item: Output, suffix: str) -> str:
        """Add the function that completes the items of a list; return its name."""
        list_position = self.namespace[list_name]
        name, position = f"items_{suffix}", f"item_{suffix}"
        self._add_position(position, list_position.field, item)
        where = "(here, index, None)"
        spot = Spot(position, item, "item", where, "info")
        completion = value_lines(spot, self._completion(spot, f"{suffix}_1"))
        failed = f"item = {position}.failed(run, error, {where}, waits, items)"
        self.functions.append(
            [
                f"def {name}(run, value, where, info):",
                "    if not is_sequence[type(value)]:",
                f"        return {list_name}.leave_to_core(run, value, where, info)",
                f"    here = {AS_PATH}",
                "    out = []",
                "    waits = []",
                "    items = iter(value)",
                "    for index, item in enumerate(items):",
                "        try:",
                *indent(completion, 3),
                "        except Exception as error:",
                f"            {failed}",
                "        out.append(item)",
                "    return unfinished(run, out, waits) if waits else out",
            ]
        )
        self._lists.append((list_position, name))
        return name

    def _add_position(
        self, name: str, field: Field, output: Output, *, calls: bool = False
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


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Unsupported("invalid name")
    return name
