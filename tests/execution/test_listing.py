"""Lists whose objects are completed all at once, with their loaded fields."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from inspect import isawaitable
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, build_schema

from execution import Loaded, Shortcuts
from tests.execution.differential import Both
from tests.execution.test_loads import Batches, failing

SDL = """
enum Kind { TEXT IMAGE }
type Query { page: Page  items: [Item!]  loose: [Item] }
type Page { nodes: [Item!]! }
type Item {
  id: ID!  kind: Kind!  size: Int  owner: Person  strict: Person!  twin: Item
  mate(by: Int = 1): Person
  crew: Page!
}
type Person { id: ID!  name: String!  friend: Person }
"""
LOADED = {"owner": "person", "strict": "person", "friend": "person", "twin": "item", "crew": "crew"}
"""Fields that a loader gives by a key of their name in the row, and the loader."""
PERSONS = {1: "Ada", 2: "Bob", 7: None, 8: 3.5}


class Holder:
    """An object that does no more than hold a row."""

    def __init__(self, row: Any) -> None:
        self.row = row


class Item(Holder):
    """An item."""


class Person(Holder):
    """A person."""


class Page(Holder):
    """A page, of rows."""

    made = 0

    def nodes(self) -> list[Item]:
        """The items of the rows."""
        Page.made += 1
        return [Item(row) for row in self.row]


def row(key: Any = 1, **given: Any) -> dict[str, Any]:
    """A row as it should be, but for what is given."""
    usual = {"id": key, "kind": "TEXT", "size": 3}
    usual |= {"owner": 1, "strict": 2, "twin": None, "crew": 2}
    return {**usual, **given}


def person(key: int) -> Any:
    """5 raises, 6 is null, 7 has no name, and that of 8 is none."""
    if key == 5:
        return ValueError("five is nobody")
    return None if key == 6 else {"id": key, "name": PERSONS.get(key, "Eve"), "friend": 1}


def crew(key: int) -> list[dict[str, Any]]:
    """The rows of a page; 3 has one of them that is not as it should be."""
    return [row(10), row(11, size="large" if key == 3 else None)][:key]


def mate_by(by: int) -> int:
    """What the argument of `mate` asks for."""
    if by < 0:
        raise ValueError("a mate is by a number")
    return by


def identifier(source: Any, _info: Any = None) -> str:
    return f"#{source.row['id']:d}"


CLASSES: dict[str, type] = {"Item": Item, "Person": Person, "Page": Page}


def make_schema() -> GraphQLSchema:
    """The schema with resolvers."""
    schema = build_schema(SDL)
    for type_name, cls in CLASSES.items():
        type_: Any = schema.type_map[type_name]
        if cls is not Page:  # so that what selects its nodes alone takes them all at once
            type_.is_type_of = lambda value, _info, cls=cls: isinstance(value, cls)
        for name, field in type_.fields.items():
            field.resolve = resolver(name)
            field.extensions = {"name": name}
    return schema


def name_of(field: GraphQLField) -> str:
    """The name of a field of an item, a person or a page; empty for others."""
    return str(field.extensions.get("name", ""))


def direct_item(field: GraphQLField) -> tuple[str, str] | None:
    """Most fields are read from the row."""
    name = name_of(field)
    return None if name in {"", "id", "nodes", "mate", *LOADED} else ("row", name)


def direct_function(field: GraphQLField) -> Callable[[Any], Any] | None:
    """Some are made of it."""
    functions: dict[str, Callable[[Any], Any]] = {"id": identifier, "nodes": Page.nodes}
    return functions.get(name_of(field))


def direct_functions(_type: GraphQLObjectType, field: GraphQLField) -> Any:
    """One is made for all at once."""
    if name_of(field) != "id":
        return None
    return "row", "id", lambda rows: [f"#{each['id']:d}" for each in rows]


def held_items(field: GraphQLField) -> Any:
    """The nodes of a page hold its rows."""
    return ("row", lambda page: page.row) if name_of(field) == "nodes" else None


def wrapped(name: str, value: Any) -> Any:
    """What a loaded field makes of what the loader gives."""
    return {"twin": Item, "crew": Page}.get(name, Person)(value)


def at_hand(held: list[dict[str, Any]]) -> tuple[list[Any], list[int] | None] | None:
    """The owners, where all rows have them beside their keys; each once if some share one."""
    if not all("its owner" in each for each in held):
        return None
    owners = {each["owner"]: each["its owner"] for each in held}
    if len(owners) == len(held):
        return list(owners.values()), None
    return list(owners.values()), [list(owners).index(each["owner"]) for each in held]


def loaded(field: GraphQLField) -> Loaded | None:
    """Others are loaded."""
    name = name_of(field)
    if name == "mate":
        return Loaded(
            key=lambda held, by: held["owner"] and held["owner"] + by,
            loader=lambda context: context["person"],
            wrap=lambda value, _key, _context: Person(value),
            within="row",
            holds="row",
            request=lambda _selected, by: mate_by(by),
        )
    if name not in LOADED:
        return None
    return Loaded(
        key=lambda held: held[name],
        loader=lambda context: context[LOADED[name]],
        wrap=lambda value, _key, _context: wrapped(name, value),
        within="row",
        holds=None if name == "crew" else "row",
        at_hand=at_hand if name == "owner" else None,
    )


SHORTCUTS = Shortcuts(
    direct_item=direct_item,
    direct_function=direct_function,
    direct_functions=direct_functions,
    held_items=held_items,
    loaded=loaded,
    instances=lambda type_: CLASSES.get(type_.name),
)


def resolver(name: str) -> Callable[..., Any]:
    """What graphql-core calls for a field."""
    if name == "id":
        return identifier
    if name == "nodes":
        return lambda source, _info: source.nodes()
    if name == "mate":
        return load_mate
    if name not in LOADED:
        return lambda source, _info: source.row[name]

    async def load(source: Any, info: Any) -> Any:
        return await load_by(info.context[LOADED[name]], source.row[name], name)

    return load


async def load_mate(source: Any, info: Any, by: int) -> Any:
    by, owner = mate_by(by), source.row["owner"]
    return await load_by(info.context["person"], owner and owner + by, "mate")


async def load_by(loader: Batches, key: Any, name: str) -> Any:
    if key is None:
        return None
    await loader.request(key)
    value = loader.value(key)
    return None if value is None else wrapped(name, value)


SCHEMA = make_schema()


def context(persons: Callable[[Any], Any] = person) -> dict[str, Any]:
    """The loaders."""
    loads = {"person": persons, "item": row, "crew": crew}
    return {name: Batches(values, []) for name, values in loads.items()}


STRANGE = [
    row(id="no number"),
    row(kind="SOUND"),
    row(kind=None),
    row(size=2**40),
    row(size=None),
    {name: value for name, value in row().items() if name != "size"},
    row(owner=None, strict=None),
    row(owner=5),
    row(owner=6),
    row(owner=7),
    row(owner=8),
    row(strict=5),
    row(strict=6),
    row(owner=5, strict=5),
    row(owner=7, strict=8, twin=5),
    row(owner=4, crew=3),
    row(crew=0),
]
SELECTIONS = [
    "id kind size",
    "__typename id",
    "__typename",
    "id owner { id name }",
    "owner { name } other: owner { id }",
    "id strict { name } kind",
    "owner { id } strict { name }",
    "owner { name friend { name } }",
    "twin { id owner { name } }",
    "twin { id size } owner { name }",
    "mate { name } mates: mate(by: 0) { id }",
    "mate(by: -1) { id }",
    "id crew { nodes { id size } }",
    "id crew { nodes { id } more: nodes { size } }",
    "crew { nodes { kind owner { name } } } owner { id }",
]


@pytest.mark.parametrize("selection", SELECTIONS)
async def test_lists_are_as_those_of_graphql_core(selection: str) -> None:
    for place in ("page { nodes", "items", "loose"):
        query = f"{{ {place} {{ {selection} }} {'}' if '{' in place else ''} }}"
        both = Both(SCHEMA, query, shortcuts=SHORTCUTS)
        assert "def all_select_Item" in both.source
        for rows in lists():
            items = [Item(each) for each in rows]
            await both.assert_same(
                fresh=lambda: {"context_value": context()},
                root_value={"page": Page(rows), "items": items, "loose": items},
            )


def lists() -> list[list[dict[str, Any]]]:
    """Rows: none, one, several, and with something strange at each place."""
    usual = [row(1), row(2, kind="IMAGE", owner=2), row(3, twin=1)]
    known = [[], usual[:1], usual, [row(4, owner=None)]]
    return known + [[*usual[:at], odd, *usual[at:]] for odd, at in product(STRANGE, (0, 2))]


@pytest.mark.parametrize(
    "selection", ["owner { id }", "strict { id }", "owner { id } strict { id }"]
)
async def test_a_batch_that_fails_fails_each_object(selection: str) -> None:
    both = Both(SCHEMA, f"{{ items {{ {selection} }} }}", shortcuts=SHORTCUTS)
    for count in (1, 3):
        result = await both.assert_same(
            fresh=lambda: {"context_value": context(failing)},
            root_value={"items": [Item(row(key)) for key in range(count)]},
        )
        assert result.errors


async def test_items_of_other_classes_and_none_are_completed_one_by_one() -> None:
    both = Both(SCHEMA, "{ loose { id owner { id } } items { id } }", shortcuts=SHORTCUTS)
    for strange in (None, Person(row()), Holder(row()), ValueError("no item")):
        root = {"loose": [Item(row()), strange], "items": [Item(row()), strange]}
        await both.assert_same(fresh=lambda: {"context_value": context()}, root_value=root)


async def test_objects_are_not_made_that_nobody_sees() -> None:
    both = Both(SCHEMA, "{ page { nodes { id owner { name } } } }", shortcuts=SHORTCUTS)
    Page.made = 0
    result = both.execute_compiled(
        context_value=context(), root_value={"page": Page([row(1), row(2)])}
    )
    data: Any = (await result).data  # type: ignore[misc]
    assert data == {"page": {"nodes": [{"id": f"#{n}", "owner": {"name": "Ada"}} for n in (1, 2)]}}
    assert Page.made == 0


@pytest.mark.parametrize("selection", ["owner { id }", "owner { name } strict { name }"])
async def test_what_is_at_hand_is_not_asked_for(selection: str) -> None:
    both = Both(SCHEMA, f"{{ items {{ {selection} }} }}", shortcuts=SHORTCUTS)
    rows = [with_owner(1), with_owner(2, strict=1)]
    await both.assert_same(
        fresh=lambda: {"context_value": context()}, root_value={"items": list(map(Item, rows))}
    )
    counts: list[int] = []
    found = both.execute_compiled(
        context_value={"person": Batches(person, counts)},
        root_value={"items": list(map(Item, rows))},
    )
    if isawaitable(found):
        await found
    assert counts == ([2] if "strict" in selection else [])


@pytest.mark.parametrize("odd", [{}, {"owner": 7}, {"owner": 8}, {"strict": 5}])
async def test_what_is_at_hand_may_be_strange_or_not_be_there(odd: dict[str, Any]) -> None:
    both = Both(SCHEMA, "{ items { owner { id name } strict { id } } }", shortcuts=SHORTCUTS)
    rows = [with_owner(1), with_owner(**odd) if odd else row(2)]
    await both.assert_same(
        fresh=lambda: {"context_value": context()}, root_value={"items": list(map(Item, rows))}
    )


def with_owner(key: Any = 1, **given: Any) -> dict[str, Any]:
    """A row that has its owner at hand."""
    made = row(key, **given)
    return {**made, "its owner": person(made["owner"])}


@pytest.mark.parametrize("persons", [person, failing])
async def test_giving_up_a_list_leaves_the_loader_alone(persons: Callable[[Any], Any]) -> None:
    both = Both(SCHEMA, "{ items { owner { id } strict { id } } }", shortcuts=SHORTCUTS)
    loaders = context(persons)

    async def run() -> Any:
        root = {"items": [Item(row(1)), Item(row(2, owner=None))]}
        return await both.execute_compiled(context_value=loaders, root_value=root)  # type: ignore[misc]

    task = asyncio.create_task(run())
    batch = await loaders["person"].begun
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait([batch])
    assert (batch.exception() is None) == (persons is person)


@pytest.mark.parametrize("selection", ["owner { id }", "mate { id } strict { name } kind"])
async def test_what_a_request_made_goes_without_the_garbage_collector(selection: str) -> None:
    both = Both(SCHEMA, f"{{ items {{ {selection} }} }}", shortcuts=SHORTCUTS)
    item = Item(row())
    gone = weakref.ref(item)
    gc.disable()
    try:
        await both.execute_compiled(  # type: ignore[misc]
            context_value=context(), root_value={"items": [item, Item(row(2))]}
        )
        del item
        await asyncio.sleep(0)
        assert gone() is None
    finally:
        gc.enable()
