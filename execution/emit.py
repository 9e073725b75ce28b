"""The lines of generated code that complete a value, by its output type.

The variable holds what a resolver, an attribute or a list gave. What is expected is completed in
place; anything else goes to the position's `unusual`. The code runs in a `try` whose handler calls
the position's `failed`.
"""

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

__all__ = ["Spot", "indent", "is_verbatim", "value_lines"]

UNLIKE: Final[dict[GraphQLLeafType, tuple[object, str]]] = {
    GraphQLString: (serialize_string, "type({0}) is not str"),
    GraphQLID: (serialize_id, "type({0}) is not str"),
    GraphQLBoolean: (serialize_boolean, "type({0}) is not bool"),
    GraphQLInt: (
        serialize_int,
        "(type({0}) is not int or not -2147483648 <= {0} <= 2147483647)",
    ),
    GraphQLFloat: (serialize_float, "(type({0}) is not float or not -inf < {0} < inf)"),
}
"""Scalars that serialise values of one class as they are: the function by which they do, and the
test for all other values."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The names and expressions of the generated code at one position."""

    position: str
    output: Output
    variable: str
    where: str
    info: str

    def call(self, method: str) -> str:
        """Return an assignment to the variable from a method of the position."""
        info = f"{self.info}, " if method == "unusual" else ""
        arguments = f"run, {self.variable}, {self.where}, {info}out, waits"
        return f"{self.variable} = {self.position}.{method}({arguments})"

    @property
    def unless_null(self) -> str:
        """The condition for the values that are left, where null needs nothing done."""
        return "else:" if self.output.non_null else f"elif {self.variable} is not None:"


def indent(lines: list[str], levels: int = 1) -> list[str]:
    """Return the lines indented."""
    return [f"{'    ' * levels}{line}" for line in lines]


def is_verbatim(type_: GraphQLLeafType) -> bool:
    """Return whether the type is a built-in scalar that serialises as it is known to."""
    return type_ in UNLIKE and UNLIKE[type_][0] is type_.coerce_output_value


def value_lines(spot: Spot, complete: str) -> list[str]:
    """Return the lines that complete the variable at the spot.

    `complete` is the expression for an expected value, or, for a leaf, the name of its type, or
    of its names if it is an enum.
    """
    shape = spot.output.shape
    if not isinstance(shape, LeafOutput):
        return _composite_lines(spot, complete)
    if is_verbatim(shape.type):
        return _verbatim_lines(spot, UNLIKE[shape.type][1])
    if isinstance(shape.type, GraphQLEnumType):
        return _enum_lines(spot, complete)
    return _scalar_lines(spot, complete)


def _verbatim_lines(spot: Spot, unlike: str) -> list[str]:
    condition = unlike.format(spot.variable)
    if not spot.output.non_null:
        condition += f" and {spot.variable} is not None"
    return [f"if {condition}:", *indent([spot.call("unusual")])]


def _enum_lines(spot: Spot, complete: str) -> list[str]:
    variable = spot.variable
    return [
        f"name = {complete}.get({variable} if type({variable}) is str else id({variable}))",
        "if name is not None:",
        *indent([f"{variable} = name"]),
        spot.unless_null,
        *indent([spot.call("unusual")]),
    ]


def _scalar_lines(spot: Spot, complete: str) -> list[str]:
    return [
        f"if is_plain[type({spot.variable})]:",
        *indent([f"{spot.variable} = complete_leaf({complete}, {spot.variable})"]),
        *indent([f"if not is_plain[type({spot.variable})]:"]),
        *indent([spot.call("checked")], 2),
        spot.unless_null,
        *indent([spot.call("unusual")]),
    ]


def _composite_lines(spot: Spot, complete: str) -> list[str]:
    return [
        f"if is_plain[type({spot.variable})]:",
        *indent([f"{spot.variable} = {complete}"]),
        *indent([f"if not is_plain[type({spot.variable})]:"]),
        *indent([spot.call("guarded")], 2),
        spot.unless_null,
        *indent([spot.call("unusual")]),
    ]
