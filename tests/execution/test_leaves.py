"""Scalars and enums: what values become, and what they cannot be."""

import asyncio
from datetime import date
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    build_schema,
)
from graphql.pyutils import Undefined

from tests.execution.differential import assert_same


class Text(str):
    """A subclass of str."""

    __slots__ = ()


class Colour(Enum):
    """An enum."""

    RED = 1
    BLUE = "blue"


class Word(StrEnum):
    """An enum whose members are equal to their values, and to those of others."""

    RED = "red"


class Level(IntEnum):
    """An enum of numbers."""

    LOW = 1


class Bits(Flag):
    """An enum with more values than members."""

    A = 1
    B = 2


VALUES: list[Any] = [
    "text", Text("sub"), "", "7", "1.5", 7, -(2**31), 2**31, 2**53, True, False, 1.0, 1.5, -0.0,
    float("inf"), float("nan"), Decimal("2"), Decimal("2.5"), None, Undefined, b"x", [], ["a"],
    {"a": 1}, date(2024, 1, 2), Colour.RED, Word.RED, Level.LOW, object(), Exception("value"), int,
]  # fmt: skip


@pytest.mark.parametrize("type_", ["String", "ID", "Int", "Float", "Boolean"])
@pytest.mark.parametrize("suffix", ["", "!"])
async def test_built_in_scalars(type_: str, suffix: str) -> None:
    schema = build_schema(f"type Query {{ value: {type_}{suffix} list: [{type_}{suffix}] }}")
    for value in VALUES:
        root = {"value": value, "list": [value, "1"]}
        await assert_same(schema, "{ value list again: value }", root_value=root)


@pytest.mark.parametrize("suffix", ["", "!"])
async def test_custom_scalars(suffix: str) -> None:
    schema = build_schema(f"scalar Date type Query {{ value: Date{suffix} list: [Date{suffix}] }}")

    def serialize(value: Any) -> Any:
        if value == "later":
            return asyncio.sleep(0, "awaited")
        return {"none": None, "undefined": Undefined}.get(value, value.isoformat())

    for value in (date(2024, 1, 2), None, "none", "undefined", 5, "later", Exception("value")):
        schema.type_map["Date"].coerce_output_value = (  # type: ignore[attr-defined]
            lambda given: serialize(given) if given != "later" else serialize("later")
        )
        await assert_same(schema, "{ value list }", root_value={"value": value, "list": [value]})


async def test_a_scalar_whose_values_are_objects() -> None:
    schema = build_schema("scalar JSON type Query { value: JSON list: [JSON!]! }")
    for value in ({"a": [1]}, [1], "text", 5, True):
        await assert_same(schema, "{ value list }", root_value={"value": value, "list": [value]})


async def test_a_built_in_scalar_that_was_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GraphQLString, "coerce_output_value", lambda value: f"{value}!")
    schema = build_schema("type Query { value: String }")
    result = await assert_same(schema, "{ value }", root_value={"value": "text"})
    assert result.data == {"value": "text!"}


ENUMS = [
    GraphQLEnumType("E", {"RED": None, "BLUE": None}),
    GraphQLEnumType("E", {"RED": "red", "BLUE": 7, "GREEN": (1, 2)}),
    GraphQLEnumType("E", {"RED": [1], "BLUE": {}}),
    GraphQLEnumType("E", Colour),
    GraphQLEnumType("E", Colour, names_as_values=None),
    GraphQLEnumType("E", Word, names_as_values=None),
    GraphQLEnumType("E", Level, names_as_values=None),
    GraphQLEnumType("E", Bits, names_as_values=None),
]
ENUM_VALUES: list[Any] = [
    "RED", "red", "blue", 7, 1, True, (1, 2), [1], {}, Colour.RED, Colour.BLUE, Word.RED, Level.LOW,
    Bits.A, Bits.A | Bits.B, None, "x", Exception("value"), object(),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ENUMS)))
@pytest.mark.parametrize("non_null", [False, True])
async def test_enums(number: int, non_null: bool) -> None:
    type_: Any = GraphQLNonNull(ENUMS[number]) if non_null else ENUMS[number]
    fields = {
        "value": GraphQLField(type_),
        "resolved": GraphQLField(type_, resolve=lambda source, _info: source["value"]),
        "list": GraphQLField(GraphQLList(type_)),
    }
    schema = GraphQLSchema(GraphQLObjectType("Query", fields))
    for value in ENUM_VALUES * 2:
        root = {"value": value, "list": [value, value]}
        await assert_same(schema, "{ value resolved list }", root_value=root)
