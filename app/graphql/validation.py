"""Validating documents by the rules of graphql-core, in half of the time of its `validate`.

The rules are its own, and so are their errors. What is ours is how they are led through a document
(see `app.graphql.walking`), and how they ask for the variables of an operation: each of them walked
once more through it, and looked up the outcome by a hash of the whole tree. Nothing is left in
circles, so that a document that comes once leaves nothing to the garbage collector.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    TypeInfo,
    ValidationContext,
    Visitor,
    assert_valid_schema,
)
from graphql.pyutils import RefMap
from graphql.validation.validate import FragmentNestingVisitor, ValidationAbortedError
from graphql.validation.validation_context import (
    NodeWithSelectionSet,
    VariableUsage,
    VariableUsageVisitor,
)

from app.graphql.walking import Handlers, Walk

MOST_ERRORS: Final = 20


class Validator:
    """Validates the documents for one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        rules: Sequence[type[ASTValidationRule]],
        *,
        suggestions: bool,
        most_errors: int = MOST_ERRORS,
    ) -> None:
        assert_valid_schema(schema)
        self._schema = schema
        self._suggestions = suggestions
        self._most_errors = most_errors
        # Rules recurse through fragments: those that are nested too deeply are refused before.
        makers = (_fragment_nesting, *rules)
        self._makers = cast("Sequence[Callable[[ValidationContext], Visitor]]", makers)
        self._handlers = Handlers((FragmentNestingVisitor, *rules))

    def errors(self, document: DocumentNode) -> list[GraphQLError]:
        """What the rules have against the document; the last says so if there is more."""
        errors: list[GraphQLError] = []

        def report(error: GraphQLError) -> None:
            if len(errors) >= self._most_errors:
                raise ValidationAbortedError(
                    "Too many validation errors, error limit reached. Validation aborted."
                )
            errors.append(error)

        type_info = TypeInfo(self._schema)
        context = _Context(
            self._schema, document, type_info, report, hide_suggestions=not self._suggestions
        )
        makers = self._makers
        try:
            Walk(self._handlers, type_info, lambda number: makers[number](context)).visit(document)
        except ValidationAbortedError as error:
            # What an error refers to lives as long as it does.
            error.__context__ = None
            errors.append(error.with_traceback(None))
        except RecursionError:
            errors.append(ValidationAbortedError("Validation aborted."))
        return errors


def _fragment_nesting(context: ValidationContext) -> FragmentNestingVisitor:
    return FragmentNestingVisitor(
        {
            definition.name.value: definition
            for definition in context.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
    )


_VARIABLES: Final = Handlers([VariableUsageVisitor])


class _Context(ValidationContext):
    """Knows trees by their identity."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        type_info: TypeInfo,
        report: Callable[[GraphQLError], None],
        *,
        hide_suggestions: bool,
    ) -> None:
        super().__init__(schema, document, type_info, report, hide_suggestions)
        # graphql-core has dictionaries here, and the hash of a node is that of all below it.
        self._fragment_spreads: Any = RefMap()
        self._recursive_variable_usages: Any = RefMap()
        self._usages: RefMap[NodeWithSelectionSet, list[VariableUsage]] = RefMap()

    def get_variable_usages(self, node: NodeWithSelectionSet) -> list[VariableUsage]:
        """The variables in an operation or a fragment, each time that they are used."""
        usages: list[VariableUsage] | None = self._usages.get(node)
        if usages is None:
            fragment = node if isinstance(node, FragmentDefinitionNode) else None
            visitor = VariableUsageVisitor(self._type_info, fragment)
            Walk(_VARIABLES, self._type_info, lambda _number: visitor).visit(node)
            usages = self._usages[node] = visitor.usages
        return usages
