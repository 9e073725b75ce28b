"""The built-in scalars that serialise the usual values as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.type.scalars import (
    serialize_boolean,
    serialize_float,
    serialize_id,
    serialize_int,
    serialize_string,
)

__all__ = ["Inline", "Verbatim", "verbatim"]


@dataclass(frozen=True, slots=True)
class Inline:
    """How the usual values of a scalar are serialised in place, as Python text with `{0}`."""

    test: str
    """Holds for values of which the rest is known."""

    result: str = "{0}"
    """What they are serialised as; it raises nothing."""

    names: Mapping[str, Any] = field(default_factory=dict)
    """What the texts refer to."""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What values a scalar serialises as they are."""

    serialize: Any
    """The function of graphql-core of which this is known."""

    cls: type
    limits: str = ""
    """What else than the class is required, as a Python condition on `{0}`."""

    @property
    def test(self) -> str:
        """The whole condition."""
        return f"type({{0}}) is {self.cls.__name__}{self.limits}"


VERBATIM: Final[dict[GraphQLLeafType, Verbatim]] = {
    GraphQLString: Verbatim(serialize_string, str),
    GraphQLID: Verbatim(serialize_id, str),
    GraphQLBoolean: Verbatim(serialize_boolean, bool),
    GraphQLInt: Verbatim(serialize_int, int, " and -2147483648 <= {0} <= 2147483647"),
    GraphQLFloat: Verbatim(serialize_float, float, " and -inf < {0} < inf"),
}


def verbatim(type_: GraphQLLeafType) -> Verbatim | None:
    """Return what the type serialises as it is; `None` if it is not known to do so.

    A built-in scalar whose `coerce_output_value` has been replaced is not.
    """
    known = VERBATIM.get(type_)
    return known if known and known.serialize is type_.coerce_output_value else None
