"""What executing an operation takes: graphql-core against the compiled executor.

    python -m benchmarks.execution [--rounds 60] [--uvloop]

No server and no database: the resolvers answer from memory, so what is measured is the execution
itself. The two take turns in each round, in one process; a time is the least CPU time of the
thread over all rounds, a ratio the median of the rounds' ratios with the quartiles behind it.
"""

import argparse
import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from statistics import quantiles
from typing import Any

import uvloop
from aiodataloader import DataLoader
from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, parse

from execution import Executor, compile_operation

SDL = """
enum Kind { TEXT IMAGE }
type Query { viewer: User  messages(first: Int = 50): [Message!]!  flat: [Message!]! }
type Message { id: ID!  seq: Int!  kind: Kind!  body: String  sender: User!  peer: User! }
type User { id: ID!  name: String }
"""
PAGE = "messages(first: 50) { id seq kind body"
MIXED = f"""{{
  {PAGE} sender {{ id name }} }}
  viewer {{ id name }}
  more: messages(first: 2) {{ {" ".join(f"a{n}: body b{n}: id c{n}: seq" for n in range(30))} }}
}}"""


@dataclass(frozen=True, slots=True)
class User:
    """A user."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message, whose sender is one of ten and whose peer is one of a thousand."""

    id: str
    seq: int
    kind: str
    body: str
    sender_id: int
    peer_id: int


USERS = [User(str(number), f"user {number}") for number in range(1000)]
MESSAGES = [
    Message(str(number), number, "TEXT", f"body {number}", number * 7 % 10, number)
    for number in range(1000)
]


class UserLoader(DataLoader[int, User]):
    """Loads users from memory."""

    async def batch_load_fn(self, keys: list[int]) -> list[User]:
        return [USERS[key] for key in keys]


def make_schema() -> GraphQLSchema:
    """Build the schema with resolvers as an application has them."""

    async def messages(_root: Any, _info: Any, first: int) -> list[Message]:
        return MESSAGES[:first]

    async def sender(message: Message, info: Any) -> User:
        user: User = await info.context.load(message.sender_id)
        return user

    async def peer(message: Message, info: Any) -> User:
        user: User = await info.context.load(message.peer_id)
        return user

    schema = build_schema(SDL)
    resolvers: dict[str, dict[str, Callable[..., Any]]] = {
        "Query": {
            "viewer": lambda _root, _info: USERS[0],
            "messages": messages,
            "flat": lambda _root, _info: MESSAGES,
        },
        "Message": {"sender": sender, "peer": peer},
    }
    for type_, fields in resolvers.items():
        for field, resolver in fields.items():
            schema.type_map[type_].fields[field].resolve = resolver  # type: ignore[attr-defined]
    return schema


CASES: dict[str, tuple[str, int]] = {
    "50 messages, 4 fields + sender (10 of them)": (f"{{ {PAGE} sender {{ id name }} }} }}", 10),
    "50 messages, 4 fields + peer (50 of them)": (f"{{ {PAGE} peer {{ id name }} }} }}", 10),
    "50 messages, 4 fields": (f"{{ {PAGE} }} }}", 20),
    "1,000 flat objects, 4 fields": ("{ flat { id seq kind body } }", 2),
    "{ viewer { id } }": ("{ viewer { id } }", 200),
}


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--uvloop", action="store_true")
    rounds = parser.parse_args().rounds
    schema = make_schema()
    print(f"{'':45} graphql-core    compiled     ratio (quartiles)")
    for name, (query, times) in CASES.items():
        core, compiled, ratios = await compare(schema, query, rounds, times)
        low, middle, high = quantiles(ratios, n=4)
        print(
            f"{name:45} {core:9.1f} µs {compiled:8.1f} µs  {middle:6.1f} × ({low:.1f}-{high:.1f})"
        )
    document = parse(MIXED)
    fields, seconds = MIXED.count(":") + 12, []
    for _ in range(20):
        started = time.thread_time()
        compile_operation(schema, document)
        seconds.append(time.thread_time() - started)
    print(f"\ncompiling an operation of {fields} fields: {min(seconds) * 1e3:.1f} ms")


async def compare(
    schema: GraphQLSchema, query: str, rounds: int, times: int
) -> tuple[float, float, list[float]]:
    """Return the least microseconds of each, and the ratios of the rounds."""
    document = parse(query)
    executor = Executor(schema)
    executor.prepare(document)

    async def by_core() -> ExecutionResult:
        result = execute(schema, document, context_value=UserLoader())
        return await result if isawaitable(result) else result

    async def compiled() -> ExecutionResult:
        result = executor.execute(document, context_value=UserLoader())
        return await result if isawaitable(result) else result

    assert await by_core() == await compiled()
    gc.collect()
    gc.freeze()
    pairs = [(await take(by_core, times), await take(compiled, times)) for _ in range(rounds)]
    cores, ours = zip(*pairs, strict=True)
    return min(cores), min(ours), [core / our for core, our in pairs]


async def take(run: Callable[[], Awaitable[ExecutionResult]], times: int) -> float:
    """Return the microseconds of CPU that one run takes, of so many."""
    started = time.thread_time()
    for _ in range(times):
        await run()
    return (time.thread_time() - started) / times * 1e6


if __name__ == "__main__":
    import sys

    if "--uvloop" in sys.argv:
        uvloop.run(main())
    else:
        asyncio.run(main())
