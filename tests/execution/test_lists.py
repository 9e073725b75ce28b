"""Lists: what counts as one, and errors among the items."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from types import MappingProxyType
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

from tests.execution.differential import assert_same

TYPES = ["[Int]", "[Int!]", "[Int]!", "[Int!]!", "[String!]", "[Float]", "[Boolean!]!"]


def numbers(type_: str) -> GraphQLSchema:
    return build_schema(f"type Query {{ list: {type_} }}")


class Lines(list[Any]):
    """A list as an ORM has them."""


class Backwards(list[Any]):
    """A list that is not iterated in its order."""

    def __iter__(self) -> Iterator[Any]:
        return reversed(list(super().__iter__()))


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize(
    "values",
    [[1, 2], [1, None, 2], [], None, [None], ["x", 2**40], [True, 1.5, "3"], [float("nan"), -0.0]],
    ids=str,
)
async def test_nullability_of_lists_and_items(type_: str, values: Any) -> None:
    await assert_same(numbers(type_), "{ list }", root_value={"list": values})


@pytest.mark.parametrize("type_", TYPES)
async def test_items_that_are_errors(type_: str) -> None:
    await assert_same(numbers(type_), "{ list }", root_value={"list": [1, ValueError("bad"), 2]})


@pytest.mark.parametrize(
    "value",
    [
        (1, 2),
        {1},
        deque([1, 2]),
        range(2),
        Lines([1, 2]),
        Backwards([1, 2]),
        "12",
        b"12",
        {"a": 1},
        MappingProxyType({"a": 1}),
        {1: 2}.keys(),
        7,
        object,
    ],
    ids=repr,
)
async def test_what_is_iterated(value: Any) -> None:
    await assert_same(numbers("[Int]"), "{ list }", root_value={"list": value})


@pytest.mark.parametrize("type_", TYPES)
async def test_a_generator_that_fails(type_: str) -> None:
    def generate() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    await assert_same(
        numbers(type_), "{ list }", fresh=lambda: {"root_value": {"list": generate()}}
    )


@pytest.mark.parametrize("type_", TYPES)
async def test_an_async_generator(type_: str) -> None:
    async def generate() -> AsyncIterator[Any]:
        yield 1
        await asyncio.sleep(0)
        yield None
        yield "x"

    await assert_same(
        numbers(type_), "{ list }", fresh=lambda: {"root_value": {"list": generate()}}
    )


@pytest.mark.parametrize("type_", TYPES)
async def test_items_that_are_awaited(type_: str) -> None:
    async def later(value: Any, turns: int = 0) -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        if isinstance(value, Exception):
            raise value
        return value

    def root() -> dict[str, Any]:
        items = [1, later(2, 2), later(None), later(ValueError("late"), 1), later("x", 1)]
        return {"root_value": {"list": items}}

    await assert_same(numbers(type_), "{ list }", fresh=root)


@pytest.mark.parametrize("type_", ["[[Int!]]", "[[Int!]!]!", "[[Int]!]"])
async def test_lists_of_lists(type_: str) -> None:
    for value in ([[1, 2], [3]], [[1, None], [2]], [[1], None], [[1], 5], [(1,), ["x"]]):
        await assert_same(numbers(type_), "{ list }", root_value={"list": value})


async def test_lists_of_objects() -> None:
    schema = build_schema("type Query { list: [Item!] } type Item { a: Int! b: [Item] }")
    item = {"a": 1, "b": [{"a": 2}, None, {"a": None}]}
    await assert_same(
        schema, "{ list { a b { a b { a } } } }", root_value={"list": [item, {"a": 3}]}
    )
    await assert_same(schema, "{ list { a } }", root_value={"list": [item, {"a": "x"}, None]})
