"""The text of generated code.

A variable holds what a resolver, an attribute or a list gave. What is expected is completed in
place, and anything else is left to the `unusual` of its position. Errors go to the position's
`failed`, which returns null or raises.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.type.scalars import (
    serialize_boolean,
    serialize_float,
    serialize_id,
    serialize_int,
    serialize_string,
)

from execution.plan import LeafOutput, Output

__all__ = [
    "AS_PATH",
    "PlainSpot",
    "Spot",
    "block_lines",
    "catching",
    "completion_lines",
    "indent",
    "is_plain_leaf",
    "items_lines",
]

AS_PATH: Final = "where if type(where) is Path else new(Path, where)"

VERBATIM: Final[dict[GraphQLLeafType, tuple[object, str]]] = {
    GraphQLString: (serialize_string, "type({0}) is str"),
    GraphQLID: (serialize_id, "type({0}) is str"),
    GraphQLBoolean: (serialize_boolean, "type({0}) is bool"),
    GraphQLInt: (serialize_int, "type({0}) is int and -2147483648 <= {0} <= 2147483647"),
    GraphQLFloat: (serialize_float, "type({0}) is float and -inf < {0} < inf"),
}
"""Scalars that serialise values of one class as they are: the function by which they do, and the
test for such values."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The names and expressions that generated code uses at one position."""

    position: str
    output: Output
    variable: str
    where: str
    info: str
    complete: str
    """The expression that completes a value; for an enum, the name of its names."""

    @property
    def unusual(self) -> str:
        """The statement that leaves the value to the position."""
        arguments = f"run, {self.variable}, {self.where}, {self.info}, out, waits"
        return f"{self.variable} = {self.position}.unusual({arguments})"


@dataclass(frozen=True, slots=True)
class PlainSpot:
    """One plain field of a block: what reads it, and the name of its names if it is an enum."""

    key: str
    variable: str
    expression: str
    output: Output
    names: str


def indent(lines: list[str], levels: int = 1) -> list[str]:
    """Return the lines indented."""
    return [f"{'    ' * levels}{line}" for line in lines]


def catching(lines: list[str], statement: str) -> list[str]:
    """Return the lines with a statement for when they raise an `error`."""
    return ["try:", *indent(lines), "except Exception as error:", *indent([statement])]


def is_verbatim(type_: GraphQLLeafType) -> bool:
    """Return whether the type is a built-in scalar that serialises as it is known to."""
    return type_ in VERBATIM and VERBATIM[type_][0] is type_.coerce_output_value


def is_plain_leaf(output: Output) -> bool:
    """Return whether values of the type can be put into the response after a mere test."""
    shape = output.shape
    return isinstance(shape, LeafOutput) and (
        isinstance(shape.type, GraphQLEnumType) or is_verbatim(shape.type)
    )


def _test(output: Output, variable: str, name: str) -> str:
    """Return the test for a plain leaf; for an enum, its name has been looked up."""
    assert isinstance(output.shape, LeafOutput)
    type_ = output.shape.type
    test = VERBATIM[type_][1].format(variable) if is_verbatim(type_) else f"{name} is not None"
    return test if output.non_null else f"({test} or {variable} is None)"


def _look_up(names: str, variable: str) -> str:
    return f"{names}.get({variable} if type({variable}) is str else id({variable}))"


def block_lines(fields: Sequence[PlainSpot], resume: str) -> list[str]:
    """Return the lines that read plain fields and put them into `out`.

    `resume` is the statement for when one of them is not as expected, with the keyword arguments
    of the error to be added.
    """
    reads, tests, stores = [], [], []
    for field in fields:
        reads.append(f"{field.variable} = {field.expression}")
        name = field.variable
        if field.names:
            name = f"name_{field.variable}"
            reads.append(f"{name} = {_look_up(field.names, field.variable)}")
        tests.append(_test(field.output, field.variable, name))
        stores.append(f"out[{field.key}] = {name}")
    unread = " = ".join(field.variable for field in fields)
    return [
        f"{unread} = UNREAD",
        *catching(reads, resume.format(", error")),
        "else:",
        *indent([f"if {' and '.join(tests)}:"]),
        *indent(stores, 2),
        *indent(["else:", *indent([resume.format("")])]),
    ]


def completion_lines(spot: Spot) -> list[str]:
    """Return the lines that complete the variable at the spot."""
    variable, shape = spot.variable, spot.output.shape
    if isinstance(shape, LeafOutput):
        if is_verbatim(shape.type):
            test = _test(spot.output, variable, "")
            return [f"if not ({test}):", *indent([spot.unusual])]
        if isinstance(shape.type, GraphQLEnumType):
            return [
                f"name = {_look_up(spot.complete, variable)}",
                f"if {_test(spot.output, variable, 'name')}:",
                *indent([f"{variable} = name"]),
                "else:",
                *indent([spot.unusual]),
            ]
    null = "" if spot.output.non_null else f" and {variable} is not None"
    return [
        f"if is_plain[type({variable})]:",
        *indent([f"{variable} = {spot.complete}"]),
        f"if not is_plain[type({variable})]{null}:",
        *indent([spot.unusual]),
    ]


def items_lines(name: str, list_position: str, spot: Spot) -> list[str]:
    """Return the function that completes the items of a list."""
    failed = f"item = {spot.position}.failed(run, error, {spot.where}, waits, items)"
    return [
        f"def {name}(run, value, where, info):",
        "    if not is_sequence[type(value)]:",
        f"        return {list_position}.leave_to_core(run, value, where, info)",
        f"    here = {AS_PATH}",
        "    out = []",
        "    waits = []",
        "    items = iter(value)",
        "    for index, item in enumerate(items):",
        *indent(catching(completion_lines(spot), failed), 2),
        "        out.append(item)",
        "    return unfinished(run, out, waits) if waits else out",
    ]
