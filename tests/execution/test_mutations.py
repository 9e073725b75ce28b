"""Mutations: one field after the other."""

import asyncio
from typing import Any

from graphql import build_schema

from tests.execution.differential import assert_same

SCHEMA = build_schema(
    """
    type Query { a: Int }
    type Mutation { add(n: Int!): Counter  late(n: Int!): Counter  fail: Counter  must: Counter! }
    type Counter { value: Int  later: Int  must: Int! }
    """
)


class Counter:
    """Counts, and writes down what it is asked."""

    def __init__(self) -> None:
        self.value = 0
        self.log: list[str] = []

    def add(self, _info: Any, n: int) -> "Counter":
        self.log.append(f"add {n}")
        self.value += n
        return self

    async def late(self, _info: Any, n: int) -> "Counter":
        self.log.append(f"late {n} begins")
        await asyncio.sleep(0)
        self.log.append(f"late {n} ends")
        self.value += n
        return self

    async def later(self, _info: Any) -> int:
        value = self.value
        await asyncio.sleep(0)
        self.log.append(f"read {value}")
        return value

    def fail(self, _info: Any) -> None:
        raise ValueError("fails")

    async def must(self, _info: Any) -> None:
        await asyncio.sleep(0)


async def run(query: str) -> tuple[Any, list[str]]:
    """Run in both ways; return the data, and what happened in the compiled one."""
    counters: list[Counter] = []

    def fresh() -> dict[str, Any]:
        counters.append(Counter())
        return {"root_value": counters[-1]}

    result = await assert_same(SCHEMA, query, fresh=fresh)
    by_core, compiled = counters
    assert compiled.log == by_core.log
    return result.data, compiled.log


async def test_each_field_is_finished_before_the_next_begins() -> None:
    data, log = await run(
        "mutation { a: late(n: 1) { value later } b: add(n: 2) { later }"
        " c: late(n: 3) { later value } }"
    )
    assert data == {
        "a": {"value": 1, "later": 1},
        "b": {"later": 3},
        "c": {"later": 6, "value": 6},
    }
    assert log == [
        *("late 1 begins", "late 1 ends", "read 1", "add 2", "read 3"),
        *("late 3 begins", "late 3 ends", "read 6"),
    ]


async def test_a_synchronous_mutation() -> None:
    data, _ = await run("mutation { a: add(n: 1) { value } b: add(n: 2) { value } __typename }")
    assert data == {"a": {"value": 1}, "b": {"value": 3}, "__typename": "Mutation"}


async def test_after_an_error_the_others_go_on() -> None:
    data, log = await run(
        "mutation { a: add(n: 1) { value } fail { value } b: late(n: 2) { value } }"
    )
    assert data == {"a": {"value": 1}, "fail": None, "b": {"value": 3}}
    assert "late 2 ends" in log


async def test_after_an_error_that_reaches_the_root_none_goes_on() -> None:
    data, log = await run(
        "mutation { a: late(n: 1) { value } must { value } b: add(n: 2) { value } }"
    )
    assert data is None
    assert log == ["late 1 begins", "late 1 ends"]


async def test_an_error_below_a_field() -> None:
    data, _ = await run(
        "mutation { a: add(n: 1) { must } b: late(n: 1) { must value } c: add(n: 1) { value } }"
    )
    assert data == {"a": None, "b": None, "c": {"value": 3}}
