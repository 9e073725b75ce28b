"""How much a document asks for, once its fragments are unfolded.

Runs before validation, because that compares each pair of fields that must merge: a few
kilobytes that repeat one field would keep it busy for seconds. The walk sees a document as
execution would, with fields of one response name merged, and stops at the first limit, so
its own time is bounded however often fragments multiply.
"""

from collections.abc import Iterable
from typing import NoReturn

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from app.graphql.errors import DocumentError, TransportCode, coded
from app.graphql.limits import Limits

# The introspection query of the usual tools has 14 levels below `__schema`. That it lists no
# more than it should is for a validation rule of graphql-core.
INTROSPECTION_DEPTH = 20


def check_extent(document: DocumentNode, limits: Limits) -> None:
    """Raise `DocumentError` for a document beyond `limits`."""
    walk = _Walk(document, limits)
    try:
        walk.all()
    except RecursionError:
        walk.refuse_depth()


class _Walk:
    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._limits = limits
        self._definitions = [
            node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
        ]
        self._fragments = {
            node.name.value: node
            for node in self._definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._unfolded: set[str] = set()
        self._fields = 0
        self._aliases = 0
        self._directives = 0

    def all(self) -> None:
        """Operations, then the fragments that none of them reached: validation reads these too."""
        for node in self._definitions:
            if isinstance(node, OperationDefinitionNode):
                self._count_directives(len(node.directives or ()))
                self._descend([node.selection_set], self._limits.depth)
        for name, fragment in self._fragments.items():
            if name not in self._unfolded:
                self._descend([fragment.selection_set], self._limits.depth)

    def refuse_depth(self) -> NoReturn:
        message = f"The document is deeper than {self._limits.depth} levels."
        raise DocumentError([coded(TransportCode.QUERY_TOO_DEEP, message)])

    def _descend(self, sets: Iterable[SelectionSetNode], levels: int) -> None:
        """Count what the merged `sets` select; `levels` is how many more there may be."""
        groups = self._merged(sets)
        if groups and levels == 0:
            self.refuse_depth()
        for nodes in groups.values():
            inner = [node.selection_set for node in nodes if node.selection_set]
            if inner:
                meta = nodes[0].name.value.startswith("__")
                self._descend(inner, INTROSPECTION_DEPTH if meta else levels - 1)

    def _merged(self, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The fields of `sets` and of the fragments in them, by response name."""
        groups: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        waiting = list(sets)
        while waiting:
            for node in waiting.pop().selections:
                self._count_directives(len(node.directives or ()))
                if isinstance(node, FieldNode):
                    name = node.alias or node.name
                    group = groups.setdefault(name.value, [])
                    self._count_field(len(group), aliased=node.alias is not None)
                    group.append(node)
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                    seen.add(node.name.value)
                    waiting.extend(self._unfold(node.name.value))
        return groups

    def _unfold(self, name: str) -> list[SelectionSetNode]:
        fragment = self._fragments.get(name)
        if fragment is None:  # validation will say so
            return []
        self._unfolded.add(name)
        self._count_directives(len(fragment.directives or ()))
        return [fragment.selection_set]

    def _count_field(self, twins: int, *, aliased: bool) -> None:
        self._fields += 1 + twins
        self._aliases += aliased
        if self._fields > self._limits.fields:
            message = "The document selects too many fields, or the same ones too often."
            raise DocumentError([coded(TransportCode.TOO_MANY_FIELDS, message)])
        if self._aliases > self._limits.aliases:
            message = f"The document has more than {self._limits.aliases} aliases."
            raise DocumentError([coded(TransportCode.TOO_MANY_ALIASES, message)])

    def _count_directives(self, count: int) -> None:
        self._directives += count
        if self._directives > self._limits.directives:
            message = f"The document has more than {self._limits.directives} directives."
            raise DocumentError([coded(TransportCode.TOO_MANY_DIRECTIVES, message)])
