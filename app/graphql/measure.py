"""How deep a document goes and how much it multiplies, with its fragments unfolded.

Runs before validation, so it must stand unknown and cyclic fragments, and its time is
linear in the document: each fragment is measured once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Levels of fields, and the aliases and directives met when fragments are unfolded."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0


NOTHING = Extent()


def measure(document: DocumentNode) -> Extent:
    """The extent of the document's operations together: the deepest, and the sums.

    Introspection adds no depth, because its own validation rule bounds it. Raises
    RecursionError for a chain of fragments too long to follow.
    """
    meter = _Meter(document)
    return _sum(
        meter.of_definition(node)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )


class _Meter:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Extent] = {}

    def of_definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Extent:
        inner = self._of_selections(node.selection_set)
        return Extent(inner.depth, inner.aliases, inner.directives + len(node.directives or ()))

    def _of_selections(self, node: SelectionSetNode | None) -> Extent:
        return _sum(map(self._of_selection, node.selections)) if node else NOTHING

    def _of_selection(self, node: SelectionNode) -> Extent:
        directives = len(node.directives or ())
        if isinstance(node, FragmentSpreadNode):
            inner = self._of_fragment(node.name.value)
            return Extent(inner.depth, inner.aliases, inner.directives + directives)
        inner = self._of_selections(getattr(node, "selection_set", None))
        directives += inner.directives
        if not isinstance(node, FieldNode):
            return Extent(inner.depth, inner.aliases, directives)
        depth = 1 if node.name.value.startswith("__") else 1 + inner.depth
        return Extent(depth, inner.aliases + (node.alias is not None), directives)

    def _of_fragment(self, name: str) -> Extent:
        known = self._measured.get(name)
        if known is not None:
            return known
        node = self._fragments.get(name)
        if node is None:
            return NOTHING
        # A cycle finds this entry and adds nothing; validation then refuses it.
        self._measured[name] = NOTHING
        self._measured[name] = extent = self.of_definition(node)
        return extent


def _sum(extents: Iterable[Extent]) -> Extent:
    depth = aliases = directives = 0
    for extent in extents:
        depth = max(depth, extent.depth)
        aliases += extent.aliases
        directives += extent.directives
    return Extent(depth, aliases, directives)
