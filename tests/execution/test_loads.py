"""Fields whose value a loader gives: compiled code asks it directly, graphql-core by a resolver."""

import asyncio
from asyncio import Future
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

from execution import Loaded, Shortcuts
from tests.execution.differential import Both

SDL = """
type Query { items: [Item!]!  one: Item }
type Item {
  id: Int!
  owner: Person
  strict: Person!
  twin: Item
  names: [String]
}
type Person { id: Int!  name: String!  slow: String  nick: String }
"""
ITEMS = [{"id": n, "owner": n % 3 or None, "strict": n, "twin": n + 1} for n in range(8)]


class Batches:
    """A loader of the simplest kind: a batch is what was asked for in one turn of the loop."""

    def __init__(self, values: Callable[[Any], Any], counts: list[int]) -> None:
        self._values = values
        self._counts = counts
        self._known: dict[Any, Any] = {}
        self._future: Future[None] | None = None
        self._asked: list[Any] = []
        self.begun: Future[Future[None]] = asyncio.get_running_loop().create_future()
        """Gives the future of the first batch."""

    def request(self, key: Any) -> "Future[None]":
        if self._future is None:
            loop = asyncio.get_running_loop()
            self._future = loop.create_future()
            loop.call_soon(loop.call_soon, self._answer)
            if not self.begun.done():
                self.begun.set_result(self._future)
        if key not in self._asked:
            self._asked.append(key)
        return self._future

    def value(self, key: Any) -> Any:
        value = self._known[key]
        if isinstance(value, Exception):
            raise value
        return value

    def _answer(self) -> None:
        future, self._future = self._future, None
        asked, self._asked = self._asked, []
        assert future is not None
        self._counts.append(len(asked))
        if self._values is failing:
            future.set_exception(LookupError("the loader is away"))
            return
        self._known.update((key, self._values(key)) for key in asked)
        future.set_result(None)


def failing(_key: Any) -> Any:
    raise AssertionError("stands for a loader whose batches fail")


def person(key: int) -> Any:
    if key == 5:
        return ValueError("five is nobody")
    return None if key == 6 else {"id": key, "name": None if key == 7 else f"person {key}"}


def item(key: int) -> Any:
    return ITEMS[key] if key < len(ITEMS) else None


def names(key: int) -> list[str | None]:
    return [str(key), None]


FIELDS: dict[str, tuple[str, str]] = {
    "owner": ("owner", "person"),
    "strict": ("strict", "person"),
    "twin": ("twin", "item"),
    "names": ("id", "names"),
}


def make_schema() -> tuple[GraphQLSchema, Shortcuts]:
    schema = build_schema(SDL)
    declared: dict[int, Loaded] = {}

    async def resolve(source: Any, info: Any, *, column: str, loader: str) -> Any:
        if source[column] is None:
            return None
        chosen = info.context[loader]
        await chosen.request(source[column])
        return chosen.value(source[column])

    for name, (column, loader) in FIELDS.items():
        field = schema.type_map["Item"].fields[name]  # type: ignore[attr-defined]
        field.resolve = partial(resolve, column=column, loader=loader)
        declared[id(field)] = Loaded(
            key=lambda source, column=column: source[column],
            loader=lambda context, loader=loader: context[loader],
            wrap=lambda value, _key, _context: value,
        )

    async def slow(_source: Any, _info: Any) -> str:
        await asyncio.sleep(0)
        return "slow"

    schema.type_map["Person"].fields["slow"].resolve = slow  # type: ignore[attr-defined]
    return schema, Shortcuts(loaded=lambda field: declared.get(id(field)))


SCHEMA, SHORTCUTS = make_schema()


def context(counts: list[int], persons: Callable[[Any], Any] = person) -> Mapping[str, Any]:
    return {
        "person": Batches(persons, counts),
        "item": Batches(item, counts),
        "names": Batches(names, counts),
    }


@pytest.mark.parametrize(
    "selection",
    [
        "id owner { id name }",
        "owner { id } other: owner { name }",
        "owner { id slow }",
        "owner { nick } strict { id }",
        "twin { id owner { id } twin { id } }",
        "names twin { names }",
        "__typename owner { __typename }",
    ],
)
async def test_loaded_fields_are_those_of_the_resolver(selection: str) -> None:
    both = Both(SCHEMA, f"{{ items {{ {selection} }} }}", shortcuts=SHORTCUTS)
    for root in (ITEMS[:5], [], ITEMS[3:4], ITEMS):
        await both.assert_same(
            fresh=lambda: {"context_value": context([])}, root_value={"items": root}
        )


@pytest.mark.parametrize(
    ("selection", "failing_keys"),
    [("owner { name }", {5, 7}), ("strict { name }", {5, 6, 7}), ("id strict { id }", {5, 6})],
)
async def test_errors_of_single_keys_and_of_what_they_give(
    selection: str, failing_keys: set[int]
) -> None:
    """Key 5 raises, 6 is null and 7 has no name."""
    both = Both(SCHEMA, f"{{ one {{ {selection} }} }}", shortcuts=SHORTCUTS)
    for key in (4, 5, 6, 7):
        result = await both.assert_same(
            fresh=lambda: {"context_value": context([])},
            root_value={"one": {"id": 1, "owner": key, "strict": key}},
        )
        assert bool(result.errors) == (key in failing_keys)


async def test_errors_in_data_that_are_shared_are_told_of_each_object() -> None:
    both = Both(SCHEMA, "{ items { owner { id name } } }", shortcuts=SHORTCUTS)
    result = await both.assert_same(
        fresh=lambda: {"context_value": context([])},
        root_value={"items": [{"owner": 7}, {"owner": 7}, {"owner": 1}]},
    )
    assert [error.path for error in result.errors or ()] == [
        ["items", 0, "owner", "name"],
        ["items", 1, "owner", "name"],
    ]


async def test_a_batch_that_fails_fails_each_field() -> None:
    both = Both(SCHEMA, "{ items { owner { id } } }", shortcuts=SHORTCUTS)
    result = await both.assert_same(
        fresh=lambda: {"context_value": context([], failing)}, root_value={"items": ITEMS[:3]}
    )
    assert [error.message for error in result.errors or ()] == ["the loader is away"] * 2


async def test_a_level_is_one_batch_and_equal_data_are_made_once() -> None:
    both = Both(SCHEMA, "{ items { owner { id name } } }", shortcuts=SHORTCUTS)
    counts: list[int] = []
    result = both.execute_compiled(context_value=context(counts), root_value={"items": ITEMS})
    data: Any = (await result).data  # type: ignore[misc]
    assert counts == [2]
    owners = [each["owner"] for each in data["items"]]
    assert owners[1] == {"id": 1, "name": "person 1"}
    assert owners[1] is owners[4]
    assert owners[3] is None


async def test_giving_up_an_operation_leaves_the_loader_alone() -> None:
    both = Both(SCHEMA, "{ items { owner { id } twin { id } } }", shortcuts=SHORTCUTS)
    counts: list[int] = []
    loaders = context(counts)

    async def run() -> Any:
        return await both.execute_compiled(  # type: ignore[misc]
            context_value=loaders, root_value={"items": ITEMS[:4]}
        )

    task = asyncio.create_task(run())
    batch = await loaders["person"].begun
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await batch
    assert loaders["person"].value(1) == {"id": 1, "name": "person 1"}
