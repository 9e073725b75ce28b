"""What an operation costs at most, computed from its document before anything runs.

A field costs its weight, and once more for each thing of the list that it is in. How long a list
may be is known from `first` and `last`, or is the default page size. The document is walked once:
what remains of it is a sum in which only the sizes that variables give are open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    value_from_ast_untyped,
)

from app.graphql.documents import Prepared
from app.graphql.executor import Variables


@dataclass(frozen=True, slots=True)
class Weights:
    """The constants of a schema's costs.

    `fields` has those of single fields by "Type.field". Others cost `composite` where they lead
    to an object and nothing where they are its values; an operation costs `operations` besides.
    `page` is the size of a page that is not asked for, `most` that of the largest there can be,
    and `listed` stands for the length of a list that has no pages.
    """

    fields: Mapping[str, int]
    operations: Mapping[OperationType, int]
    composite: int = 1
    page: int = 50
    most: int = 100
    listed: int = 5


@dataclass(frozen=True, slots=True)
class Variable:
    """A size that one of the variables gives, as a number or a list; `unset` where none does."""

    names: tuple[str, ...]
    unset: int

    def value(self, variables: Variables, most: int) -> int:
        """The size; a wrong one never gets as far as a resolver."""
        sizes = (_size_of(variables.get(name)) for name in self.names)
        size = next((size for size in sizes if size is not None), self.unset)
        return min(max(size, 0), most)


Size: TypeAlias = int | Variable


@dataclass(frozen=True, slots=True)
class Sum:
    """A cost of which all but some sizes is known: `fixed`, and for each part size × sum."""

    fixed: int
    parts: tuple[tuple[Variable, "Sum"], ...] = ()

    def value(self, variables: Variables, most: int) -> int:
        """The cost with these variables."""
        total = self.fixed
        for variable, inner in self.parts:
            total += variable.value(variables, most) * inner.value(variables, most)
        return total


FREE = Sum(0)


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What the schema says of a field: its weight, and what it leads to, if it leads anywhere."""

    weight: int
    inner: str | None = None
    is_list: bool = False
    has_pages: bool = False


class CostModel:
    """Computes costs for one schema. What was walked is remembered as long as its document."""

    def __init__(self, schema: GraphQLSchema, weights: Weights) -> None:
        self._schema = schema
        self.weights = weights
        self._known: WeakKeyDictionary[Prepared, tuple[Sum, Variables]] = WeakKeyDictionary()
        # Filled as fields are met: at most one for each field of the schema.
        self._fields: dict[tuple[str, str], FieldCost] = {}

    def cost(self, prepared: Prepared, variables: Variables) -> int:
        """What the operation may cost at most with these variables."""
        known = self._known.get(prepared)
        if known is None:
            walked = _Walk(self, self._schema, prepared).all()
            known = self._known[prepared] = walked, _defaults(prepared)
        costs, defaults = known
        if not costs.parts:
            return costs.fixed
        return costs.value({**defaults, **variables}, self.weights.most)

    def field(self, parent: str, name: str) -> FieldCost:
        """What a field of an object or interface type costs."""
        known = self._fields.get((parent, name))
        if known is None:
            known = self._fields[parent, name] = self._field_cost(parent, name)
        return known

    def _field_cost(self, parent: str, name: str) -> FieldCost:
        weight = self.weights.fields.get(f"{parent}.{name}")
        field = self._definition(parent, name)
        if field is None or is_leaf_type(get_named_type(field.type)):
            return FieldCost(weight or 0)
        return FieldCost(
            weight=self.weights.composite if weight is None else weight,
            inner=get_named_type(field.type).name,
            is_list=is_list_type(get_nullable_type(field.type)),
            has_pages="first" in field.args,
        )

    def _definition(self, parent: str, name: str) -> GraphQLField | None:
        """The field; None for those of introspection."""
        named = self._schema.type_map[parent]
        if is_object_type(named) or is_interface_type(named):
            field: GraphQLField | None = named.fields.get(name)
            return field
        return None


class _Walk:
    """One walk through a valid document.

    Sums of selections are remembered, so that fragments within fragments do not multiply the
    time that it takes.
    """

    def __init__(self, model: CostModel, schema: GraphQLSchema, prepared: Prepared) -> None:
        self._model = model
        self._schema = schema
        self._weights = model.weights
        self._prepared = prepared
        self._fragments = {
            node.name.value: node
            for node in prepared.document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[tuple[object, ...], Sum] = {}

    def all(self) -> Sum:
        operation = self._prepared.operation
        root = self._schema.get_root_type(operation.operation)
        assert root is not None, "the document is valid"
        selected = self._selections(root.name, [operation.selection_set], None)
        return Sum(
            self._weights.operations.get(operation.operation, 0) + selected.fixed, selected.parts
        )

    def _selections(
        self, type_name: str, sets: Sequence[SelectionSetNode], page: Size | None
    ) -> Sum:
        """The cost of selecting `sets` of one object; `page` is the size of the lists in it."""
        key = (type_name, page, *map(id, sets))
        known = self._known.get(key)
        if known is None:
            costs = [
                self._field(parent, nodes, page)
                for (parent, _), nodes in self._merged(type_name, sets).items()
            ]
            known = self._known[key] = _added(costs)
        return known

    def _field(self, parent: str, nodes: Sequence[FieldNode], listed: Size | None) -> Sum:
        """The cost of one field, which several nodes select, of an object of type `parent`.

        `listed` is the size of the page that the object is, if it is one.
        """
        cost = self._model.field(parent, nodes[0].name.value)
        if cost.inner is None:
            return Sum(cost.weight) if cost.weight else FREE
        page = self._page(nodes[0]) if cost.has_pages else None
        sets = [node.selection_set for node in nodes if node.selection_set]
        inner = self._selections(cost.inner, sets, page)
        one = Sum(cost.weight + inner.fixed, inner.parts)
        return (
            _times(self._length(nodes[0], listed if page is None else page), one)
            if cost.is_list
            else one
        )

    def _page(self, node: FieldNode) -> Size:
        """The size of the pages below a field that has them."""
        return self._size(_arguments(node, "first", "last"), self._weights.page)

    def _length(self, node: FieldNode, page: Size | None) -> Size:
        """The length of the list that a field is: of the page, or of the ids that it is given."""
        if page is not None:
            return page
        return self._size(_arguments(node, "ids"), self._weights.listed)

    def _size(self, values: Sequence[ValueNode], unset: int) -> Size:
        """The size that one of `values` says."""
        most = self._weights.most
        for value in values:
            if isinstance(value, IntValueNode):
                return min(max(int(value.value), 0), most)
            if isinstance(value, ListValueNode):
                return min(len(value.values), most)
        names = tuple(value.name.value for value in values if isinstance(value, VariableNode))
        return Variable(names, unset) if names else unset

    def _merged(
        self, type_name: str, sets: Sequence[SelectionSetNode]
    ) -> dict[tuple[str, str], list[FieldNode]]:
        """The fields of `sets` and of the fragments in them, by type and response name."""
        groups: dict[tuple[str, str], list[FieldNode]] = {}
        for parent, node in self._flattened(type_name, sets):
            if not node.selection_set and not self._model.field(parent, node.name.value).weight:
                continue  # A value that costs nothing, as most fields are.
            name = node.alias or node.name
            groups.setdefault((parent, name.value), []).append(node)
        return groups

    def _flattened(
        self, type_name: str, sets: Sequence[SelectionSetNode]
    ) -> Iterator[tuple[str, FieldNode]]:
        """Each field with the type that it is selected of; each fragment once."""
        seen: set[str] = set()
        waiting = [(type_name, each) for each in sets]
        while waiting:
            parent, selections = waiting.pop()
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    yield parent, node
                elif isinstance(node, InlineFragmentNode):
                    condition = node.type_condition
                    inner = condition.name.value if condition else parent
                    waiting.append((inner, node.selection_set))
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                    seen.add(node.name.value)
                    fragment = self._fragments[node.name.value]
                    waiting.append((fragment.type_condition.name.value, fragment.selection_set))


def _arguments(node: FieldNode, *names: str) -> list[ValueNode]:
    """The values of those of the arguments that are given."""
    return [argument.value for argument in node.arguments or () if argument.name.value in names]


def _defaults(prepared: Prepared) -> Variables:
    """The values that variables have by default."""
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in prepared.operation.variable_definitions or ()
        if definition.default_value is not None
    }


def _size_of(value: Any) -> int | None:
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, list) else None


def _added(sums: Sequence[Sum]) -> Sum:
    costly = [each for each in sums if each is not FREE]
    fixed = sum(each.fixed for each in costly)
    return Sum(fixed, tuple(part for each in costly for part in each.parts))


def _times(size: Size, inner: Sum) -> Sum:
    if isinstance(size, Variable):
        return Sum(0, ((size, inner),))
    parts = tuple((variable, _times(size, part)) for variable, part in inner.parts)
    return Sum(size * inner.fixed, parts)
