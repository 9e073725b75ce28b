"""How the schema's types hold rows: a type wraps one row, and most fields are its columns."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

import strawberry

from models.database import Row, column_of
from resolvers.context import Context
from resolvers.loaders import Loaders
from resolvers.loading import Loader
from schema.ids import IdType, encode_id, encode_ids

Info = strawberry.Info[Context, None]

MARK: Final = "same_for_all"
SAME_FOR_ALL: Final = MappingProxyType({MARK: True})
"""The metadata of a field that is given `info` and does not depend on the viewer: see
schema.sharing. Without it a field is taken to differ."""

# What the metadata of a field say of it; `schema.shortcuts` reads them.
COLUMN = "column"
LOADED = "loaded"
OF_ROWS = "of_rows"
"""A function of a type and of the rows of a list of its objects, to the values of the field, which
are made of the column `id` alone."""
HELD_ROWS = "held_rows"
"""A function of a connection, to the rows of its nodes."""
READS = "reads"
"""The columns of its rows that a field of a page reads, beside what is selected of its value."""


def column(description: str | None = None) -> Any:
    """A field that is the row's column of the same (Python) name."""
    field = strawberry.field(description=description, metadata={COLUMN: True})
    field.init = False
    return field


@dataclass(frozen=True, slots=True)
class LoadedColumn:
    """A column that holds the key of a loader, and what is made of the loader's value."""

    column: str
    loader: Callable[[Loaders], Loader[Any, Any]]
    wrap: Callable[[Any], Any]
    narrow: "Narrow | None" = None


@dataclass(frozen=True, slots=True)
class Narrow:
    """A loader of rows with no other columns than these."""

    columns: frozenset[str]
    loader: Callable[[Loaders], Loader[Any, Any]]
    at_hand: str | None = None
    """What they are known by where they were read with each row of a list: `Table.with_each`."""


def loaded(
    column: str,
    loader: Callable[[Loaders], Loader[Any, Any]],
    wrap: Callable[[Any], Any],
    description: str | None = None,
    narrow: Narrow | None = None,
) -> Any:
    """A field whose value a loader gives by the key in a column of the row.

    A null key, or None from the loader, is null; of all else `wrap` makes the object that holds the
    row, or a list. The value must be the same for all who may see the row. `narrow` takes the place
    of the loader where its columns are enough.
    """

    async def resolve(self: Any, info: Info):  # type: ignore[no-untyped-def]
        key = self.row[column]
        value = None if key is None else await loader(info.context.loaders).load(key)
        return None if value is None else wrap(value)

    return strawberry.field(
        resolver=resolve,
        description=description,
        metadata={**SAME_FOR_ALL, LOADED: LoadedColumn(column, loader, wrap, narrow)},
    )


class RowType:
    """A type over one row: what is no field of its own is a column."""

    def __getattr__(self, name: str) -> Any:
        if name == "row" or name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.row[name]
        except KeyError:
            raise AttributeError(name) from None


@strawberry.interface(description="A thing with an id, by which `node` finds it again.")
class Node(RowType):
    """A row with an id of one type."""

    id_type: ClassVar[IdType]
    row: strawberry.Private[Row]

    @strawberry.field(
        description="Opaque, and stable for the life of the thing.",
        metadata={OF_ROWS: lambda cls, rows: encode_ids(cls.id_type, column_of(rows, "id"))},
    )
    def id(self) -> strawberry.ID:
        return encode_id(self.id_type, self.row["id"])
