"""The schema, put together."""

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.query import Query
from schema.subscription import Subscription


def build_schema() -> strawberry.Schema:
    """The schema as Strawberry knows it."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(auto_camel_case=True),
    )


def graphql_schema() -> GraphQLSchema:
    """The schema as graphql-core executes it."""
    return build_schema()._schema


def sdl() -> str:
    """The schema in its own language, as it is committed in schema.graphql."""
    return build_schema().as_str() + "\n"
