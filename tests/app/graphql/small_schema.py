"""A schema with a field for each way in which an operation may go."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema

from app.graphql.incremental import Result
from tests.app.graphql.shared_ticks import SharedTicks
from tests.app.graphql.world import World

SDL = """
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int! = 0) on FIELD
scalar Upload
scalar Strange
scalar Even
type Node { name: String! child: Node }
type Tick { number: Int! cursor: String! padding(size: Int!): String! lastEventId: String }
type Query {
  hello(name: String = "world"): String!
  even(number: Even): Int
  viewer: String!
  fails: String
  required: String!
  node: Node
  strange: Strange
  slow: String!
  numbers: [Int!]!
}
type Mutation {
  store(value: Int!): Int!
  upload(file: Upload!, note: String): String!
  uploadAll(files: [Upload!]!): [String!]!
}
type Subscription {
  ticks(channel: String!): Tick!
  breaks(after: Int!): Tick!
  refused: Tick!
  shared(channel: String!, after: Int): Tick!
}
"""


def fail(*_: object) -> str:
    raise RuntimeError("a secret")


async def upload_file(_root: object, _info: object, file: Any, note: str | None = None) -> str:
    return f"{file.filename}:{(await file.read()).decode()}:{note}"


async def upload_all(_root: object, _info: object, files: list[Any]) -> list[str]:
    return [file.filename for file in files]


async def breaks(_root: object, _info: object, after: int) -> AsyncIterator[dict[str, Any]]:
    for number in range(after):
        yield {"number": number, "cursor": f"c{number}"}
    raise GraphQLError("You were removed.", extensions={"code": "FORBIDDEN"})


async def refuse(*_: object) -> None:
    raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})


def parse_even(value: Any) -> int:
    if not isinstance(value, int) or value % 2:
        raise ValueError("That is not even.")
    return value


def make_schema(world: World) -> GraphQLSchema:
    async def slow(*_: object) -> str:
        world.slow.set()
        await world.proceed.wait()
        return "done"

    def store(_root: object, _info: object, value: int) -> int:
        world.stored.append(value)
        return value

    async def ticks(_root: object, _info: object, channel: str) -> AsyncIterator[dict[str, Any]]:
        async with aclosing(world.channels[channel].listen()) as events:
            async for event in events:
                yield event

    def shared(
        _root: object, info: Any, channel: str, after: int | None = None
    ) -> AsyncIterable[dict[str, Any]]:
        return SharedTicks(world, info.context, channel, after)

    schema = build_schema(SDL)
    types: Any = schema.type_map
    types["Even"].coerce_input_value = parse_even
    resolvers: dict[str, Any] = {
        "Query.hello": lambda _root, _info, name: f"hello {name}",
        "Query.viewer": lambda _root, info: info.context.viewer.name,
        "Query.fails": fail,
        "Query.required": fail,
        "Query.node": lambda *_: {"name": "root"},
        "Query.strange": lambda *_: object(),
        "Query.slow": slow,
        "Query.numbers": lambda *_: [1, 2, 3],
        "Mutation.store": store,
        "Mutation.upload": upload_file,
        "Mutation.uploadAll": upload_all,
        "Tick.padding": lambda _root, _info, size: "x" * size,
        "Tick.lastEventId": lambda _root, info: info.context.last_event_id,
    }
    sources: dict[str, Any] = {
        "ticks": ticks,
        "breaks": breaks,
        "refused": refuse,
        "shared": shared,
    }
    for place, resolver in resolvers.items():
        name, _, field_name = place.partition(".")
        types[name].fields[field_name].resolve = resolver
    for name, source in sources.items():
        types["Subscription"].fields[name].subscribe = source
        types["Subscription"].fields[name].resolve = lambda event, *_, **__: event
    return schema


def format_error(error: GraphQLError) -> dict[str, Any]:
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        return {"message": "masked", "extensions": {"code": "INTERNAL_ERROR"}}
    return dict(error.formatted)


def cursor_of(result: Result) -> str | None:
    data = result["data"] or {}
    tick = data.get("ticks") or data.get("breaks") or data.get("shared") or {}
    cursor: str | None = tick.get("cursor")
    return cursor
