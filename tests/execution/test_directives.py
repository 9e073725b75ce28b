"""`@skip` and `@include`, by literals and by variables."""

from itertools import product
from typing import Any

import pytest
from graphql import build_schema, parse

from execution import Unsupported, compile_operation
from execution.operation import MAX_VARIANTS
from tests.execution.differential import Both, assert_same

SCHEMA = build_schema("type Query { a: String b: String next: Query! list: [Query!] }")
ROOT: dict[str, Any] = {"a": "a", "b": "b"}
ROOT |= {"next": ROOT, "list": [ROOT, ROOT]}

LITERALS = [
    "{ a @skip(if: true) b @include(if: false) }",
    "{ a @skip(if: false) @include(if: true) b @skip(if: true) @include(if: true) }",
    "{ ... @skip(if: true) { a } ... @include(if: true) { b } }",
    "{ ...F @skip(if: true) ...F next { ...F @include(if: false) a } } fragment F on Query { b }",
    "{ a @skip(if: true) b a }",
    "{ next { a } next @skip(if: true) { b } }",
    "{ next @skip(if: false) { a @skip(if: true) } }",
]


@pytest.mark.parametrize("query", LITERALS)
async def test_literals(query: str) -> None:
    await assert_same(SCHEMA, query, root_value=ROOT)


async def test_every_choice_of_two_variables() -> None:
    both = Both(
        SCHEMA,
        """
        query ($x: Boolean!, $y: Boolean = true) {
          a @include(if: $x) next @skip(if: $y) { a b @include(if: $x) } b ... @skip(if: $x) { a }
          next { ...F @include(if: $y) } list { ...F a @skip(if: $x) }
        }
        fragment F on Query { b next { a @skip(if: $x) b @include(if: $y) } }
        """,
    )
    for x, y in product((True, False), (True, False, None, "absent")):
        variables = {"x": x} | ({} if y == "absent" else {"y": y})
        await both.assert_same(root_value=ROOT, variable_values=variables)
    for variables in ({}, {"x": None}, {"x": "true"}):
        await both.assert_same(root_value=ROOT, variable_values=variables)


async def test_more_choices_than_are_compiled() -> None:
    names = "abcdef"
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: a @skip(if: ${name})" for name in names)
    both = Both(SCHEMA, f"query ({declared}) {{ {fields} }}")
    for choice in product((True, False), repeat=len(names)):
        await both.assert_same(
            root_value=ROOT, variable_values=dict(zip(names, choice, strict=True))
        )
    assert both.source.count("def ") <= MAX_VARIANTS


@pytest.mark.parametrize(
    "query",
    ["{ ... @defer { a } }", "{ list @stream { a } }", "{ ...F @defer } fragment F on Query { a }"],
)
def test_incremental_delivery_is_left_to_graphql_core(query: str) -> None:
    with pytest.raises(Unsupported, match="incremental delivery"):
        compile_operation(SCHEMA, parse(query))


def test_other_directives_that_change_execution() -> None:
    query = "query @experimental_disableErrorPropagation { a }"
    with pytest.raises(Unsupported, match="error propagation disabled"):
        compile_operation(SCHEMA, parse(query))
    query = "{ ...F(x: 1) } fragment F($x: Int) on Query { a }"
    with pytest.raises(Unsupported, match="fragment variables"):
        compile_operation(SCHEMA, parse(query, experimental_fragment_arguments=True))


async def test_a_directive_without_its_argument() -> None:
    with pytest.raises(Unsupported, match="invalid directive"):
        compile_operation(SCHEMA, parse("{ a @skip }"))
