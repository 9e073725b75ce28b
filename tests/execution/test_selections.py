"""What the owner of a schema is told of the selection of a field that a loader gives."""

from typing import Any

import pytest
from graphql import GraphQLField, build_schema

from execution import Loaded, Selected, Shortcuts
from tests.execution.differential import Both
from tests.execution.test_loads import Batches

SCHEMA = build_schema(
    """
    type Query { book(id: Int!): Book }
    type Book { title: String  year: Int  word: String  writer: Writer  pages(first: Int!): Pages }
    type Pages { nodes: [Page]  total: Int  count: Int }
    type Page { number: Int  text: String  author: Writer }
    type Writer { name: String  born: Int  word: String }
    """
)
COLUMNS = {"title", "year", "number", "text", "name", "born"}
WRITERS = {"writer": "writer_id", "author": "author_id"}
ROWS: dict[str, Any] = dict.fromkeys(("title", "word", "text", "name"), "text")
ROWS |= dict.fromkeys(("year", "number", "born", "total", "count", "writer_id", "author_id"), 1)

told: dict[str, Selected] = {}


def tell(name: str, selected: Selected, given: int) -> int:
    if given < 0:
        raise ValueError("less than none")
    told[name] = selected
    return given


def named(field: GraphQLField) -> str:
    """The name of a field of these types; empty for `__typename`."""
    return str(field.extensions.get("name", ""))


def loaded(field: GraphQLField) -> Loaded | None:
    """Books, their pages and whoever wrote them."""
    name = named(field)
    if name in WRITERS:
        return Loaded(
            key=lambda row: row[WRITERS[name]],
            loader=lambda context: context["whole"],
            wrap=lambda row, _key, _context: row,
            reads=WRITERS[name],
            narrowed=lambda keys: (lambda context: context["part"]) if keys <= {"name"} else None,
        )
    if name not in {"book", "pages"}:
        return None
    return Loaded(
        key=lambda _source, asked: asked,
        loader=lambda context: context["whole"],
        wrap=lambda row, _key, _context: row,
        reads=None if name == "book" else "id",
        request=lambda selected, **given: tell(name, selected, *given.values()),
    )


def reads(field: GraphQLField) -> frozenset[str] | None:
    """The nodes of pages are read by what is selected of them, and so is their total."""
    return {"nodes": frozenset[str](), "total": frozenset({"id"})}.get(named(field))


async def resolve(source: Any, info: Any, **given: int) -> Any:
    """What graphql-core is to do: all that is loaded is the same row."""
    for value in given.values():
        if value < 0:
            raise ValueError("less than none")
    return ROWS


for type_name in ("Query", "Book", "Pages", "Page", "Writer"):
    for name, field in SCHEMA.type_map[type_name].fields.items():  # type: ignore[attr-defined]
        field.extensions = {"name": name}
        if name in {*WRITERS, "book", "pages"}:
            field.resolve = resolve
        elif name == "nodes":
            field.resolve = lambda source, _info: [source]
        else:
            field.resolve = lambda source, _info, name=name: source.get(name)

SHORTCUTS = Shortcuts(
    direct_item=lambda field: ("row", named(field)) if named(field) in COLUMNS else None,
    loaded=loaded,
    reads=reads,
)


class Rows(dict[str, Any]):
    """A row that is its own object."""

    @property
    def row(self) -> "Rows":
        return self


async def selected(query: str) -> tuple[dict[str, Selected], set[str]]:
    """What was told of the query's fields, and the loaders that were asked."""
    told.clear()
    asked: set[str] = set()

    def loader(name: str) -> Batches:
        def give(_key: Any) -> Rows:
            asked.add(name)
            return Rows(ROWS)

        return Batches(give, [])

    loaders = {name: loader(name) for name in ("whole", "part")}
    both = Both(SCHEMA, query, shortcuts=SHORTCUTS)
    await both.assert_same(context_value=loaders, root_value={})
    return dict(told), asked


@pytest.mark.parametrize(
    ("selection", "keys"),
    [
        ("__typename", set()),
        ("title", {"title"}),
        ("title ... { year } writer { born }", {"title", "year", "writer_id"}),
        ("pages(first: 1) { count }", {"id"}),
        ("title word", None),
    ],
)
async def test_the_keys_by_which_a_value_is_read(selection: str, keys: set[str] | None) -> None:
    found, _ = await selected(f"{{ book(id: 1) {{ {selection} }} }}")
    assert found["book"].keys == keys


@pytest.mark.parametrize(
    ("selection", "keys", "author"),
    [
        ("nodes { number }", {"number"}, None),
        ("nodes { number } total", {"number", "id"}, None),
        ("nodes { author { name } other: author { born } }", {"author_id"}, {"name", "born"}),
        ("nodes { author { name word } }", {"author_id"}, "any"),
        ("nodes { number } count", None, None),
    ],
)
async def test_the_keys_of_items(
    selection: str, keys: set[str] | None, author: set[str] | str | None
) -> None:
    found, _ = await selected(f"{{ book(id: 1) {{ pages(first: 1) {{ {selection} }} }} }}")
    assert found["pages"].keys == keys
    expected: Any = {} if author is None else {"author_id": None if author == "any" else author}
    assert found["pages"].loaded == expected


async def test_what_loaded_fields_will_ask_for_is_known_ahead() -> None:
    pages = (
        "a: pages(first: 3) { count } b: pages(first: -1) { count } c: pages(first: 5) { count }"
    )
    found, _ = await selected(f"{{ book(id: 1) {{ {pages} }} }}")
    assert found["book"].ahead == (3, 5)


@pytest.mark.parametrize(("fields", "loader"), [("name", "part"), ("name born", "whole")])
async def test_values_that_are_read_by_few_keys_come_from_a_narrower_loader(
    fields: str, loader: str
) -> None:
    _, asked = await selected(f"{{ book(id: 1) {{ writer {{ {fields} }} }} }}")
    assert (loader == "part") == ("part" in asked)
