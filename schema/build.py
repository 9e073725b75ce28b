"""The schema, put together."""

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.schema.config import StrawberryConfig

from schema.events import EVENT_TYPES
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import BASE64, Base64
from schema.subscription import Subscription


def build_schema() -> strawberry.Schema:
    """The schema as Strawberry knows it."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=EVENT_TYPES,
        config=StrawberryConfig(scalar_map={Base64: BASE64}),
    )
    _forget_null_defaults(schema._schema)
    return schema


def graphql_schema() -> GraphQLSchema:
    """The schema as graphql-core executes it."""
    return build_schema()._schema


def sdl() -> str:
    """The schema in its own language, as it is committed in schema.graphql."""
    return build_schema().as_str() + "\n"


def _forget_null_defaults(schema: GraphQLSchema) -> None:
    """`= null` on each optional argument says nothing that its type does not say.

    Python's own defaults stand in for what a client leaves out.
    """
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for field in named.fields.values():
                for argument in field.args.values():
                    _forget_null_default(argument)
        elif isinstance(named, GraphQLInputObjectType):
            for input_field in named.fields.values():
                _forget_null_default(input_field)


def _forget_null_default(value: GraphQLArgument | GraphQLInputField) -> None:
    if value.default_value is None:
        value.default_value = Undefined
