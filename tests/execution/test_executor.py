"""The executor of a schema: when it compiles, what it keeps, and what it counts."""

from inspect import isawaitable
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    NameNode,
    Visitor,
    build_schema,
    execute,
    parse,
    visit,
)

from execution import Executor, Shortcuts, Unsupported
from execution.cache import CompileBudget, CompiledCache, Sightings

SCHEMA = build_schema("type Query { a: Int b: Int next: Query }")
ROOT = {"a": 1, "b": 2}


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def data(executor: Executor, query: str | DocumentNode, **given: Any) -> Any:
    document = parse(query) if isinstance(query, str) else query
    result = executor.execute(document, root_value=ROOT, **given)
    assert isinstance(result, ExecutionResult)
    assert result.errors is None
    return result.data


async def test_a_document_is_compiled_when_it_comes_again() -> None:
    executor = Executor(SCHEMA)
    for _ in range(5):
        assert await data(executor, "{ a }") == {"a": 1}
    statistics = executor.statistics
    assert (statistics.compiled, statistics.hits) == (1, 4)
    assert statistics.fallbacks == {"first sight": 1}


async def test_operations_of_a_document_are_compiled_each_for_itself() -> None:
    executor = Executor(SCHEMA)
    document = parse("query A { a } query B { b }")
    for _ in range(3):
        assert await data(executor, document, operation_name="A") == {"a": 1}
        assert await data(executor, document, operation_name="B") == {"b": 2}
    assert executor.statistics.compiled == 2


async def test_what_cannot_be_compiled_is_executed_and_counted() -> None:
    executor = Executor(SCHEMA)
    query = f"{{ {' '.join(f'f{number}: a' for number in range(600))} }}"
    for _ in range(3):
        assert len(await data(executor, query)) == 600
    assert executor.statistics.fallbacks == {"first sight": 1, "too large": 2}
    for _ in range(2):
        result = executor.execute(parse("{ a }"), operation_name="Nope")
        assert isinstance(result, ExecutionResult)
        assert result.errors is not None
        assert result.errors[0].message == "Unknown operation named 'Nope'."
    assert executor.statistics.fallbacks["no operation"] == 1
    assert executor.statistics.compiled == 0


async def test_a_trusted_document_is_compiled_before_it_comes() -> None:
    executor = Executor(SCHEMA)
    document = parse("{ b }")
    executor.prepare(document)
    assert await data(executor, "{ b }") == {"b": 2}
    assert executor.statistics.hits == 1
    with pytest.raises(Unsupported, match="no operation"):
        executor.prepare(document, "Nope")


async def test_a_document_changed_after_parsing_is_not_taken_for_its_text() -> None:
    class Rename(Visitor):
        def enter_field(self, node: FieldNode, *_given: Any) -> FieldNode:
            return FieldNode(name=NameNode(value="b"), loc=node.loc)

    executor = Executor(SCHEMA)
    document = parse("{ a }")
    executor.prepare(document)
    changed = visit(document, Rename())
    assert changed.loc == document.loc
    assert await data(executor, changed) == {"b": 2}
    assert await data(executor, document) == {"a": 1}
    assert executor.statistics.fallbacks == {"changed document": 1}


async def test_documents_without_a_text_are_known_by_their_identity() -> None:
    executor = Executor(SCHEMA)
    document = parse("{ a }", no_location=True)
    other = parse("{ b }", no_location=True)
    for _ in range(3):
        assert await data(executor, document) == {"a": 1}
        assert await data(executor, other) == {"b": 2}
    assert executor.statistics.hits == 4


async def test_the_fallback_can_be_another_executor() -> None:
    calls: list[dict[str, Any]] = []

    def fallback(*given: Any, **named: Any) -> Any:
        calls.append(named)
        return execute(*given, **named)

    executor = Executor(SCHEMA, fallback=fallback)
    context = object()
    given = {"context_value": context, "variable_values": {"x": 1}}
    assert await data(executor, "{ a }", **given) == {"a": 1}
    assert calls[0]["context_value"] is context
    assert calls[0]["variable_values"] == {"x": 1}


async def test_awaitable_results_of_both_kinds_are_awaited() -> None:
    async def later(_info: Any) -> int:
        return 7

    executor = Executor(SCHEMA)
    for _ in range(2):
        result = executor.execute(parse("{ a }"), root_value={"a": later})
        assert isawaitable(result)
        assert await result == ExecutionResult({"a": 7}, None)


async def test_the_cache_does_not_outgrow_its_bytes() -> None:
    executor = Executor(SCHEMA, max_cache_bytes=100_000)
    for number in range(100):
        for _ in range(2):
            await data(executor, f"{{ a{number}: a next {{ b }} }}")
        assert executor.cache_bytes <= 100_000
    assert executor.statistics.compiled == 100
    assert executor.cache_bytes > 80_000
    # The last is still there, the first is not.
    await data(executor, "{ a99: a next { b } }")
    assert executor.statistics.compiled == 100
    await data(executor, "{ a0: a next { b } }")
    assert executor.statistics.compiled == 101


async def test_documents_that_come_once_are_never_compiled() -> None:
    executor = Executor(SCHEMA)
    for number in range(2_000):
        await data(executor, f"{{ a{number}: a }}")
    assert executor.statistics.compiled == 0
    assert executor.cache_bytes == 0
    assert executor.statistics.fallbacks == {"first sight": 2_000}


async def test_documents_that_come_twice_are_compiled_as_far_as_the_budget_goes() -> None:
    clock = Clock()
    executor = Executor(SCHEMA, budget=CompileBudget(share=0.1, saved=1e-9, clock=clock))
    for number in range(50):
        for _ in range(3):
            assert await data(executor, f"{{ a{number}: a }}") == {f"a{number}": 1}
    assert executor.statistics.compiled == 1
    assert executor.statistics.fallbacks["compile budget"] == 98
    clock.now = 1e6
    await data(executor, "{ a49: a }")
    assert executor.statistics.compiled == 2


def test_the_budget_is_a_share_of_the_time() -> None:
    clock = Clock()
    budget = CompileBudget(share=0.1, saved=2.0, clock=clock)
    budget.spend(2.5)
    assert not budget.allows()
    clock.now = 4.0
    assert not budget.allows()
    clock.now = 6.0
    assert budget.allows()
    clock.now = 1e9
    assert budget.allows()
    budget.spend(2.0)
    assert not budget.allows()


def test_sightings_are_forgotten_in_their_order() -> None:
    sightings = Sightings(max_keys=2)
    assert not sightings.seen_before("a")
    assert sightings.seen_before("a")
    assert not sightings.seen_before("b")
    assert not sightings.seen_before("c")
    assert not sightings.seen_before("a")


def test_an_entry_larger_than_the_cache_is_not_kept() -> None:
    executor = Executor(SCHEMA, max_cache_bytes=10)
    executor.prepare(parse("{ a }"))
    assert executor.cache_bytes == 0
    assert len(CompiledCache(10)) == 0


async def test_shortcuts_are_handed_on() -> None:
    shortcuts = Shortcuts(direct_resolver=lambda _field: lambda _source, _info: 9)
    executor = Executor(SCHEMA, shortcuts=shortcuts)
    executor.prepare(parse("{ a }"))
    assert await data(executor, "{ a }") == {"a": 9}
