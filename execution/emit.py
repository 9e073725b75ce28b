"""The text of the generated functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from execution.scalars import Inline

__all__ = ["PlainText", "all_lines", "block_lines", "function_lines", "result"]


@dataclass(frozen=True, slots=True)
class PlainText:
    """What stands for a plain field in the text: a leaf that is read from its source."""

    key: str
    variable: str
    expression: str
    inline: Inline | None
    """How values of a scalar are serialised."""

    names: str
    """The table of the names of an enum."""

    non_null: bool


def indent(lines: Sequence[str], levels: int = 1) -> list[str]:
    """Return the lines indented."""
    return [f"{'    ' * levels}{line}" for line in lines]


def function_lines(name: str, body: Sequence[str]) -> list[str]:
    """Return the function of a selection."""
    return [f"def {name}(run, source, where, info):", *indent(body)]


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
        stores.append(f"out[{field.key!r}] = {result(field)}")
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


def all_lines(
    name: str, fields: Sequence[PlainText], entries: Sequence[str], gathered: Mapping[str, str]
) -> list[str]:
    """Return the function that makes the data of all objects of a list.

    `entries` are those of each object's data. `gathered` are the variables of the fields, with what
    reads each for all at once; it is empty where they are read from one source after the other.
    """
    items = ", ".join(gathered.values()) or "sources"
    if len(gathered) > 1:
        items = f"zip({items}, strict=True)"
    loop = f"for {', '.join(gathered) or 'source'} in {items}:"
    body = [line for field in fields for line in _reads(field)]
    tests = " and ".join(map(_test, fields))
    body += [f"if not ({tests}):", "    return None"] if fields else []
    body += [f"out.append({{{', '.join(entries)}}})"]
    return [f"def {name}(sources):", *indent(["out = []", loop, *indent(body), "return out"])]


def result(field: PlainText) -> str:
    """Return what puts the value that was read into the response."""
    if field.inline is None:
        return f"{field.variable}_name"
    text = field.inline.result.format(field.variable)
    if field.non_null or text == field.variable:
        return text
    return f"None if {field.variable} is None else {text}"


def _reads(field: PlainText) -> list[str]:
    variable = field.variable
    reads = [f"{variable} = {field.expression}"] if field.expression else []
    if field.names:
        key = f"{variable} if type({variable}) is str else id({variable})"
        reads.append(f"{variable}_name = {field.names}.get({key})")
    return reads


def _test(field: PlainText) -> str:
    known, variable = field.inline, field.variable
    test = known.test.format(variable) if known else f"{result(field)} is not None"
    return test if field.non_null else f"({test} or {variable} is None)"
