"""From a plan to Python source, and to the functions that it defines.

There is one function for each selection of an object type. Nothing in the source was written by a
client except response keys, which must be GraphQL names and are printed by `repr`: resolvers, AST
nodes and argument values are bound as constants of the namespace in which it is executed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Any, Final

from execution.binding import Bound, PreparedField, bind_column, bind_field, bind_plain
from execution.blocks import UNREAD, Block
from execution.classes import is_mapping
from execution.columns import Column
from execution.emit import PlainText, all_lines, block_lines, function_lines, result
from execution.enums import enum_names
from execution.listing import Listing
from execution.plan import FieldPlan, SelectionPlan, selections_of
from execution.positions import Complete
from execution.reading import Shortcuts
from execution.run import serially
from execution.selections import Selections
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


@dataclass(frozen=True, slots=True)
class _Listed:
    """A generated function for lists of objects of a selection: see `Listing`."""

    number: int
    name: str
    within: str | None
    instances: type
    fields: list[PreparedField]


class _Generator:
    def __init__(self, shortcuts: Shortcuts) -> None:
        self.functions: list[list[str]] = []
        self.namespace: dict[str, Any] = dict(NAMESPACE)
        self._shortcuts = shortcuts
        self._selections: dict[int, str] = {}
        self._fields: list[PreparedField] = []
        self._blocks: list[list[PreparedField]] = []
        self._prepared: dict[int, list[PreparedField]] = {}
        self._listed: list[_Listed] = []

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
        self._prepared[plan.number] = fields
        setup = ["out = {}", "waits = []"]
        if any(field.is_plain and field.reading.by_default for field in fields):
            setup.append("get = source.get if is_mapping[type(source)] else None")
        self._add_listing(f"all_{name}", plan, fields)
        body = list(self._field_lines(fields))
        end = "return unfinished(run, out, waits) if waits else out"
        self.functions.append(function_lines(name, [*setup, *body, end]))
        for selection in (part for field in plan.fields for part in selections_of(field.output)):
            self.add_selection(selection)
        return name

    def _add_listing(self, name: str, plan: SelectionPlan, fields: list[PreparedField]) -> None:
        """Add the function that completes lists of such objects at once, if there can be one."""
        instances = self._shortcuts.instances(plan.type)
        if instances is None:
            return
        read = [field for field in fields if not field.is_typename]
        within = next((field.reading.within for field in read), None)
        if not all(field.is_held(within) for field in read):
            within = None
        if within is None and not all(field.is_direct for field in read):
            return
        texts = {
            field: self._plain_text(field, "" if within else field.expression)
            for field in read
            if field.is_plain
        }
        gathered = {
            text.variable: f"{field.name}_all(sources)"
            for field, text in texts.items()
            if not text.expression
        }
        entries = [
            f"{field.plan.key!r}: {self._entry(field, texts.get(field))}" for field in fields
        ]
        self.functions.append(all_lines(name, list(texts.values()), entries, gathered))
        self._listed.append(_Listed(plan.number, name, within, instances, fields))

    @staticmethod
    def _entry(field: PreparedField, text: PlainText | None) -> str:
        if text is not None:
            return result(text)
        return repr(field.plan.parent.name) if field.is_typename else "None"

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
        texts = [self._plain_text(field, field.expression) for field in fields]
        self._blocks.append(fields)
        values = ", ".join(text.variable for text in texts)
        resume = f"block_{fields[0].number}(run, source, where, out, waits, [{values}]"
        return [f"# {', '.join(field.comment for field in fields)}", *block_lines(texts, resume)]

    def _plain_text(self, field: PreparedField, expression: str) -> PlainText:
        return PlainText(
            field.plan.key,
            f"v{field.number}",
            expression,
            field.inline,
            self._enum_names(field),
            non_null=field.plan.output is not None and field.plan.output.non_null,
        )

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
        listings = {
            listed.number: Listing(self.namespace[listed.name], listed.within, listed.instances)
            for listed in self._listed
        }
        static = self._wholly(lambda field: field.is_static)
        direct = self._wholly(lambda field: field.is_static and not field.reading.by_default)
        bound = Bound(
            selects, static, direct, self._shortcuts, listings, Selections(self._prepared).together
        )
        columns = {
            field.number: bind_column(field, bound)
            for field in self._fields
            if field.reading.loaded is not None
        }
        for listed in self._listed:
            listings[listed.number].columns += _columns_of(listed.fields, columns)
        for field in self._fields:
            if field.number in columns:
                below = _columns_of(self._below(field), columns)
                columns[field.number].nested += [each for each in below if each.has_request]
        for fields in self._blocks:
            block = Block([bind_plain(field, bound) for field in fields])
            self.namespace[f"block_{fields[0].number}"] = block.resume
        for field in self._fields:
            if field.is_plain:
                self._bind_names(field)
            elif field.number in columns:
                self.namespace[field.name] = columns[field.number].complete_field
            elif not field.is_typename:
                self.namespace[field.name] = bind_field(field, bound)

    def _below(self, field: PreparedField) -> Iterator[PreparedField]:
        """Yield the fields of a field's value, and of the items that it has."""
        for part in selections_of(field.plan.output):
            for each in self._prepared[part.number]:
                yield each
                if each.reading.hands_on:
                    yield from self._below(each)

    def _wholly(self, fits: Callable[[PreparedField], bool]) -> frozenset[int]:
        """Return the selections whose fields, and those below them, are all like this."""
        known: dict[int, bool] = {}

        def is_so(number: int) -> bool:
            if number not in known:
                known[number] = all(
                    fits(field)
                    and all(is_so(part.number) for part in selections_of(field.plan.output))
                    for field in self._prepared[number]
                )
            return known[number]

        return frozenset(number for number in self._prepared if is_so(number))

    def _bind_names(self, field: PreparedField) -> None:
        """Bind what the text of a plain field refers to."""
        self.namespace[f"{field.name}_read"] = field.reading.read
        self.namespace[f"{field.name}_all"] = field.reading.of_all
        if field.inline is not None:
            self.namespace.update(field.inline.names)


def _columns_of(fields: Iterable[PreparedField], columns: Mapping[int, Column]) -> list[Column]:
    """Return the columns among fields."""
    return [columns[field.number] for field in fields if field.number in columns]
