"""Arguments are converted as Strawberry converts them."""

from typing import Any

import pytest
from graphql import is_interface_type, is_object_type
from strawberry.types.arguments import convert_arguments

from schema.arguments import converter
from schema.build import build_schema, graphql_schema
from schema.shortcuts import DEFINITION

ARGUMENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("Mutation", "sendMessage", {"input": {"conversationId": "c", "body": "hello"}}),
    ("Mutation", "sendMessage", {"input": {"conversationId": "c", "replyToId": None}}),
    ("Mutation", "updateContact", {"input": {"contactId": "x"}}),
    ("Mutation", "updateContact", {"input": {"contactId": "x", "name": None}}),
    ("Mutation", "updateContact", {"input": {"contactId": "x", "quietHours": None}}),
    ("Query", "nodes", {"ids": ["a", "b"]}),
    ("Query", "conversations", {"first": 3, "after": None, "filter": None}),
    ("Query", "conversations", {"filter": {}}),
]


@pytest.mark.parametrize(("parent", "name", "given"), ARGUMENTS)
def test_converted_as_by_strawberry(parent: str, name: str, given: dict[str, Any]) -> None:
    schema = build_schema()
    field = graphql_schema().type_map[parent].fields[name]  # type: ignore[attr-defined]
    definition = field.extensions[DEFINITION]
    registry = schema.schema_converter.scalar_registry
    theirs = convert_arguments(given, definition.arguments, registry, schema.config)
    ours = {}
    for (graphql_name, argument), known in zip(
        field.args.items(), definition.arguments, strict=True
    ):
        if graphql_name in given:
            value, convert = given[graphql_name], converter(argument.type)
            assert convert is not None
            ours[known.python_name] = None if value is None else convert(value)

    assert ours == theirs


def test_no_argument_is_left_to_strawberry() -> None:
    for named in graphql_schema().type_map.values():
        if (is_object_type(named) or is_interface_type(named)) and not named.name.startswith("__"):
            for name, field in named.fields.items():
                for argument in field.args.values():
                    assert converter(argument.type) is not None, f"{named.name}.{name}"
