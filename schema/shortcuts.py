"""What the compiled executor may know of our types, to read them without Strawberry's wrappers."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, cast

from graphql import (
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    get_nullable_type,
    is_list_type,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from execution import BatchLoader, Inline, Loaded, Selected, Shortcuts
from models.database import Table, Tables, WithEach, column_of
from schema.arguments import Convert, converter
from schema.connections import AskedPage, LoadedPage
from schema.fields import COLUMN, HELD_ROWS, LOADED, OF_ROWS, READS, LoadedColumn, Narrow

DEFINITION = "strawberry-definition"

# What the database gives. orjson writes these as their `isoformat`, in a tenth of its time.
DATE_TIME = Inline(
    "type({0}) is datetime and {0}.tzinfo is UTC", "{0}", {"datetime": datetime, "UTC": UTC}
)


def direct_attribute(field: GraphQLField) -> str | None:
    """The attribute that a field without a resolver of its own reads; None for any other field."""
    definition = _definition(field)
    if definition is None or not definition.is_basic_field or COLUMN in definition.metadata:
        return None
    return definition.python_name


def direct_item(field: GraphQLField) -> tuple[str, str] | None:
    """For a field that is a column: where its object has the row, and the column's name."""
    definition = _definition(field)
    if definition is None or COLUMN not in definition.metadata:
        return None
    return "row", definition.python_name


def direct_function(field: GraphQLField) -> Callable[[Any], Any] | None:
    """Our own method behind a field that takes neither arguments nor the info."""
    definition = _definition(field)
    if definition is None or not _is_bare(definition) or field.args:
        return None
    resolver = definition.base_resolver
    if resolver is None or resolver.info_parameter is not None:
        return None
    function: Any = resolver.wrapped_func
    return function  # type: ignore[no-any-return]


def direct_functions(
    type_: GraphQLObjectType, field: GraphQLField
) -> tuple[str, str, Callable[[Sequence[Any]], Sequence[Any]]] | None:
    """For a field that is made of one column of many rows at once: where objects have the row."""
    definition, cls = _definition(field), instances(type_)
    of_rows = definition.metadata.get(OF_ROWS) if definition else None
    return None if of_rows is None or cls is None else ("row", "id", partial(of_rows, cls))


def held_items(field: GraphQLField) -> tuple[str, Callable[[Any], Sequence[Any]]] | None:
    """For the nodes of a page: where each has its row, and what the rows are."""
    definition = _definition(field)
    held_rows = definition.metadata.get(HELD_ROWS) if definition else None
    return None if held_rows is None else ("row", held_rows)


def held_column(name: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """One column of all rows of a list."""
    return partial(column_of, name=name)


def held_together(lists: Sequence[Sequence[Any]]) -> tuple[Sequence[Any], Sequence[int]]:
    """The rows of several lists in one, and how many are of each."""
    if type(lists) is Tables:
        return lists.joined(), lists.lengths
    lengths = list(map(len, lists))
    if set(map(type, lists)) == {Table}:
        return Table.joined(cast("Sequence[Table]", lists)), lengths
    return list(chain.from_iterable(lists)), lengths


def direct_resolver(field: GraphQLField) -> Callable[..., Any] | None:
    """Our own method behind a field that takes the info, called with its arguments as it has
    them; None where only Strawberry can convert these."""
    definition = _definition(field)
    if definition is None or definition.base_resolver is None or not _is_bare(definition):
        return None
    if definition.base_resolver.info_parameter is None:
        return None
    function: Any = definition.base_resolver.wrapped_func
    if not field.args:
        return lambda source, info: function(source, Info(_raw_info=info, _field=definition))
    converters: dict[str, tuple[str, Convert]] = {}
    for (name, each), argument in zip(field.args.items(), definition.arguments, strict=True):
        convert = converter(each.type)
        if convert is None:
            return None
        converters[name] = argument.python_name, convert

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        arguments = {}
        for name, value in given.items():
            python_name, convert = converters[name]
            arguments[python_name] = None if value is None else convert(value)
        return function(source, Info(_raw_info=info, _field=definition), **arguments)

    return resolve


def loaded(field: GraphQLField) -> Loaded | None:
    """How a loader gives a field that is declared with one."""
    definition = _definition(field)
    declared = definition.metadata.get(LOADED) if definition else None
    if isinstance(declared, Loaded):
        return declared
    if isinstance(declared, LoadedPage):
        return _loaded_page(declared)
    if not isinstance(declared, LoadedColumn):
        return None
    loader, wrap = declared.loader, declared.wrap
    return Loaded(
        key=itemgetter(declared.column),
        reads=declared.column,
        loader=lambda context: loader(context.loaders),
        wrap=lambda value, _key, _context: wrap(value),
        within="row",
        keys=held_column(declared.column),
        holds=None if is_list_type(get_nullable_type(field.type)) else "row",
        narrowed=None if declared.narrow is None else partial(_narrowed, declared.narrow),
        at_hand=partial(_read_with_each, declared.narrow.at_hand) if declared.narrow else None,
    )


def _narrowed(narrow: Narrow, keys: frozenset[str]) -> Callable[[Any], BatchLoader] | None:
    return (lambda context: narrow.loader(context.loaders)) if keys <= narrow.columns else None


def _read_with_each(known_by: Hashable, rows: Sequence[Any]) -> WithEach | None:
    """What was read with each row of a list, if it was."""
    return rows.with_each.get(known_by) if type(rows) is Table else None


def _loaded_page(declared: LoadedPage) -> Loaded:
    loader, known_by = declared.loader, declared.known_by

    def at_hand(rows: Sequence[Any], asked: AskedPage) -> WithEach | None:
        return _read_with_each(known_by and known_by(asked.request, asked.columns), rows)

    def request(selected: Selected, **arguments: Any) -> AskedPage:
        return AskedPage(declared, declared.request(**arguments), declared.columns(selected))

    return Loaded(
        key=lambda row, asked: asked.key(row["id"]),
        reads="id",
        loader=lambda context: loader(context.loaders),
        wrap=declared.wrap,
        within="row",
        keys=lambda rows, asked: map(asked.key, column_of(rows, "id")),
        items=lambda page: page.rows,
        at_hand=at_hand,
        request=request,
    )


def reads(field: GraphQLField) -> frozenset[str] | None:
    """The columns of the rows of its page that a field of a connection reads."""
    definition = _definition(field)
    return definition.metadata.get(READS) if definition else None


def instances(type_: GraphQLObjectType) -> type | None:
    """The class that defines an object type."""
    definition = type_.extensions.get(DEFINITION)
    return definition.origin if isinstance(definition, StrawberryObjectDefinition) else None


def scalar(type_: GraphQLLeafType) -> Inline | None:
    """How values of DateTime are left to orjson."""
    return DATE_TIME if type_.name == "DateTime" else None


def _definition(field: GraphQLField) -> StrawberryField | None:
    definition = field.extensions.get(DEFINITION)
    return definition if isinstance(definition, StrawberryField) else None


def _is_bare(definition: StrawberryField) -> bool:
    """Whether Strawberry does no more for the field than to call its method with arguments."""
    return not (
        definition.extensions or definition.permission_classes or definition.is_subscription
    )


SHORTCUTS = Shortcuts(
    direct_attribute=direct_attribute,
    direct_item=direct_item,
    direct_function=direct_function,
    direct_functions=direct_functions,
    held_items=held_items,
    held_column=held_column,
    held_together=held_together,
    direct_resolver=direct_resolver,
    loaded=loaded,
    reads=reads,
    instances=instances,
    scalar=scalar,
)
