"""Our way of validating: the errors of graphql-core, and what is left behind.

`test_core_validation` runs graphql-core's tests through it.
"""

import gc

from graphql import build_schema, parse, specified_rules, validate

from app.graphql.validation import Validator

SCHEMA = build_schema("type Query { a: Query b: Query name(of: Int): String }")
DOCUMENT = parse("query Q($n: Int) { a { b { ...F } } } fragment F on Query { name(of: $n) }")
WRONG = parse("{ a { nam b } c(x: 1) } fragment Unused on Query { b }")


def validator(suggestions: bool = True) -> Validator:
    return Validator(SCHEMA, specified_rules, suggestions=suggestions)


def test_a_valid_document_leaves_nothing_to_the_garbage_collector() -> None:
    valid = validator()
    assert valid.errors(DOCUMENT) == []
    gc.collect()
    gc.disable()
    try:
        assert valid.errors(DOCUMENT) == []
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_errors_are_those_of_graphql_core() -> None:
    errors = validator().errors(WRONG)
    assert errors == validate(SCHEMA, WRONG)
    assert len(errors) > 3


def test_names_are_not_suggested_where_they_are_not_told() -> None:
    errors = validator(suggestions=False).errors(WRONG)
    assert errors == validate(SCHEMA, WRONG, hide_suggestions=True)
    assert errors != validate(SCHEMA, WRONG)


def test_a_document_as_deep_as_the_parser_allows_is_walked_through() -> None:
    deep = parse("{" + "... {" * 198 + "name" + "}" * 198 + "}")
    assert validator().errors(deep) == []
