"""The generated source: what is in it, what never is, and how large it may get."""

import ast
import keyword
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    build_schema,
    parse,
)

from execution import Shortcuts, Unsupported, compile_operation
from execution.planning import MAX_DEPTH, MAX_FIELDS
from tests.execution.differential import assert_same

SCHEMA = build_schema(
    """
    type Query { text(a: String, e: E, l: [String]): String  next: Query  in(i: I): String }
    enum E { A Evil_value }
    input I { a: String }
    """
)
EVIL = "');__import__('os').abort()#\\n\\\"\\\"\\\""


def source(query: str, schema: GraphQLSchema = SCHEMA) -> str:
    return compile_operation(schema, parse(query)).source


def test_strings_of_the_client_are_not_in_the_source() -> None:
    query = f"""
      query Evil_operation($v: String = "{EVIL}") {{
        text(a: "{EVIL}", l: ["{EVIL}", $v]) evil_alias: text(a: $v) in(i: {{a: "{EVIL}"}})
        ...Evil_fragment
      }}
      fragment Evil_fragment on Query {{ next {{ text(a: "abort") text2: text(e: Evil_value) }} }}
    """
    generated = source(query)
    for text in ("import", "abort", "Evil_"):
        assert text not in generated
    constants = (node for node in ast.walk(ast.parse(generated)) if isinstance(node, ast.Constant))
    keys = {"text", "text2", "evil_alias", "in", "next"}
    assert {node.value for node in constants} <= {*keys, None}


async def test_strings_of_the_client_arrive_as_they_are() -> None:
    def echo(_info: Any, **arguments: Any) -> str:
        return repr(arguments)

    query = f'{{ text(a: "{EVIL}", l: ["{EVIL}"]) in(i: {{a: "{EVIL}"}}) }}'
    await assert_same(SCHEMA, query, root_value={"text": echo, "in": echo})


NAMES = "out waits source run value where info at get Path field_1 v1 getattr block_1 __x__"


@pytest.mark.parametrize("name", [*keyword.kwlist, *NAMES.split()])
async def test_any_name_can_be_an_alias_or_a_field(name: str) -> None:
    query = f"{{ {name}: text next {{ {name}: text }} }}"
    await assert_same(SCHEMA, query, root_value={"text": "x", "next": {}})
    schema = build_schema(f"type Query {{ a{name}: String next: Query }}")
    field = schema.query_type.fields.pop(f"a{name}")  # type: ignore[union-attr]
    schema.query_type.fields[name] = field  # type: ignore[union-attr]
    schema._validation_errors = []
    root = {name: "x", "next": {name: "y"}}
    await assert_same(schema, parse(f"{{ {name} next {{ {name} }} }}"), root_value=root)


NO_NAMES = ["a-b", "a' + evil() + '", "x\ny", "x\n", "", "é", "a b", "1a", "a\u2028"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_document_made_by_hand_cannot_bring_other_names(name: str) -> None:
    field = FieldNode(name=NameNode(value="text"), alias=NameNode(value=name))
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY, selection_set=SelectionSetNode(selections=(field,))
    )
    with pytest.raises(Unsupported, match="invalid name"):
        compile_operation(SCHEMA, DocumentNode(definitions=(operation,)))


def test_values_of_enums_are_not_in_the_source() -> None:
    values = {"A": EVIL, "B": ("tuple", EVIL)}
    kind = GraphQLEnumType("E", values)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"kind": GraphQLField(kind)}))
    assert "import" not in source("{ kind }", schema)


def test_attributes_have_to_be_identifiers() -> None:
    for name in ("a b", "class", "a.b", "x\n"):
        shortcuts = Shortcuts(direct_attribute=lambda _field, name=name: name)
        with pytest.raises(ValueError, match="cannot be the name of an attribute"):
            compile_operation(SCHEMA, parse("{ text }"), shortcuts=shortcuts)


SOURCE = """\
def select_Query_1(run, source, where, info):
    out = {}
    waits = []
    get = source.get if is_mapping[type(source)] else None
    # a: String, b: Int!
    v1 = v2 = UNREAD
    try:
        v1 = getattr(source, 'a', None) if get is None else get('a')
        v2 = getattr(source, 'b', None) if get is None else get('b')
    except Exception as error:
        block_1(run, source, where, out, waits, [v1, v2], error)
    else:
        if (type(v1) is str or v1 is None) and type(v2) is int and -2147483648 <= v2 <= 2147483647:
            out['a'] = v1
            out['b'] = v2
        else:
            block_1(run, source, where, out, waits, [v1, v2])
    out['list'] = field_3(run, source, where, out, waits)  # list: [Item!]
    return unfinished(run, out, waits) if waits else out


def select_Item_2(run, source, where, info):
    out = {}
    waits = []
    out['__typename'] = 'Item'  # __typename: String!
    out['more'] = field_5(run, source, where, out, waits)  # item: Item
    return unfinished(run, out, waits) if waits else out
"""


def test_the_source_can_be_read() -> None:
    schema = build_schema(
        """
        type Query { a: String b: Int! list: [Item!] }
        type Item { item: Item }
        """
    )
    generated = source("{ a b list { __typename more: item { __typename } } }", schema)
    assert generated.startswith(SOURCE)


def test_a_large_operation_is_refused() -> None:
    source(f"{{ {' '.join(f'f{number}: text' for number in range(MAX_FIELDS))} }}")
    with pytest.raises(Unsupported, match="too large"):
        source(f"{{ {' '.join(f'f{number}: text' for number in range(MAX_FIELDS + 1))} }}")


def test_a_deep_operation_is_refused() -> None:
    deepest = "text"
    for _ in range(MAX_DEPTH):
        deepest = f"next {{ {deepest} }}"
    source(f"{{ {deepest} }}")
    with pytest.raises(Unsupported, match="too deep"):
        source(f"{{ next {{ {deepest} }} }}")


def test_fragments_that_double_at_each_level_are_compiled_once() -> None:
    depth = 30
    fragments = [
        f"fragment F{level} on Query {{ a: next {{ ...F{after} }} b: next {{ ...F{after} }} }}"
        for level, after in enumerate(range(1, depth + 1))
    ]
    query = " ".join(["{ ...F0 }", *fragments, f"fragment F{depth} on Query {{ text }}"])
    assert source(query).count("def ") == depth + 1


def test_a_fragment_that_is_large_and_everywhere_is_refused() -> None:
    fields = " ".join(f"f{number}: text" for number in range(400))
    spreads = " ".join(f"s{number}: next {{ ...F x{number}: text }}" for number in range(400))
    with pytest.raises(Unsupported, match="too large"):
        source(f"{{ {spreads} }} fragment F on Query {{ {fields} }}")
    conditions = " ".join("... on Query { ...E }" for _ in range(400))
    spreads = " ".join(f"s{number}: next {{ ...F }}" for number in range(400))
    with pytest.raises(Unsupported, match="too large"):
        source(
            f"{{ {spreads} }} fragment F on Query {{ {conditions} text }}"
            " fragment E on Query { text }"
        )


def test_fragments_in_a_circle_are_refused_even_without_validation() -> None:
    with pytest.raises(Unsupported, match="too deep"):
        source("{ ...F } fragment F on Query { next { ...F } }")
