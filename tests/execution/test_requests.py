"""Which operation of a document is executed, on what root, with which info."""

from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLResolveInfo, build_schema, execute, parse
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from execution import Unsupported, compile_operation
from tests.execution.differential import assert_same

SCHEMA = build_schema(
    """
    type Query { a: String b: Deep list: [Deep!]! }
    type Deep { c(x: Int, y: [Int] = [1]): String d: Deep }
    type Mutation { m: String }
    """
)
DOCUMENT = "query One { a } query Two { alias: a } mutation Three { m }"


async def test_the_operation_is_chosen_by_its_name() -> None:
    for name in ("One", "Two", "Three"):
        await assert_same(SCHEMA, DOCUMENT, operation_name=name, root_value={"a": "1", "m": "2"})


@pytest.mark.parametrize("name", [None, "Four"])
def test_without_an_operation_there_is_nothing_to_compile(name: str | None) -> None:
    with pytest.raises(Unsupported, match="no operation"):
        compile_operation(SCHEMA, parse(DOCUMENT), name)
    with pytest.raises(Unsupported, match="no operation"):
        compile_operation(SCHEMA, parse("fragment F on Query { a }"), name)


def test_without_a_root_type_there_is_nothing_to_compile() -> None:
    with pytest.raises(Unsupported, match="no root type"):
        compile_operation(SCHEMA, parse("subscription { a }"))


def test_a_synchronous_operation_needs_no_event_loop() -> None:
    result = compile_operation(SCHEMA, parse("{ a }")).execute({"a": "1"})
    assert isinstance(result, ExecutionResult)
    assert result.data == {"a": "1"}


@pytest.mark.parametrize(
    "root", [None, {}, {"a": None}, 5, object()], ids=lambda root: f"{type(root).__name__}"
)
async def test_roots_without_a_value_for_the_field(root: Any) -> None:
    await assert_same(SCHEMA, "{ a b { c } }", root_value=root)


async def test_fields_are_merged_and_keep_their_order() -> None:
    query = """
      { b { c } a ...F b { d { c } other: c(x: 1) } a __typename }
      fragment F on Query { b { again: c d { d { c } } } __typename }
    """
    deep: dict[str, Any] = {"c": "1"}
    deep["d"] = deep
    result = await assert_same(SCHEMA, query, root_value={"a": "1", "b": deep})
    assert result.data is not None
    assert list(result.data) == ["b", "a", "__typename"]
    assert list(result.data["b"]) == ["c", "again", "d", "other"]


async def test_errors_have_all_locations_of_a_merged_field() -> None:
    def fail(_info: Any) -> str:
        raise ValueError("fails")

    result = await assert_same(SCHEMA, "{ a ... { a } }", root_value={"a": fail})
    assert result.errors is not None
    assert len(result.errors[0].locations or ()) == 2


async def test_resolvers_are_given_the_info_that_graphql_core_gives() -> None:
    query = """
      query ($x: Int) { list { ...F } }
      fragment F on Deep { d { k: c(x: $x) ... { k: c(x: $x) } } }
    """
    schema = build_schema(
        """
        type Query { list: [Deep!]! }
        type Deep { c(x: Int, y: [Int] = [1]): String d: Deep }
        """
    )
    seen: list[tuple[GraphQLResolveInfo[Any], dict[str, Any]]] = []

    async def see(_source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> str:
        seen.append((info, arguments))
        return "seen"

    schema.type_map["Deep"].fields["c"].resolve = see  # type: ignore[attr-defined]
    document, root = parse(query), {"list": [{"d": {}}, {"d": {}}]}
    given: dict[str, Any] = {"root_value": root, "context_value": object()}
    given["variable_values"] = {"x": 3}
    await execute(schema, document, **given)  # type: ignore[misc]
    await compile_operation(schema, document).execute(**given)  # type: ignore[misc]
    assert [arguments for _, arguments in seen] == [{"x": 3, "y": [1]}] * 4
    for (by_core, _), (compiled, _) in zip(seen[:2], seen[2:], strict=True):
        assert isinstance(compiled, GraphQLResolveInfo)
        same = compiled._replace(async_helpers=by_core.async_helpers)
        assert same == by_core
        assert repr(same) == repr(by_core)
        assert compiled.path == by_core.path
        assert type(compiled.path) is type(compiled.path.prev) is Path
        assert compiled.path.as_list() == by_core.path.as_list()
        assert isinstance(compiled.variable_values, VariableValues)


async def test_the_helpers_of_the_info() -> None:
    async def one() -> int:
        return 1

    async def add(info: GraphQLResolveInfo[Any]) -> str:
        info.async_helpers.track([one(), "not awaitable"])
        return str(sum(await info.async_helpers.gather([one(), one()])))

    result = await assert_same(SCHEMA, "{ a }", root_value={"a": add})
    assert result.data == {"a": "2"}


async def test_introspection() -> None:
    query = """
      { __typename __schema { queryType { name } types { name kind } directives { name } }
        t: __type(name: "Deep") { __typename fields { name args { name defaultValue } } } a
        none: __type(name: "Nope") { name } }
    """
    await assert_same(SCHEMA, query, root_value={"a": "1"})
