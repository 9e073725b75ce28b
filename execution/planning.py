"""From an operation to a plan: which fields of which object types are completed, and as what.

The fields are collected by graphql-core itself, so fragments, type conditions, merging and the
order of keys are its own. `@skip` and `@include` that depend on variables are decided before the
plan is made: one plan is for one choice of those variables.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    CollectFieldsContext,
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    visit_selection_sets,
)
from graphql.execution.values import VariableValues

from execution.plan import (
    AbstractOutput,
    Document,
    FieldPlan,
    LeafOutput,
    ListOutput,
    ObjectOutput,
    Output,
    SelectionPlan,
    Unsupported,
)

__all__ = ["MAX_DEPTH", "MAX_FIELDS", "plan_operation", "read_document"]

MAX_FIELDS: Final = 500
"""Fields in one plan, counted once for each object type on which they are selected."""

MAX_SELECTIONS: Final = 20_000
"""Selections looked at while planning: it bounds the work where fragments repeat."""

MAX_DEPTH: Final = 50
"""Selections within selections."""


def read_document(document: DocumentNode, operation_name: str | None) -> Document:
    """Find the operation and refuse what only graphql-core executes.

    Raises `Unsupported`, also where there is no such operation.
    """
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    if operation_name is not None:
        operations = [
            node for node in operations if node.name and node.name.value == operation_name
        ]
    if not operations or (operation_name is None and len(operations) > 1):
        raise Unsupported("no operation")
    operation = operations[-1]
    if any(
        directive.name.value == "experimental_disableErrorPropagation"
        for directive in operation.directives or ()
    ):
        raise Unsupported("error propagation disabled")
    definitions = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    if any(node.variable_definitions for node in definitions.values()):
        raise Unsupported("fragment variables")
    return Document(
        operation,
        definitions,
        {name: FragmentDetails(node) for name, node in definitions.items()},
        tuple(sorted(set(_condition_variables(operation, definitions)))),
    )


def _condition_variables(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[str]:
    """Yield the variables in `@skip(if:)` and `@include(if:)`; refuse `@defer` and `@stream`."""
    pending = [operation.selection_set, *(node.selection_set for node in fragments.values())]
    while pending:
        for selection in pending.pop().selections:
            for directive in selection.directives or ():
                if directive.name.value in ("defer", "stream"):
                    raise Unsupported("incremental delivery")
                if directive.name.value in ("skip", "include"):
                    for argument in directive.arguments or ():
                        if isinstance(argument.value, VariableNode):
                            yield argument.value.name.value
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                pending.append(selection.selection_set)
            elif not isinstance(selection, FieldNode | InlineFragmentNode | FragmentSpreadNode):
                raise Unsupported("unknown selection")


def plan_operation(
    schema: GraphQLSchema, document: Document, conditions: Mapping[str, bool]
) -> SelectionPlan:
    """Plan the operation for one choice of its condition variables.

    Raises `Unsupported` where the plan would be too large or too deep.
    """
    root_type = schema.get_root_type(document.operation.operation)
    if root_type is None:
        raise Unsupported("no root type")
    return _Planner(schema, document, conditions).plan_root(root_type)


class _Planner:
    def __init__(
        self, schema: GraphQLSchema, document: Document, conditions: Mapping[str, bool]
    ) -> None:
        self._schema = schema
        self._document = document
        self._variables = VariableValues({}, dict(conditions))
        # Equal selections of a type are planned once, however many fields lead to them: a
        # document whose fragments double at each level stays as small as its text.
        self._selections: dict[object, SelectionPlan] = {}
        self._fields = 0
        self._selections_seen = 0

    def plan_root(self, root_type: GraphQLObjectType) -> SelectionPlan:
        grouped = self._collect(root_type, [self._document.operation.selection_set])
        return self._plan_selection(root_type, grouped, 0)

    def _collect(
        self, type_: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode]
    ) -> GroupedFieldSet:
        context = CollectFieldsContext(
            self._schema,
            self._document.fragments,
            self._variables,
            self._document.operation,
            type_,
            {},
            False,
            [],
            False,
            self._count_selections,
        )
        grouped: GroupedFieldSet = defaultdict(list)
        try:
            for selection_set in selection_sets:
                visit_selection_sets(context, selection_set, grouped, [])
        except GraphQLError:
            raise Unsupported("invalid directive") from None
        return grouped

    def _count_selections(self, selection_set: SelectionSetNode) -> None:
        self._selections_seen += len(selection_set.selections)
        if self._selections_seen > MAX_SELECTIONS:
            raise Unsupported("too large")

    def _plan_selection(
        self, parent: GraphQLObjectType, grouped: GroupedFieldSet, depth: int
    ) -> SelectionPlan:
        if depth > MAX_DEPTH:
            raise Unsupported("too deep")
        identity = (
            parent.name,
            tuple(
                (key, *(id(detail.node) for detail in details)) for key, details in grouped.items()
            ),
        )
        selection = self._selections.get(identity)
        if selection is None:
            self._fields += len(grouped)
            if self._fields > MAX_FIELDS:
                raise Unsupported("too large")
            fields = tuple(self._plan_fields(parent, grouped, depth))
            selection = SelectionPlan(len(self._selections) + 1, parent, fields)
            self._selections[identity] = selection
        return selection

    def _plan_fields(
        self, parent: GraphQLObjectType, grouped: GroupedFieldSet, depth: int
    ) -> Iterator[FieldPlan]:
        for key, details in grouped.items():
            name = details[0].node.name.value
            definition = self._schema.get_field(parent, name)
            if definition is None:  # graphql-core leaves it out too; validation refuses it
                continue
            output = (
                None
                if name in ("__typename", "__schema", "__type")
                else self._plan_output(definition.type, details, depth)
            )
            yield FieldPlan(key, definition, parent, details, output)

    def _plan_output(
        self, type_: GraphQLOutputType, details: FieldDetailsList, depth: int
    ) -> Output:
        bare = type_.of_type if is_non_null_type(type_) else type_
        shape: LeafOutput | ObjectOutput | AbstractOutput | ListOutput
        if is_list_type(bare):
            shape = ListOutput(self._plan_output(bare.of_type, details, depth))
        elif is_leaf_type(bare):
            shape = LeafOutput(bare)
        elif is_object_type(bare):
            shape = self._plan_object(bare, details, depth)
        elif is_abstract_type(bare):
            shape = AbstractOutput(
                bare,
                {
                    possible.name: self._plan_object(possible, details, depth)
                    for possible in self._schema.get_possible_types(bare)
                },
            )
        else:
            raise Unsupported("unknown type")
        return Output(type_, shape, bare is not type_)

    def _plan_object(
        self, type_: GraphQLObjectType, details: FieldDetailsList, depth: int
    ) -> ObjectOutput:
        nodes = (detail.node for detail in details)
        grouped = self._collect(type_, [n.selection_set for n in nodes if n.selection_set])
        return ObjectOutput(type_, self._plan_selection(type_, grouped, depth + 1))
