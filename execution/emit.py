"""The text of the generated functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import GraphQLEnumType

from execution.plan import LeafOutput, Output
from execution.scalars import verbatim

__all__ = ["PlainText", "block_lines", "function_lines", "is_plain_leaf"]


@dataclass(frozen=True, slots=True)
class PlainText:
    """What stands for a plain field in the text: a leaf that is read from its source."""

    key: str
    variable: str
    expression: str
    output: Output
    names: str
    """The table of the names of an enum."""


def indent(lines: Sequence[str], levels: int = 1) -> list[str]:
    """Return the lines indented."""
    return [f"{'    ' * levels}{line}" for line in lines]


def function_lines(name: str, body: Sequence[str]) -> list[str]:
    """Return the function of a selection."""
    return [f"def {name}(run, source, where, info):", *indent(body)]


def is_plain_leaf(output: Output) -> bool:
    """Return whether values of the type can be put into the response after a mere test."""
    shape = output.shape
    return isinstance(shape, LeafOutput) and (
        isinstance(shape.type, GraphQLEnumType) or verbatim(shape.type) is not None
    )


def block_lines(fields: Sequence[PlainText], resume: str) -> list[str]:
    """Return the lines that read consecutive plain fields and put them into `out`.

    `resume` is the call for when one of them is not as expected, less the end of its arguments.
    """
    reads: list[str] = []
    tests: list[str] = []
    stores: list[str] = []
    for field in fields:
        reads += _reads(field)
        tests.append(_test(field))
        stores.append(f"out[{field.key!r}] = {_result(field)}")
    unread = " = ".join([*(field.variable for field in fields), "UNREAD"])
    return [
        unread,
        "try:",
        *indent(reads),
        "except Exception as error:",
        *indent([f"{resume}, error)"]),
        "else:",
        *indent([f"if {' and '.join(tests)}:", *indent(stores), "else:", f"    {resume})"]),
    ]


def _result(field: PlainText) -> str:
    return f"{field.variable}_name" if field.names else field.variable


def _reads(field: PlainText) -> list[str]:
    variable = field.variable
    reads = [f"{variable} = {field.expression}"]
    if field.names:
        key = f"{variable} if type({variable}) is str else id({variable})"
        reads.append(f"{variable}_name = {field.names}.get({key})")
    return reads


def _test(field: PlainText) -> str:
    assert isinstance(field.output.shape, LeafOutput)
    known = verbatim(field.output.shape.type)
    test = known.test.format(field.variable) if known else f"{_result(field)} is not None"
    return test if field.output.non_null else f"({test} or {field.variable} is None)"
