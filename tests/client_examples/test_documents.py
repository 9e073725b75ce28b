"""The documents of the client examples, checked against the schema."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    GraphQLSchema,
    NoUnusedFragmentsRule,
    parse,
    specified_rules,
    validate,
)
from graphql import FragmentDefinitionNode as Fragment
from graphql.execution.values import get_variable_values

from schema.build import graphql_schema
from tests.client_examples import menu

EXAMPLES = Path(__file__).parents[2] / "client-examples"
# Each document is given the fragments of the files beside it, which need not use them all.
INLINE = re.compile(r"graphql`([^`]*)`")
# What Relay's compiler understands and never sends.
RELAYS = re.compile(r"@(refetchable|argumentDefinitions|arguments|connection)\([^)]*\)")
RULES = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]


def documents() -> list[Path]:
    """Every .graphql file but the schema's and those of installed packages."""
    return [
        path
        for path in sorted(EXAMPLES.rglob("*.graphql"))
        if "node_modules" not in path.parts and path.name != "schema.graphql"
    ]


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


def test_documents_in_relays_sources_are_valid(schema: GraphQLSchema) -> None:
    sources = sorted((EXAMPLES / "relay/src").glob("*.ts"))
    inline = [text for path in sources for text in INLINE.findall(path.read_text("utf-8"))]

    whole = parse(RELAYS.sub("", "\n".join(inline)))

    assert len(whole.definitions) == 3
    assert [error.message for error in validate(schema, whole, RULES)] == []


def test_playground_lists_each_of_its_examples_once() -> None:
    listed = sorted(example.file for example in menu.examples())

    assert listed == sorted(path.name for path in menu.EXAMPLES.glob("*.graphql"))


@pytest.mark.parametrize("example", menu.examples(), ids=lambda example: example.file)
def test_variables_of_a_playground_example_fit(
    example: menu.Example, schema: GraphQLSchema
) -> None:
    definitions = example.operation.variable_definitions or ()
    made = menu.made_on_the_spot()
    for name in example.placeholders - set(made):
        assert menu.lookup(name) is not None, name

    given = example.filled({name: made.get(name, "an-id") for name in example.placeholders})
    result = get_variable_values(schema, definitions, given)

    if example.needs is None:
        assert not isinstance(result, list), result
    assert set(given) == {each.variable.name.value for each in definitions}


def test_the_page_makes_what_the_examples_take_for_made() -> None:
    page = (menu.SOURCES / "variables.ts").read_text(encoding="utf-8")

    assert set(menu.made_on_the_spot()) == set(re.findall(r"(?m)^  (\w+): \(\) =>", page))


def _project(path: Path) -> Path:
    return EXAMPLES / path.relative_to(EXAMPLES).parts[0]
