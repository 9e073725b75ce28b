"""The documents of the client examples, checked against the schema."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLSchema,
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql import FragmentDefinitionNode as Fragment
from graphql.execution.values import get_variable_values

from schema.build import graphql_schema

EXAMPLES = Path(__file__).parents[2] / "client-examples"
PLAYGROUND = EXAMPLES / "playground/src"
# Each document is given the fragments of the files beside it, which need not use them all.
RULES = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
# What the playground fills in without asking the server.
MADE_ON_THE_SPOT = {
    "$newKey": "a-key",
    "$timeZone": "Europe/Vienna",
    "$inOneHour": "2026-11-22T08:00:00.000Z",
}


def documents() -> list[Path]:
    """Every .graphql file but the schema's and those of installed packages."""
    return [
        path
        for path in sorted(EXAMPLES.rglob("*.graphql"))
        if "node_modules" not in path.parts and path.name != "schema.graphql"
    ]


def playground_examples() -> list[dict[str, Any]]:
    """The entries of the playground's menu."""
    menu = json.loads((PLAYGROUND / "examples/examples.json").read_bytes())
    return [example for area in menu for example in area["examples"]]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return graphql_schema()


@pytest.fixture(scope="module")
def fragments() -> dict[Path, dict[str, Fragment]]:
    """The fragments by project: a document may use one of another file of its project."""
    found: dict[Path, dict[str, Fragment]] = defaultdict(dict)
    for path in documents():
        for definition in parse(path.read_text(encoding="utf-8")).definitions:
            if isinstance(definition, Fragment):
                found[_project(path)][definition.name.value] = definition
    return found


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_document_is_valid(
    path: Path, schema: GraphQLSchema, fragments: dict[Path, dict[str, Fragment]]
) -> None:
    document = parse(path.read_text(encoding="utf-8"))
    own = {each.name.value for each in document.definitions if isinstance(each, Fragment)}
    others = [each for name, each in fragments[_project(path)].items() if name not in own]
    whole = DocumentNode(definitions=(*document.definitions, *others))

    assert [error.message for error in validate(schema, whole, RULES)] == []


def test_playground_lists_each_of_its_examples_once() -> None:
    listed = sorted(example["file"] for example in playground_examples())

    assert listed == sorted(path.name for path in (PLAYGROUND / "examples").glob("*.graphql"))


@pytest.mark.parametrize("example", playground_examples(), ids=lambda example: example["file"])
def test_variables_of_a_playground_example_fit(
    example: dict[str, Any], schema: GraphQLSchema
) -> None:
    document = parse((PLAYGROUND / "examples" / example["file"]).read_text(encoding="utf-8"))
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)

    given = _filled(example.get("variables", {}))
    result = get_variable_values(schema, operation.variable_definitions or (), given)

    assert not isinstance(result, list), result
    assert set(given) == {each.variable.name.value for each in operation.variable_definitions or ()}


def _project(path: Path) -> Path:
    return EXAMPLES / path.relative_to(EXAMPLES).parts[0]


def _filled(value: Any) -> Any:
    """The variables with a value for each placeholder: one made on the spot, or a looked-up id."""
    if isinstance(value, dict):
        return {name: _filled(inner) for name, inner in value.items()}
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    if value in MADE_ON_THE_SPOT:
        return MADE_ON_THE_SPOT[value]
    assert (PLAYGROUND / f"lookups/{value[1:]}.graphql").is_file(), value
    return "an-id"
