"""What a plan is made of: which fields of which object types are completed, and as what.

`execution.planning` makes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails

__all__ = [
    "AbstractOutput",
    "Document",
    "FieldPlan",
    "LeafOutput",
    "ListOutput",
    "ObjectOutput",
    "Output",
    "SelectionPlan",
    "Unsupported",
    "selections_of",
]


class Unsupported(Exception):  # noqa: N818 - it is no mistake of anyone's
    """The operation cannot be compiled; `reason` is one of a few fixed phrases."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Document:
    """The operation to execute, with the fragments of its document."""

    operation: OperationDefinitionNode
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    conditions: tuple[str, ...]
    """The variables on which a `@skip` or an `@include` depends, sorted."""


@dataclass(frozen=True, slots=True)
class LeafOutput:
    """A scalar or an enum."""

    type: GraphQLLeafType


@dataclass(frozen=True, slots=True)
class ObjectOutput:
    """An object with its selection."""

    type: GraphQLObjectType
    selection: "SelectionPlan"


@dataclass(frozen=True, slots=True)
class AbstractOutput:
    """An interface or a union, with a selection for each possible type."""

    type: GraphQLAbstractType
    objects: dict[str, ObjectOutput]


@dataclass(frozen=True, slots=True)
class ListOutput:
    """A list of items."""

    item: "Output"


@dataclass(frozen=True, slots=True)
class Output:
    """An output type: its shape, and whether null is refused."""

    type: GraphQLOutputType
    shape: LeafOutput | ObjectOutput | AbstractOutput | ListOutput
    non_null: bool


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One response key of a selection."""

    key: str
    definition: GraphQLField
    parent: GraphQLObjectType
    details: FieldDetailsList
    output: Output | None
    """`None` for `__typename`, `__schema` and `__type`."""

    @property
    def name(self) -> str:
        """The name of the field in the schema."""
        return self.details[0].node.name.value


@dataclass(frozen=True, slots=True)
class SelectionPlan:
    """The fields to complete for an object of one type, in the order of the response."""

    number: int
    type: GraphQLObjectType
    fields: tuple[FieldPlan, ...]


def selections_of(output: Output | None) -> Iterator[SelectionPlan]:
    """Yield the selections to which the items of an output lead."""
    match output and output.shape:
        case ListOutput(item):
            yield from selections_of(item)
        case ObjectOutput(_, selection):
            yield selection
        case AbstractOutput(_, objects):
            for object_ in objects.values():
                yield object_.selection
