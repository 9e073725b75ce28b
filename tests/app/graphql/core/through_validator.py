"""A plugin of pytest: what graphql-core's own tests validate, our validator validates.

It runs in the folder of graphql-core's sources (`tests.app.graphql.test_core_validation`), and adds
to the summary how many documents were validated so.
"""

import sys
from collections.abc import Collection
from itertools import count

import graphql
import graphql.validation
import pytest
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    specified_rules,
)

from app.graphql.validation import Validator

VALIDATED = count()
CORE = graphql.validate


def validate(
    schema: GraphQLSchema,
    document_ast: DocumentNode,
    rules: Collection[type[ASTValidationRule]] | None = None,
    max_errors: int | None = None,
    **options: bool,
) -> list[GraphQLError]:
    """Like `graphql.validate`."""
    hide_suggestions = options.pop("hide_suggestions", False)
    if options or not isinstance(document_ast, DocumentNode):
        # We have no other options, and parse all documents ourselves.
        return CORE(schema, document_ast, rules, max_errors, hide_suggestions, **options)
    next(VALIDATED)
    validator = Validator(
        schema,
        tuple(specified_rules if rules is None else rules),
        suggestions=not hide_suggestions,
        most_errors=100 if max_errors is None else max_errors,
    )
    return validator.errors(document_ast)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many documents were validated."""
    terminalreporter.write_line(f"{next(VALIDATED)} validated")


for _module in (graphql, graphql.validation, sys.modules["graphql.validation.validate"]):
    _module.validate = validate  # type: ignore[attr-defined]
