"""Validating a document, and leaving less of that to the garbage collector.

Each rule of graphql-core is a visitor that keeps its own methods by the kind of node: a circle, of
which a validation leaves hundreds of objects. To find and free them took two fifths of the time of
a document that comes once, and kept all requests waiting where many did. What is out of our reach,
the visitor that calls the others, keeps as many objects again.
"""

from collections.abc import Callable, Collection
from typing import Any, cast

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    ValidationContext,
    validate,
)

MOST_ERRORS = 20


def validation_errors(
    schema: GraphQLSchema,
    document: DocumentNode,
    rules: Collection[type[ASTValidationRule]],
    *,
    suggestions: bool,
) -> list[GraphQLError]:
    """What the rules have against the document; the last says so if there is more."""
    visitors: list[ASTValidationRule] = []

    def kept(rule: type[ASTValidationRule]) -> Callable[[ValidationContext], ASTValidationRule]:
        def make(context: ValidationContext) -> ASTValidationRule:
            visitors.append(rule(context))
            return visitors[-1]

        return make

    try:
        # It makes a visitor of each rule by a call, and asks no more of it.
        makers = cast("Any", [kept(rule) for rule in rules])
        return validate(
            schema, document, makers, max_errors=MOST_ERRORS, hide_suggestions=not suggestions
        )
    finally:
        for visitor in visitors:
            vars(visitor).clear()
