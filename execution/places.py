"""Places in the response, and the info of a resolver with the place of its field.

Each object and field of a response has a place, but few are ever asked for it: resolvers that look
at `info.path`, and errors. So a place is a plain tuple, at a fifth of the time that graphql-core's
`Path` takes to be made, and becomes one where it is asked for.
"""

from typing import Any, Final, TypeAlias, Union

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

__all__ = ["Info", "Where", "as_path", "new_tuple"]

Where: TypeAlias = tuple[Union["Where", None], str | int, str | None]
"""A place, as the three parts of a `Path`: the place of the object or list that it is in, its
response key or index, and the name of the object type that has the field."""


def as_path(where: Where | None) -> Path:
    """Return the path for a place."""
    places = []
    while where is not None:
        places.append(where)
        where = where[0]
    path: Path | None = None
    for _, key, parent in reversed(places):
        path = Path(path, key, parent)
    assert path is not None
    return path


class Info(GraphQLResolveInfo[Any]):
    """What resolvers are given: a `GraphQLResolveInfo` that makes its path when it is asked.

    As an item of the tuple the path is the plain place, which is equal to it.
    """

    __slots__ = ()

    @property
    def path(self) -> Path:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Response path to the field that is currently being resolved."""
        where: Any = self[PATH]
        return as_path(where)

    def __repr__(self) -> str:
        return repr(GraphQLResolveInfo(*self)._replace(path=self.path))


Info.__name__ = Info.__qualname__ = GraphQLResolveInfo.__name__  # messages may show the name

PATH: Final = GraphQLResolveInfo._fields.index("path")

new_tuple: Final[Any] = tuple.__new__
"""Makes a named tuple from its class and its values, in half the time that the class takes."""
