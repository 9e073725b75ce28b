"""A schema full of the language's corners, whose resolvers do what a seed says.

What a field does depends on the seed and on the path of the field alone, so two executions of an
operation meet the same values, errors and suspensions.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import Path, Undefined

SDL = """
scalar Date
enum Kind { TEXT IMAGE SYSTEM }
enum Level { LOW HIGH }
input Range { from: Int = 1, to: Int!, kinds: [Kind!] = [TEXT] }

interface Node { id: ID! level: Level }
interface Named implements Node { id: ID! level: Level name: String }

type Person implements Named & Node {
  id: ID!  level: Level  name: String  age: Int!  friends: [Person!]!  best: Person  boss: Person!
  says(text: String!, times: Int = 2): String   pets: [Pet]   node: Node   since: Date
}
type Dog implements Named & Node {
  id: ID!  level: Level!  name: String  weight: Float  good: Boolean!  owner: Person  kind: Kind
  names: [String]  ranks: [[Int!]]
}
type Cat implements Node {
  id: ID!  level: Level  lives: Int  owner: Person!  since: Date!  kind: Kind!
}
union Pet = Dog | Cat

type Query {
  me: Person   people(range: Range, kinds: [Kind]): [Person]   staff: [Person!]!   pets: [Pet!]
  node(id: ID): Node   nodes: [[Node]!]   named: Named!   count(range: Range = {to: 3}): Int
  text(a: String, b: Int, c: [Int!], d: Kind = SYSTEM): String!   dates: [Date!]   query: Query!
}
type Mutation { first: Person  second(range: Range): Dog!  third: [Cat!]!  fourth: Query }
"""

SYNC = ("value", "value", "value", "value", "none", "raise", "exception", "odd", "callable")
"""What fields do in operations without awaitables."""

CHAOS = (*("await",) * 3, "future", "await_raise", "lazy_items", "generator", "raise", "none")
"""What they do where nearly all is awaited and much of it fails."""

ASYNC = (*SYNC, "await", "await", "await_raise", "future", "lazy_items", "generator")
"""What they do where awaitables never suspend for more than one turn of the loop."""


class Level(Enum):
    """The values of an enum whose members are Python's."""

    LOW = 1
    HIGH = 2


class Thing:
    """A source that is read by attribute."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


@dataclass(frozen=True)
class World:
    """What decides how the resolvers behave: the context of an execution."""

    seed: int
    behaviours: tuple[str, ...] = SYNC
    trouble: float = 0.2
    """How often something else than a plain value is given."""

    def dice(self, path: Path | None, salt: str = "") -> Random:
        """Return the dice for a place in the response."""
        return Random(f"{self.seed} {path.as_list() if path else []} {salt}")


def behave(world: World, info: GraphQLResolveInfo, arguments: dict[str, Any]) -> Any:
    """Return what a field gives, awaitable or not; or raise."""
    dice = world.dice(info.path)
    type_ = info.return_type
    doing = dice.choice(world.behaviours) if dice.random() < world.trouble else "value"
    if doing in ("await", "await_raise"):
        return _suspended(world, info, doing == "await_raise")
    if doing == "future":
        return _future(make(world, type_, dice))
    if doing == "lazy_items" and is_list_type(nullable(type_)):
        return [_later(world, item, dice.random()) for item in make(world, type_, dice)]
    if doing == "generator" and is_list_type(nullable(type_)):
        return _generate(list(make(world, type_, dice)), dice.random())
    return _at_once(doing, world, type_, dice, arguments)


def _at_once(
    doing: str, world: World, type_: GraphQLOutputType, dice: Random, arguments: dict[str, Any]
) -> Any:
    match doing:
        case "none":
            return dice.choice([None, Undefined])
        case "raise":
            raise dice.choice([ValueError("raised"), GraphQLError("raised", extensions={"a": 1})])
        case "exception":
            return ValueError("returned")
        case "odd":
            return dice.choice([object, {"a": {}}, "text", 10**12, float("nan"), [None, []]])
        case "callable":
            return lambda *_given, **_named: make(world, type_, dice)
    if arguments and type_.__class__ is GraphQLScalarType:
        return str(sorted(arguments.items())) if str(type_) == "String" else len(arguments)
    return make(world, type_, dice)


async def _suspended(world: World, info: GraphQLResolveInfo, raises: bool) -> Any:
    dice = world.dice(info.path, "later")
    for _ in range(dice.choice([0, 0, 1, 2])):
        await asyncio.sleep(0)
    if raises:
        raise ValueError("raised later")
    return make(world, info.return_type, dice)


def _future(value: Any) -> Awaitable[Any]:
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, value)
    return future


async def _later(_world: World, item: Any, chance: float) -> Any:
    if chance < 0.4:
        await asyncio.sleep(0)
    if chance > 0.9:
        raise ValueError("item raised")
    return item


async def _generate(items: list[Any], chance: float) -> AsyncIterator[Any]:
    for item in items:
        if chance < 0.4:
            await asyncio.sleep(0)
        yield item
    if chance > 0.8:
        raise ValueError("generator raised")


def nullable(type_: Any) -> Any:
    """Return the type without its non-null wrapper."""
    return type_.of_type if is_non_null_type(type_) else type_


def make(world: World, type_: Any, dice: Random) -> Any:
    """Return a value of the type; now and then one that does not fit."""
    if is_non_null_type(type_):
        return make(world, type_.of_type, dice)
    if dice.random() < world.trouble / 8:
        return dice.choice([None, ValueError("value"), object()])
    if is_list_type(type_):
        items = [make(world, type_.of_type, dice) for _ in range(dice.choice([0, 1, 2, 3]))]
        return dice.choice([list, tuple, iter, Stack])(items)
    if is_leaf_type(type_):
        return dice.choice(LEAVES[type_.name])
    if is_abstract_type(type_):
        type_ = dice.choice(world_types(type_.name))
    return make_object(world, type_, dice)


class Stack(list[Any]):
    """A subclass of list, as an ORM has."""


LEAVES: dict[str, list[Any]] = {
    "String": ["a", "ü", 7, True, 1.5],
    "ID": ["x", 12, "\u2028"],
    "Int": [0, -5, 2**31 - 1, "12", True, 3.0],
    "Float": [0.5, 2, "1.25", True],
    "Boolean": [True, False, 1, 0.0],
    "Date": [date(2024, 2, 29), date(1999, 1, 1)],
    "Kind": ["TEXT", "IMAGE", "SYSTEM"],
    "Level": [Level.LOW, Level.HIGH],
}


def make_object(world: World, type_: GraphQLObjectType, dice: Random) -> Any:
    """Return a source of the type: an object or a dict, with all that has no resolver."""
    values: dict[str, Any] = {}
    for name, field in type_.fields.items():
        if field.resolve is not None:
            continue
        if is_leaf_type(nullable(field.type)) and not field.args:
            doing = dice.choice(SYNC[4:]) if dice.random() < world.trouble / 4 else "value"
            values[name] = (
                None if doing in ("none", "raise") else _at_once(doing, world, field.type, dice, {})
            )
        else:
            values[name] = lambda info, **arguments: behave(world, info, arguments)
    if dice.random() < 0.5:
        return values | ({"__typename": type_.name} if dice.random() < 0.95 else {})
    if dice.random() < 0.95:
        values["_Thing__typename"] = type_.name
    return Thing(values)


def typename(value: Any) -> str | None:
    """Return the name of the type that a source was made for."""
    if isinstance(value, dict):
        return value.get("__typename")
    return getattr(value, "_Thing__typename", None)


def world_types(name: str) -> list[GraphQLObjectType]:
    """Return the object types that an interface or a union can be."""
    return list(SCHEMA.get_possible_types(SCHEMA.type_map[name]))  # type: ignore[arg-type]


def _resolve(_source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    return behave(info.context, info, arguments)


def _is_cat(value: Any, info: GraphQLResolveInfo) -> Any:
    dice = info.context.dice(info.path, "cat")
    verdict = typename(value) == "Cat"
    if dice.random() < info.context.trouble / 8:
        verdict = not verdict
    if "await" in info.context.behaviours and dice.random() < info.context.trouble:
        return _later(info.context, verdict, dice.random())
    return verdict


def _which_pet(value: Any, info: GraphQLResolveInfo, _type: Any) -> Any:
    dice = info.context.dice(info.path, "pet")
    name: Any = typename(value) or "Dog"
    if dice.random() < info.context.trouble / 4:
        name = dice.choice(["Nope", "Kind", "Person", None, 5])
    if "await" in info.context.behaviours and dice.random() < info.context.trouble:
        return _later(info.context, name, dice.random())
    return name


def _serialize_date(value: Any) -> str | None:
    return None if value == date(1, 1, 1) else value.isoformat()


def make_schema() -> GraphQLSchema:
    """Build the schema; every other field has a resolver, the rest are read from the source."""
    schema = build_schema(SDL)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for number, field in enumerate(type_.fields.values()):
                if number % 2 or type_.name in ("Query", "Mutation"):
                    field.resolve = _resolve
    members = GraphQLEnumType("Level", Level, names_as_values=None)
    level = schema.type_map["Level"]
    assert isinstance(level, GraphQLEnumType)
    level.values, level.coerce_output_value = members.values, members.coerce_output_value  # type: ignore[method-assign]
    schema.type_map["Date"].coerce_output_value = _serialize_date  # type: ignore[attr-defined]
    schema.type_map["Cat"].is_type_of = _is_cat  # type: ignore[attr-defined]
    schema.type_map["Pet"].resolve_type = _which_pet  # type: ignore[attr-defined]
    return schema


SCHEMA = make_schema()
