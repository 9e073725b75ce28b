"""Arguments and variables: literals, defaults, what is missing and what is wrong."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from tests.execution.differential import Both, assert_same

SCHEMA = build_schema(
    """
    scalar Any
    enum E { A B }
    input In { a: Int = 1, b: [String!], c: In, d: E = A, e: Any }
    input One @oneOf { a: Int b: String }
    input Leaves { a: Int = 1, b: String!, c: ID, d: E! = A, e: Any, f: Boolean }
    type Query {
      plain(int: Int, float: Float, string: String, id: ID, boolean: Boolean, enum: E): String
      defaults(int: Int = 5, nullable: Int! = 6, list: [Int!] = [1, 2], in: In = {b: ["x"]}): String
      required(int: Int!, in: In!): String
      lists(nested: [[Int]], one: [Int!]! = [3]): String
      in(in: In): String   one(one: One!): String   any(any: Any): String
      leaves(in: Leaves!): String
      echo: [Query!]
    }
    """
)
ROOT: dict[str, Any] = {"echo": [{}, {}]}


def _echo(_source: Any, _info: Any, **arguments: Any) -> str:
    return repr(arguments)


for _name, _field in SCHEMA.query_type.fields.items():  # type: ignore[union-attr]
    if _name != "echo":
        _field.resolve = _echo

LITERALS = [
    "{ plain p: plain(int: 1, float: 2, string: \"s\\u00e9\", id: 7, boolean: true, enum: B) }",
    "{ plain(int: null, float: null, string: null, id: null, boolean: null, enum: null) }",
    "{ defaults d: defaults(int: null, list: [], in: null) e: defaults(nullable: 1, in: {}) }",
    "{ required(int: 1, in: {c: {c: {b: \"one\"}}}) }",
    "{ lists(nested: [[1, null], null, 2]) l: lists(nested: 1, one: 2) }",
    "{ in i: in(in: {a: 2, b: [\"x\", \"y\"], d: B, e: {k: [1, 2.5, \"z\", ENUM, true, null]}}) }",
    "{ one(one: {a: 1}) two: one(one: {b: \"b\"}) }",
    "{ any(any: {a: 1}) b: any(any: [1, \"x\"]) c: any(any: null) d: any }",
    "{ echo { in(in: {b: [\"x\"]}) defaults plain(int: 3) } }",
]  # fmt: skip


@pytest.mark.parametrize("query", LITERALS)
async def test_literals(query: str) -> None:
    await assert_same(SCHEMA, query, root_value=ROOT)


VARIABLES: list[tuple[str, list[dict[str, Any]]]] = [
    (
        "query ($a: Int, $b: String = \"b\", $c: Boolean! = true, $e: E) {"
        " plain(int: $a, string: $b, boolean: $c, enum: $e) echo { plain(int: $a) } }",
        [{}, {"a": 1}, {"a": None, "b": None, "e": "A"}, {"a": "x"}, {"c": None}, {"e": "C"},
         {"a": 2**40}, {"a": 1.0, "b": 5}, {"other": 1}],
    ),
    (
        "query ($a: Int, $n: Int = 7, $l: [Int!], $i: In) {"
        " defaults(int: $a, nullable: $n, list: $l, in: $i) }",
        [{}, {"a": None, "l": None, "i": None}, {"n": None}, {"l": [1]}, {"l": 1}, {"l": [None]},
         {"i": {"b": "x", "c": {"a": "bad"}}}, {"i": {"zzz": 1}}, {"i": {"c": {"c": {"c": {}}}}}],
    ),
    (
        "query ($a: Int!, $i: In!) { required(int: $a, in: $i) }",
        [{}, {"a": 1}, {"a": None, "i": {}}, {"a": 1, "i": {}}, {"a": 1, "i": "x"},
         {"a": [], "i": []}],
    ),
    (
        "query ($x: Int, $s: String!, $l: [Int]) {"
        " in(in: {a: $x, b: [$s, \"t\"], c: {a: $x}}) lists(nested: [$l, [$x]], one: [1]) }",
        [{"s": "s"}, {"s": "s", "x": 4, "l": [1, None]}, {"s": "s", "x": None}],
    ),
    (
        "query ($i: Leaves!) { leaves(in: $i) }",
        [{}, {"i": None}, {"i": []}, {"i": {}}, {"i": {"b": None}}, {"i": {"b": "b"}},
         {"i": {"f": True, "e": [1, {"k": None}], "d": "B", "c": "c", "b": "b", "a": 2}},
         {"i": {"b": "b", "a": None, "c": None, "e": None, "f": None}},
         {"i": {"b": "b", "d": None}}, {"i": {"b": "b", "d": "C"}}, {"i": {"b": 5}},
         {"i": {"b": "b", "c": 7, "a": 3.0}}, {"i": {"b": "b", "f": "no"}},
         {"i": {"b": "b", "zzz": 1}}, {"i": {"b": "b", "a": "x", "zzz": 1}}],
    ),
    ("query ($i: Leaves = {b: \"b\"}) { leaves(in: $i) }", [{}, {"i": None}, {"i": {"b": "x"}}]),
    ("query ($o: One!) { one(one: $o) }", [{"o": {"a": 1}}, {"o": {"a": 1, "b": "x"}}, {"o": {}}]),
    ("query ($a: Int!) { one(one: {a: $a}) }", [{"a": 1}, {}]),
    ("query ($a: Any = {k: 1}) { any(any: $a) b: any(any: [$a]) }", [{}, {"a": [1]}, {"a": None}]),
    (
        "query ($l: [Int!]! = [1, 2]) { lists(one: $l) }",
        [{}, {"l": []}, {"l": [None]}, {"l": None}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "given"), VARIABLES)
async def test_variables(query: str, given: list[dict[str, Any]]) -> None:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    both = Both(SCHEMA, document)
    for variables in given:
        await both.assert_same(root_value=ROOT, variable_values=variables)


async def test_as_many_errors_as_graphql_core_reports() -> None:
    names = [f"v{number}" for number in range(60)]
    declared = ", ".join(f"${name}: Int" for name in names)
    fields = " ".join(f"{name}: plain(int: ${name})" for name in names)
    result = await assert_same(
        SCHEMA, f"query ({declared}) {{ {fields} }}", variable_values=dict.fromkeys(names, "x")
    )
    assert result.data is None
    assert result.errors is not None
    assert len(result.errors) == 51


async def test_variables_nested_too_deeply() -> None:
    value: Any = {}
    for _ in range(3000):
        value = {"c": value}
    await assert_same(SCHEMA, "query ($i: In) { in(in: $i) }", variable_values={"i": value})


async def test_what_validation_would_refuse() -> None:
    for query in (
        "{ required }",
        "{ required(int: null, in: 5) }",
        "{ plain(int: \"x\") lists(one: null) }",
        "query ($a: Query) { plain }",
        "query ($a: Int) { required(int: $a, in: {}) }",
        "{ one(one: {}) plain(enum: Z) }",
    ):  # fmt: skip
        await assert_same(SCHEMA, parse(query))


def test_a_call_cannot_change_the_arguments_of_another() -> None:
    schema = build_schema("type Query { a(list: [Int]): Int }")
    lengths: list[int] = []

    def grow(_source: Any, _info: Any, list: Any) -> int:  # noqa: A002
        list.append(0)
        lengths.append(len(list))
        return len(list)

    schema.query_type.fields["a"].resolve = grow  # type: ignore[union-attr]
    operation = Both(schema, "{ a(list: [1]) b: a(list: [1, 2]) }")
    for _ in range(2):
        operation.execute_compiled()
    assert lengths == [2, 3, 2, 3]


def renamed() -> GraphQLSchema:
    schema = build_schema("type Query { a(first: Int = 3, from: String): String }")
    field = schema.query_type.fields["a"]  # type: ignore[union-attr]
    field.args["first"].out_name = "limit"
    field.args["from"].out_name = "from_"
    field.resolve = _echo
    return schema


async def test_arguments_have_their_python_names() -> None:
    result = await assert_same(
        renamed(), "query ($f: String) { a(from: $f) }", variable_values={"f": "x"}
    )
    assert result.data == {"a": "{'limit': 3, 'from_': 'x'}"}


async def test_arguments_of_fields_without_a_resolver() -> None:
    schema = build_schema("type Query { a(x: Int = 1, y: [Int!]): String b(x: Int!): String }")
    root = {"a": lambda _info, **arguments: repr(arguments), "b": "not called"}
    for query in ("{ a }", "{ a(x: 2, y: [1]) }", "{ b }", "query ($x: Int) { b(x: $x) a(x: $x) }"):
        await assert_same(schema, parse(query), root_value=root)
