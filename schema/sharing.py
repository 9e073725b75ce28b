"""Which fields are the same for everybody who may see what they belong to.

A subscription that selects nothing else is executed once for all who hear of an event. A field
counts as the same only if that is proven: it reads an attribute, or its resolver is not given
`info`, without which it cannot reach the viewer, or it is marked SAME_FOR_ALL where it is defined.
What a mark claims is enforced, since a shared execution has no viewer to ask for, and tests execute
every marked field for several viewers.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.types.field import StrawberryField

from schema.fields import MARK
from schema.shortcuts import DEFINITION

Composite: TypeAlias = GraphQLObjectType | GraphQLInterfaceType


def is_same_for_all(field: GraphQLField) -> bool:
    """Whether it is proven that the field does not depend on the viewer."""
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField):
        return False
    if definition.permission_classes or definition.extensions:
        return False
    if definition.metadata.get(MARK, False):
        return True
    resolver = definition.base_resolver
    return resolver is None or resolver.info_parameter is None


class Differences:
    """Finds what an operation of a schema selects that may differ by viewer."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def below_root(self, operation: OperationDefinitionNode) -> Iterator[str]:
        """The fields, as Type.field, that are selected below the root of a valid operation.

        The root field's own resolver has its say before anything is shared.
        """
        root = self._schema.get_root_type(operation.operation)
        assert root is not None, "the operation is valid"
        for _, name, node in self._fields(root, operation.selection_set):
            if node.selection_set is not None:
                inner = get_named_type(root.fields[name].type)
                yield from self._in(inner, node.selection_set)

    def _in(self, parent: GraphQLNamedType, selected: SelectionSetNode) -> Iterator[str]:
        for owner, name, node in self._fields(parent, selected):
            if name.startswith("__"):
                continue
            for possible in self._possible(owner):
                if not is_same_for_all(possible.fields[name]):
                    yield f"{possible.name}.{name}"
            if node.selection_set is not None:
                inner = get_named_type(owner.fields[name].type)
                yield from self._in(inner, node.selection_set)

    def _fields(
        self, parent: GraphQLNamedType, selected: SelectionSetNode
    ) -> Iterator[tuple[Composite, str, FieldNode]]:
        """The fields of a selection, each with the type that it is selected of."""
        for node in selected.selections:
            match node:
                case FieldNode():
                    yield cast(Composite, parent), node.name.value, node
                case InlineFragmentNode():
                    yield from self._fields(self._type(node, parent), node.selection_set)
                case FragmentSpreadNode():
                    fragment = self._fragments[node.name.value]
                    yield from self._fields(self._type(fragment, parent), fragment.selection_set)

    def _type(
        self, node: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType
    ) -> GraphQLNamedType:
        condition = node.type_condition
        return parent if condition is None else self._schema.type_map[condition.name.value]

    def _possible(self, owner: Composite) -> Iterable[GraphQLObjectType]:
        """The types of which an object may be."""
        if isinstance(owner, GraphQLObjectType):
            return (owner,)
        return self._schema.get_possible_types(owner)


def differs_by_viewer(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> bool:
    """Whether a valid operation selects, below its root, what may differ by viewer."""
    return any(Differences(schema, document).below_root(operation))
