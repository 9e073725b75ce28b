"""Subscriptions: the source stream is graphql-core's, each event is executed by compiled code."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from graphql import DocumentNode, ExecutionResult, build_schema, parse, subscribe

from execution import Executor
from tests.execution.differential import as_bytes

SCHEMA = build_schema(
    """
    type Query { a: Int }
    type Subscription { counted(to: Int = 3): Count!  plain: Int  broken: Int }
    type Count { number: Int!  half: Int  late(by: Int): Int }
    """
)
FIELDS = SCHEMA.subscription_type.fields  # type: ignore[union-attr]


async def _count(_root: Any, _info: Any, to: int) -> AsyncIterator[dict[str, Any]]:
    for number in range(to):
        await asyncio.sleep(0)
        yield {"counted": {"number": number, "half": ValueError("odd") if number % 2 else number}}


async def _late(source: Any, info: Any, by: int = 0) -> int:
    await asyncio.sleep(0)
    return int(source["number"]) + by + int(info.root_value["counted"]["number"])


FIELDS["counted"].subscribe = _count
FIELDS["broken"].subscribe = lambda _root, _info: 5
SCHEMA.type_map["Count"].fields["late"].resolve = _late  # type: ignore[attr-defined]


async def events(stream: Any) -> list[bytes]:
    """Return the results as bytes; of a stream, or of a request that failed."""
    if isinstance(stream, ExecutionResult):
        return [as_bytes(stream)]
    return [as_bytes(result) async for result in stream]


async def assert_same_events(query: str | DocumentNode, **given: Any) -> Executor:
    document = parse(query) if isinstance(query, str) else query
    executor = Executor(SCHEMA)
    by_core: Any = subscribe(SCHEMA, document, **given)
    if asyncio.iscoroutine(by_core):
        by_core = await by_core
    expected = await events(by_core)
    assert await events(await executor.subscribe(document, **given)) == expected
    return executor


async def test_events_are_executed_as_by_graphql_core() -> None:
    query = "subscription ($to: Int, $by: Int) { counted(to: $to) { number late(by: $by) half } }"
    executor = await assert_same_events(query, variable_values={"to": 5, "by": 1})
    assert executor.statistics.hits == 4
    assert executor.statistics.fallbacks == {"first sight": 1}


async def test_a_null_at_the_root() -> None:
    await assert_same_events("subscription { counted(to: 2) { n: half number } }")


async def test_requests_that_fail() -> None:
    await assert_same_events("subscription ($to: Int!) { counted(to: $to) { number } }")
    await assert_same_events("subscription { broken }")
    await assert_same_events("subscription { plain }", root_value={"plain": None})
    await assert_same_events("subscription A { plain }", operation_name="B")


async def test_closing_the_stream_closes_its_source() -> None:
    closed = asyncio.Event()

    async def source(*_given: Any) -> AsyncIterator[dict[str, int]]:
        try:
            while True:
                yield {"plain": 1}
        finally:
            closed.set()

    stream = await Executor(SCHEMA).subscribe(
        parse("subscription { plain }"), root_value={"plain": source}
    )
    assert not isinstance(stream, ExecutionResult)
    assert (await anext(stream)).data == {"plain": 1}
    await stream.aclose()  # type: ignore[attr-defined]
    assert closed.is_set()
