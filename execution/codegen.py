"""From a plan to Python source, and to the functions that it defines.

There is one function for each selection of an object type. Nothing in the source was written by a
client except response keys, which must be GraphQL names and are printed by `repr`: resolvers, AST
nodes and argument values are bound as constants of the namespace in which it is executed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Any, Final

from execution.binding import Bound, PreparedField, bind_field, bind_plain
from execution.blocks import UNREAD, Block
from execution.classes import is_mapping
from execution.emit import PlainText, block_lines, function_lines
from execution.enums import enum_names
from execution.plan import (
    AbstractOutput,
    FieldPlan,
    ListOutput,
    ObjectOutput,
    Output,
    SelectionPlan,
)
from execution.positions import Complete
from execution.reading import Shortcuts
from execution.run import serially
from execution.waiting import unfinished

__all__ = ["Generated", "generate"]

NAMESPACE: Final[dict[str, Any]] = {
    "UNREAD": UNREAD,
    "inf": inf,
    "is_mapping": is_mapping,
    "serially": serially,
    "unfinished": unfinished,
}
"""The names that the source of every operation uses."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The source, and the function in it that completes the root object."""

    source: str
    select: Complete


def generate(root: SelectionPlan, *, serial: bool, shortcuts: Shortcuts) -> Generated:
    """Generate and execute the source for a plan; `serial` is for mutations.

    Raises `Unsupported` where a response key is not a GraphQL name.
    """
    generator = _Generator(shortcuts)
    name = generator.add_serial_root(root) if serial else generator.add_selection(root)
    source = "\n\n\n".join("\n".join(lines) for lines in generator.functions) + "\n"
    exec(compile(source, "<compiled operation>", "exec"), generator.namespace)
    generator.bind()
    return Generated(source, generator.namespace[name])


class _Generator:
    def __init__(self, shortcuts: Shortcuts) -> None:
        self.functions: list[list[str]] = []
        self.namespace: dict[str, Any] = dict(NAMESPACE)
        self._shortcuts = shortcuts
        self._selections: dict[int, str] = {}
        self._fields: list[PreparedField] = []
        self._blocks: list[list[PreparedField]] = []
        self._static: set[int] = set()

    def add_serial_root(self, plan: SelectionPlan) -> str:
        """Add the function of a mutation: each root field is a selection of its own."""
        body: list[str] = []
        self.functions.append(body)
        names = [
            self.add_selection(SelectionPlan(-number, plan.type, (field,)))
            for number, field in enumerate(plan.fields, 1)
        ]
        body += function_lines(
            "serial_root", [f"return serially(run, source, ({', '.join([*names, ''])}))"]
        )
        return "serial_root"

    def add_selection(self, plan: SelectionPlan) -> str:
        """Add the function that completes the fields of a selection; return its name."""
        if plan.number in self._selections:
            return self._selections[plan.number]
        name = f"select_{plan.type.name}_{len(self._selections) + 1}"
        self._selections[plan.number] = name
        fields = [self._prepare(field) for field in plan.fields]
        if all(field.is_plain or field.is_typename for field in fields):
            self._static.add(plan.number)
        setup = ["out = {}", "waits = []"]
        if any(field.is_plain and field.reading.by_default for field in fields):
            setup.append("get = source.get if is_mapping[type(source)] else None")
        body = list(self._field_lines(fields))
        end = "return unfinished(run, out, waits) if waits else out"
        self.functions.append(function_lines(name, [*setup, *body, end]))
        for selection in (part for field in plan.fields for part in _selections(field.output)):
            self.add_selection(selection)
        return name

    def _prepare(self, plan: FieldPlan) -> PreparedField:
        field = PreparedField(len(self._fields) + 1, plan, self._shortcuts)
        self._fields.append(field)
        return field

    def _field_lines(self, fields: list[PreparedField]) -> Iterator[str]:
        for plain, group in groupby(fields, lambda field: field.is_plain):
            if plain:
                yield from self._block_lines(list(group))
                continue
            for field in group:
                value = (
                    repr(field.plan.parent.name)
                    if field.is_typename
                    else f"{field.name}(run, source, where, out, waits)"
                )
                yield f"out[{field.plan.key!r}] = {value}  # {field.comment}"

    def _block_lines(self, fields: list[PreparedField]) -> list[str]:
        texts = [
            PlainText(
                field.plan.key,
                f"v{field.number}",
                field.expression,
                field.inline,
                self._enum_names(field),
                non_null=field.plan.output is not None and field.plan.output.non_null,
            )
            for field in fields
        ]
        self._blocks.append(fields)
        values = ", ".join(text.variable for text in texts)
        resume = f"block_{fields[0].number}(run, source, where, out, waits, [{values}]"
        return [f"# {', '.join(field.comment for field in fields)}", *block_lines(texts, resume)]

    def _enum_names(self, field: PreparedField) -> str:
        """Return the name of the table of an enum's names; empty for other types."""
        if field.enum is None:
            return ""
        name = f"names_{field.number}"
        self.namespace[name] = enum_names(field.enum)
        return name

    def bind(self) -> None:
        """Bind the functions that those of the source call, which call them in their turn."""
        selects = {number: self.namespace[name] for number, name in self._selections.items()}
        bound = Bound(selects, frozenset(self._static), self._shortcuts)
        for fields in self._blocks:
            block = Block([bind_plain(field, bound) for field in fields])
            self.namespace[f"block_{fields[0].number}"] = block.resume
        for field in self._fields:
            if field.is_plain:
                self._bind_names(field)
            elif not field.is_typename:
                self.namespace[field.name] = bind_field(field, bound)

    def _bind_names(self, field: PreparedField) -> None:
        """Bind what the text of a plain field refers to."""
        self.namespace[f"{field.name}_read"] = field.reading.read
        if field.inline is not None:
            self.namespace.update(field.inline.names)


def _selections(output: Output | None) -> Iterator[SelectionPlan]:
    """Yield the selections to which an output leads."""
    match output and output.shape:
        case ListOutput(item):
            yield from _selections(item)
        case ObjectOutput(_, selection):
            yield selection
        case AbstractOutput(_, objects):
            for object_ in objects.values():
                yield object_.selection
