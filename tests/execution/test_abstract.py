"""Interfaces and unions: how the type of an object is found."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

from tests.execution.differential import assert_same

SDL = """
interface Named { name: String }
type Dog implements Named { name: String barks: Boolean }
type Cat implements Named { name: String meows: Boolean }
union Pet = Dog | Cat
enum Kind { A }
type Query { pets: [Pet]  named: Named  dog: Dog }
"""
QUERY = """
{ pets { __typename ... on Named { name } ... on Dog { barks } ...Cats } named { name __typename } }
fragment Cats on Cat { meows name }
"""


class Dog:
    """A dog, which says what it is."""

    __typename = "Dog"
    name = "Rex"
    barks = True


def schema(**types: dict[str, Any]) -> GraphQLSchema:
    built = build_schema(SDL)
    for name, attributes in types.items():
        for attribute, value in attributes.items():
            setattr(built.type_map[name], attribute, value)
    return built


def pets() -> dict[str, Any]:
    cat = {"__typename": "Cat", "name": "Tom", "meows": False}
    return {"pets": [Dog(), cat, None, {"name": "?"}], "named": cat, "dog": cat}


def kind(value: Any) -> str:
    return "Dog" if isinstance(value, Dog) else "Cat"


async def late(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


async def test_types_by_typename() -> None:
    await assert_same(schema(), QUERY, root_value=pets())


@pytest.mark.parametrize("wrap", [lambda value: value, late], ids=["sync", "async"])
async def test_types_by_is_type_of(wrap: Callable[[Any], Any]) -> None:
    is_dog = {"is_type_of": lambda value, _info: wrap(isinstance(value, Dog))}
    is_cat = {"is_type_of": lambda value, _info: wrap(not isinstance(value, Dog))}
    built = schema(Dog=is_dog, Cat=is_cat)
    await assert_same(built, QUERY, root_value=pets())
    await assert_same(built, "{ dog { name } }", root_value=pets())
    await assert_same(built, "{ dog { name } }", root_value={"dog": Dog()})


@pytest.mark.parametrize("wrap", [lambda value: value, late], ids=["sync", "async"])
async def test_types_by_resolve_type(wrap: Callable[[Any], Any]) -> None:
    resolve = {"resolve_type": lambda value, _info, _type: wrap(kind(value))}
    await assert_same(schema(Pet=resolve, Named=resolve), QUERY, root_value=pets())


@pytest.mark.parametrize("name", [None, "Nope", "Kind", "Query", 5, [], ValueError("which?")])
@pytest.mark.parametrize("wrap", [lambda value: value, late], ids=["sync", "async"])
async def test_answers_that_are_no_type(name: Any, wrap: Callable[[Any], Any]) -> None:
    resolve = {"resolve_type": lambda _value, _info, _type: wrap(name)}
    await assert_same(schema(Pet=resolve, Named=resolve), QUERY, root_value=pets())


async def test_a_subclass_of_str_is_a_name() -> None:
    class Name(str):
        __slots__ = ()

    resolve = {"resolve_type": lambda value, _info, _type: Name(kind(value))}
    await assert_same(schema(Pet=resolve, Named=resolve), QUERY, root_value=pets())


async def test_type_checks_that_raise() -> None:
    def fail(*_arguments: Any) -> Any:
        raise ValueError("cannot tell")

    await assert_same(schema(Dog={"is_type_of": fail}), QUERY, root_value=pets())
    await assert_same(schema(Pet={"resolve_type": fail}), QUERY, root_value=pets())


async def test_the_info_for_type_checks_is_that_of_the_field() -> None:
    seen: list[Any] = []

    def is_dog(_value: Any, info: Any) -> bool:
        seen.append((info.field_name, info.path.as_list(), str(info.return_type)))
        return True

    built = schema(Dog={"is_type_of": is_dog})
    await assert_same(built, "{ dog { name } }", root_value={"dog": Dog()})
    await assert_same(built, "{ pets { ... on Dog { name } } }", root_value={"pets": [Dog()]})
    half = len(seen) // 2
    assert seen[0] == seen[1] == ("dog", ["dog"], "Dog")
    assert seen[half] == seen[-1] == ("pets", ["pets"], "[Pet]")
