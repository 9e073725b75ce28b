"""What a validation leaves behind."""

import gc
from collections.abc import Callable

from graphql import build_schema, parse, specified_rules, validate

from app.graphql.validation import validation_errors

SCHEMA = build_schema("type Query { a: Query b: Query name(of: Int): String }")
DOCUMENT = parse("query Q($n: Int) { a { b { ...F } } } fragment F on Query { name(of: $n) }")


def left_of(validated: Callable[[], object]) -> int:
    """How many objects only the garbage collector finds."""
    validated()
    gc.collect()
    gc.disable()
    try:
        validated()
        return gc.collect()
    finally:
        gc.enable()


def test_less_is_left_to_the_garbage_collector_than_by_graphql_core() -> None:
    rules = list(specified_rules)
    ours = left_of(lambda: validation_errors(SCHEMA, DOCUMENT, rules, suggestions=True))
    cores = left_of(lambda: validate(SCHEMA, DOCUMENT, rules))
    assert ours < 0.8 * cores


def test_errors_are_those_of_graphql_core() -> None:
    wrong = parse("{ a { nam b } c(x: 1) } fragment Unused on Query { b }")
    ours = validation_errors(SCHEMA, wrong, list(specified_rules), suggestions=True)
    assert ours == validate(SCHEMA, wrong)
    assert len(ours) > 3
