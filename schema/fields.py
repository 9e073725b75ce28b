"""How the schema's types hold rows: a type wraps one row, and most fields are its columns."""

from types import MappingProxyType
from typing import Any, ClassVar, Final

import strawberry

from models.database import Row
from resolvers.context import Context
from schema.ids import IdType, encode_id

Info = strawberry.Info[Context, None]

MARK: Final = "same_for_all"
SAME_FOR_ALL: Final = MappingProxyType({MARK: True})
"""The metadata of a field that is given `info` and does not depend on the viewer: see
schema.sharing. Without it a field is taken to differ."""


def column(description: str | None = None) -> Any:
    """A field that is the row's column of the same (Python) name."""
    field = strawberry.field(description=description)
    field.init = False
    return field


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

    @strawberry.field(description="Opaque, and stable for the life of the thing.")
    def id(self) -> strawberry.ID:
        return encode_id(self.id_type, self.row["id"])
