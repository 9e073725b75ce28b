"""What the owner of a schema may tell of its resolvers, with Strawberry as the owner."""

from datetime import date
from enum import Enum
from typing import Any, cast

import strawberry
from graphql import GraphQLField, GraphQLSchema, build_schema, parse
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from execution import Inline, Shortcuts
from tests.execution.differential import Both, assert_same


@strawberry.enum
class Kind(Enum):
    """An enum of Strawberry's."""

    TEXT = "text"
    IMAGE = "image"


@strawberry.type
class Author:
    """A type with plain fields only."""

    name: str
    nick: str | None = None


@strawberry.type
class Message:
    """A type with fields of both kinds."""

    id: strawberry.ID
    body_text: str
    kind: Kind
    parts: list[str]
    author: Author

    @strawberry.field
    def shout(self, times: int = 1) -> str:
        return self.body_text.upper() * times

    @strawberry.field
    async def again(self) -> "Message":
        return self


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    async def messages(self, first: int) -> list[Message]:
        return [
            Message(
                id=strawberry.ID(str(number)),
                body_text=f"body {number}",
                kind=Kind.TEXT if number % 2 else Kind.IMAGE,
                parts=["a", "b"],
                author=Author(name="Ada"),
            )
            for number in range(first)
        ]


def direct_attribute(field: GraphQLField) -> str | None:
    """Return the attribute of a field that Strawberry reads from its source."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(definition, StrawberryField) and definition.is_basic_field:
        return definition.python_name
    return None


QUERY = """
query ($first: Int!) {
  messages(first: $first) {
    __typename id bodyText kind parts author { name nick } shout twice: shout(times: 2)
    again { id kind }
  }
}
"""


async def test_fields_of_strawberry_are_read_directly() -> None:
    schema = cast("GraphQLSchema", strawberry.Schema(Query)._schema)
    both = Both(schema, QUERY, shortcuts=Shortcuts(direct_attribute=direct_attribute))
    assert "= source.body_text\n" in both.source
    result = await both.assert_same(variable_values={"first": 5})
    assert result.errors is None
    await assert_same(schema, QUERY, variable_values={"first": 2})


async def test_a_direct_attribute_that_is_missing_is_an_error() -> None:
    schema = build_schema("type Query { a: String b: String! next: Query }")

    def resolve(source: Any, _info: Any) -> Any:
        return source.attribute

    for field in schema.query_type.fields.values():  # type: ignore[union-attr]
        field.resolve = resolve
    shortcuts = Shortcuts(direct_attribute=lambda _field: "attribute")
    query = parse("{ a x: a next { a b } }")
    for attribute in ("text", None, resolve, Holder("x"), ValueError("value")):
        await assert_same(schema, query, shortcuts=shortcuts, root_value=Holder(attribute))
    for root in (None, {"attribute": 1}):
        await assert_same(schema, query, shortcuts=shortcuts, root_value=root)


class Holder:
    """Has one attribute."""

    def __init__(self, attribute: Any) -> None:
        self.attribute = attribute


async def test_a_direct_resolver_stands_for_the_resolver() -> None:
    schema = build_schema("type Query { a(x: Int = 2): Int }")
    schema.query_type.fields["a"].resolve = lambda _source, _info, x: x * 2  # type: ignore[union-attr]
    calls: list[int] = []

    def cheaper(_source: Any, info: Any, x: int) -> int:
        calls.append(info.path.as_list() == ["a"])
        return x + x

    shortcuts = Shortcuts(direct_resolver=lambda _field: cheaper)
    await assert_same(schema, "{ a }", shortcuts=shortcuts)
    assert calls == [True]


async def test_items_functions_and_scalars_are_read_in_place() -> None:
    schema = build_schema("scalar Day type Query { a: String! f: Int day: Day next: Query }")
    day = schema.type_map["Day"]
    day.coerce_output_value = str  # type: ignore[attr-defined]
    fields = schema.query_type.fields  # type: ignore[union-attr]
    fields["a"].resolve = fields["day"].resolve = None
    fields["f"].resolve = lambda source, _info: source.row["f"] + 1
    for name in ("a", "day"):
        fields[name].resolve = lambda source, _info, name=name: source.row[name]
    names = {id(field): name for name, field in fields.items()}
    shortcuts = Shortcuts(
        direct_item=lambda field: (
            ("row", names[id(field)]) if names[id(field)] in ("a", "day") else None
        ),
        direct_function=lambda field: (
            (lambda source: source.row["f"] + 1) if names[id(field)] == "f" else None
        ),
        scalar=lambda type_: (
            Inline("type({0}) is date", "{0}.isoformat()", {"date": date})
            if type_.name == "Day"
            else None
        ),
    )
    both = Both(schema, "{ a f day next { a } }", shortcuts=shortcuts)
    assert "= source.row['a']\n" in both.source
    assert ".isoformat()" in both.source
    for row in (
        {"a": "x", "f": 1, "day": date(2024, 2, 29)},
        {"a": "x", "f": "one", "day": None},
        {"a": None, "f": 1, "day": 7},
        {},
    ):
        await both.assert_same(root_value=Rows(row))


class Rows:
    """Has a row, and looks as if it had every other attribute too."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.next = None


async def test_instances_of_a_type_are_known_by_their_class() -> None:
    schema = build_schema("type Query { next: Query a: String }")
    asked: list[object] = []

    def is_query(value: object, _info: Any) -> bool:
        asked.append(value)
        return isinstance(value, Holder)

    schema.query_type.is_type_of = is_query  # type: ignore[union-attr]
    shortcuts = Shortcuts(instances=lambda _type: Holder)

    class Other(Holder):
        """A subclass is asked about."""

    for value in (Holder("x"), Other("x"), object()):
        both = Both(schema, "{ next { __typename } }", shortcuts=shortcuts)
        await both.assert_same(root_value={"next": value})
    kinds = [type(value).__name__ for value in asked]
    assert kinds == ["Holder", "Other", "Other", "object", "object"]
