"""Resolvers that are awaited: together, without tasks, and without harm to each other."""

import asyncio
import gc
from asyncio import CancelledError, Event, Future, current_task
from collections.abc import Awaitable, Callable, Generator
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from aiodataloader import DataLoader
from graphql import ExecutionResult, GraphQLSchema, build_schema, parse

from execution import compile_operation
from tests.execution.differential import assert_same

SCHEMA = build_schema(
    """
    type Query { a: Int  b: Int  c: Int!  item: Item  must: Item!  items: [Item!]  maybe: [Item] }
    type Item { a: Int  b: Int  c: Int!  item: Item  items: [Item!] }
    """
)
name: ContextVar[str] = ContextVar("name", default="nobody")


class Source:
    """A source whose fields are given, and whose items are itself."""

    def __init__(self, *items: "Source", **fields: Callable[[Any], Any]) -> None:
        self.__dict__.update(fields)
        if items:
            self.items = self.maybe = items


def compiled(query: str, root: Any, schema: GraphQLSchema = SCHEMA) -> Awaitable[ExecutionResult]:
    result = compile_operation(schema, parse(query)).execute(root)
    assert not isinstance(result, ExecutionResult)
    return result


async def test_siblings_are_awaited_together() -> None:
    begun, both = [], Event()

    async def meet(info: Any) -> int:
        begun.append(info.field_name)
        if len(begun) == 6:
            both.set()
        await both.wait()
        return len(begun)

    inner = Source(a=meet, b=meet)
    result = await compiled("{ a b items { a b } }", Source(inner, inner, a=meet, b=meet))
    assert result.data == {"a": 6, "b": 6, "items": [{"a": 6, "b": 6}] * 2}
    assert begun == ["a", "b", "a", "b", "a", "b"]


async def test_no_task_is_made_for_a_field_or_an_item() -> None:
    tasks = 0
    loop = asyncio.get_running_loop()

    def count(loop: asyncio.AbstractEventLoop, coroutine: Any, **given: Any) -> Any:
        nonlocal tasks
        tasks += 1
        return asyncio.Task(coroutine, loop=loop, **given)

    async def later(_info: Any) -> int:
        await asyncio.sleep(0)
        return 1

    root = Source(*[Source(a=later, b=later)] * 20, a=later)
    loop.set_task_factory(count)
    try:
        result = await compiled("{ a items { a b } maybe { a } }", root)
    finally:
        loop.set_task_factory(None)
    assert result.errors is None
    assert tasks == 0


async def test_a_loader_is_asked_once_for_each_level() -> None:
    batches: list[list[int]] = []

    class Loader(DataLoader[int, int]):
        async def batch_load_fn(self, keys: list[int]) -> list[int]:
            batches.append(keys)
            await asyncio.sleep(0)
            return keys

    loader = Loader()

    async def load(key: int) -> int:
        return await loader.load(key)

    def item(key: int) -> Source:
        return Source(a=lambda _info: load(key), b=lambda _info: load(10 + key % 2))

    root = Source(*map(item, range(5)))
    result = await compiled("{ items { a b } }", root)
    assert batches == [[0, 10, 1, 11, 2, 3, 4]]
    assert result.data == {"items": [{"a": key, "b": 10 + key % 2} for key in range(5)]}


class Odd:
    """An awaitable whose iterator can do no more than be iterated."""

    def __init__(self, awaitable: Future[Any]) -> None:
        self._awaitable = awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        class Steps:
            def __init__(self, steps: Any) -> None:
                self._steps = steps

            def __iter__(self) -> Any:
                return self

            def __next__(self) -> Any:
                return next(self._steps)

        return Steps(self._awaitable.__await__())  # type: ignore[return-value]


async def test_all_kinds_of_awaitables() -> None:
    loop = asyncio.get_running_loop()

    def future(value: Any) -> Future[Any]:
        made: Future[Any] = loop.create_future()
        if isinstance(value, Exception):
            loop.call_soon(made.set_exception, value)
        else:
            loop.call_soon(made.set_result, value)
        return made

    def done(value: Any) -> Future[Any]:
        made: Future[Any] = loop.create_future()
        made.set_result(value)
        return made

    async def coroutine(value: Any) -> Any:
        return await future(value)

    async def task(value: Any) -> Any:
        return value

    for make in (
        future,
        done,
        coroutine,
        lambda value: asyncio.ensure_future(task(value)),
        lambda value: Odd(future(value)),
        lambda value: future(coroutine),
        lambda _value: future(ValueError("failed")),
    ):
        given = {name: (lambda _info, make=make: make(1)) for name in "abc"}
        inner = Source(**given)
        await assert_same(
            SCHEMA, "{ a b items { a b } maybe { a c } }", root_value=Source(inner, inner, **given)
        )
        await assert_same(SCHEMA, "{ a }", root_value=Source(**given))


async def test_errors_that_come_at_different_times() -> None:
    async def fail(turns: int) -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        raise ValueError(f"after {turns}")

    def late(turns: int) -> Callable[[Any], Any]:
        return lambda _info: fail(turns)

    for turns in range(5):
        inner = Source(a=late(3), b=late(turns), c=late(2))
        root = Source(inner, Source(a=late(1), c=late(4)), a=late(turns), b=late(1))
        await assert_same(SCHEMA, "{ a items { b a } b maybe { a b c } }", root_value=root)
        await assert_same(SCHEMA, "{ maybe { b a c } a items { c a } }", root_value=root)


async def test_context_variables_stay_with_their_field() -> None:
    async def change(info: Any) -> int:
        before = name.get()
        name.set(f"{info.path.as_list()}")
        await asyncio.sleep(0)
        assert name.get() == f"{info.path.as_list()}"
        return len(before)

    name.set("request")
    inner = Source(a=change, b=change)
    result = await compiled("{ a b items { a b } }", Source(inner, inner, a=change, b=change))
    assert result.data == {"a": 7, "b": 7, "items": [{"a": 7, "b": 7}] * 2}
    assert name.get() == "request"


async def test_a_timeout_within_a_resolver_stops_only_that_resolver() -> None:
    async def hurry(_info: Any) -> int:
        try:
            async with asyncio.timeout(0.001):
                await Event().wait()
        except TimeoutError:
            return -1
        return 0

    async def hurry_with_anyio(_info: Any) -> int:
        with anyio.move_on_after(0.001) as scope:
            await anyio.sleep_forever()
        return -2 if scope.cancelled_caught else 0

    async def steady(_info: Any) -> int:
        for _ in range(50):
            await asyncio.sleep(0.0002)
        return 1

    inner = Source(a=hurry, b=steady, c=hurry_with_anyio)
    result = await compiled("{ items { a b c } }", Source(inner, inner))
    assert result.data == {"items": [{"a": -1, "b": 1, "c": -2}] * 2}


async def test_each_field_is_the_current_task_while_it_runs() -> None:
    seen: list[Any] = []

    async def look(_info: Any) -> int:
        seen.append(current_task())
        await asyncio.sleep(0)
        assert current_task() is seen[seen.index(current_task())]
        return 1

    await compiled("{ a b }", Source(a=look, b=look))
    assert None not in seen
    assert len(set(seen)) == 2
    assert all(not task.cancelling() and task.done() and task.get_name() for task in seen)


async def test_a_single_field_is_awaited_in_the_task_of_the_request() -> None:
    async def look(_info: Any) -> int:
        assert current_task() is own
        return 1

    own = current_task()
    result = await compiled("{ item { a } }", {"item": Source(a=look)})
    assert result.data == {"item": {"a": 1}}


async def test_cancelling_the_request_cancels_what_it_waits_for() -> None:
    cancelled: list[str] = []
    waiting = Event()

    async def hang(info: Any) -> None:
        try:
            waiting.set()
            await Event().wait()
        except CancelledError:
            await asyncio.sleep(0)
            cancelled.append(info.field_name)
            raise

    for query in ("{ a }", "{ a b }", "{ items { a b } }", "{ must { a b } a }"):
        inner = Source(a=hang, b=hang)
        root = Source(inner, a=hang, b=hang, must=inner)
        cancelled.clear()
        waiting.clear()
        request = asyncio.ensure_future(compiled(query, root))
        await waiting.wait()
        request.cancel()
        with pytest.raises(CancelledError):
            await request
        assert len(cancelled) == query.count("a") + query.count("b")


async def test_a_field_that_resists_its_cancellation() -> None:
    waiting, freed = Event(), Event()

    async def resist(_info: Any) -> int:
        try:
            waiting.set()
            await Event().wait()
        except CancelledError:
            await freed.wait()
        return 1

    request = asyncio.ensure_future(compiled("{ a b }", Source(a=resist, b=resist)))
    await waiting.wait()
    request.cancel()
    await asyncio.sleep(0)
    assert not request.done()
    freed.set()
    with pytest.raises(CancelledError):
        await request


async def test_a_null_that_goes_up_cancels_its_siblings() -> None:
    cancelled: list[str] = []

    async def hang(info: Any) -> None:
        try:
            await Event().wait()
        except CancelledError:
            cancelled.append(str(info.path.as_list()))
            raise

    async def fail(_info: Any) -> None:
        await asyncio.sleep(0)
        raise ValueError("fails")

    inner = Source(a=hang, b=hang, c=fail)
    root = Source(inner, Source(a=hang, c=hang), inner)
    result = await assert_same(SCHEMA, "{ items { a item { a } b c } }", root_value=root)
    assert result.data == {"items": None}
    assert len(set(cancelled)) == 6


async def test_a_resolver_that_turns_its_cancellation_into_an_error() -> None:
    async def convert(_info: Any) -> None:
        try:
            await Event().wait()
        except CancelledError:
            raise ValueError("was cancelled") from None

    async def fail(_info: Any) -> None:
        raise ValueError("fails")

    inner = Source(a=convert, b=convert, c=fail)
    await assert_same(SCHEMA, "{ item { a c b } }", root_value={"item": inner})
    await assert_same(SCHEMA, "{ items { a c } a b }", root_value=Source(inner, inner))


async def test_a_resolver_that_is_cancelled_from_elsewhere() -> None:
    async def awaits_cancelled(_info: Any) -> None:
        future: Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    async def fine(_info: Any) -> int:
        await asyncio.sleep(0)
        return 1

    await assert_same(SCHEMA, "{ a }", root_value=Source(a=awaits_cancelled))
    await assert_same(SCHEMA, "{ a b }", root_value=Source(a=awaits_cancelled, b=fine))


async def test_a_resolver_that_yields_what_no_loop_understands() -> None:
    class Bad:
        def __await__(self) -> Generator[Any, Any, Any]:
            yield "nonsense"

    async def bad(_info: Any) -> None:
        await Bad()

    async def fine(_info: Any) -> int:
        return 1

    result = await compiled("{ a b }", Source(a=bad, b=fine))
    assert result.data == {"a": None, "b": 1}
    assert result.errors is not None
    assert "bad yield" in result.errors[0].message


async def test_a_future_of_another_loop() -> None:
    other = asyncio.new_event_loop()
    elsewhere = other.create_future()
    other.close()

    async def wrong(_info: Any) -> None:
        await elsewhere

    async def fine(_info: Any) -> int:
        return 1

    result = await compiled("{ a b }", Source(a=wrong, b=fine))
    assert result.data == {"a": None, "b": 1}
    assert result.errors is not None
    assert "another loop" in result.errors[0].message


async def test_fields_given_up_with_their_parent_run_to_their_end() -> None:
    ended: list[str] = []

    async def slow(info: Any) -> int:
        await asyncio.sleep(0)
        ended.append(info.field_name)
        return 1

    def fail(_info: Any) -> None:
        raise ValueError("fails")

    inner = Source(a=slow, b=slow, c=fail)
    root = Source(inner, Source(a=slow, b=slow, c=slow), a=slow)
    result = await assert_same(SCHEMA, "{ item { a b c } items { b c } }", root_value=root)
    assert result.data == {"item": None, "items": None}
    for _ in range(5):
        await asyncio.sleep(0)
    assert ended.count("b") == 2


def test_coroutines_without_a_loop_are_closed() -> None:
    async def never(_info: Any) -> int:
        raise AssertionError

    def fail(_info: Any) -> None:
        raise ValueError("fails")

    inner = Source(a=never, b=never, c=fail)
    operation = compile_operation(SCHEMA, parse("{ item { a b c } maybe { a c } }"))
    result = operation.execute(Source(inner, inner, item=lambda _info: inner))
    assert isinstance(result, ExecutionResult)
    assert result.data == {"item": None, "maybe": [None, None]}


def test_executions_leave_nothing_to_the_garbage_collector() -> None:
    executions = 100

    async def later(_info: Any) -> int:
        await asyncio.sleep(0)
        return 1

    operation = compile_operation(SCHEMA, parse("{ a items { a b } }"))
    root = Source(*[Source(a=later, b=later)] * 5, a=later)

    async def leave() -> int:
        gc.collect()
        gc.disable()
        try:
            for _ in range(executions):
                await operation.execute(root)  # type: ignore[misc]
            return gc.collect()
        finally:
            gc.enable()

    # In a loop without the suite's own tasks; another thread of its may leave an object or two.
    assert asyncio.run(leave()) < executions
