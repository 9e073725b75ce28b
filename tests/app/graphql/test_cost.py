"""What operations cost, computed on a schema made for it."""

from typing import Any

import pytest
from graphql import OperationType, build_schema

from app.graphql.cost import CostModel, Weights
from app.graphql.documents import DocumentStore
from app.graphql.limits import Limits

SCHEMA = build_schema(
    """
    type Query { me: Person people(first: Int, last: Int): People! nodes(ids: [ID!]!): [Node]! }
    type Mutation { rename: Person }
    type People { edges: [Edge!]! totalCount: Int! }
    type Edge { node: Person! }
    interface Node { id: ID! }
    type Person implements Node { id: ID! name: String tags: [Tag!]! friends(first: Int): People! }
    type Tag { name: String }
    """
)
MODEL = CostModel(
    SCHEMA,
    Weights(
        {"People.totalCount": 10, "People.edges": 0, "Query.__schema": 50},
        {OperationType.MUTATION: 7},
        page=20,
        most=100,
        listed=5,
    ),
)
DOCUMENTS = DocumentStore(SCHEMA, Limits(depth=40), cache_bytes=1_000_000)


def cost(text: str, **variables: Any) -> int:
    return MODEL.cost(DOCUMENTS.prepare(text, None), variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 0),
        ("{ me { id name } }", 1),
        ("{ a: me { id } b: me { id } }", 2),
        ("{ me { id } ... { me { name } } }", 1),
        ("mutation { rename { id } }", 8),
        ("{ me { tags { name } } }", 1 + 5),
        ("{ people(first: 10) { totalCount } }", 1 + 10),
        ("{ people { edges { node { id } } } }", 1 + 20),
        ("{ people(first: 0) { edges { node { id } } } }", 1),
        ("{ people(first: -5) { edges { node { id } } } }", 1),
        ("{ people(last: 3) { edges { node { id } } } }", 1 + 3),
        ("{ people(first: null, last: 3) { edges { node { id } } } }", 1 + 3),
        ("{ people(first: 999999999) { edges { node { id } } } }", 1 + 100),
        (
            "{ people(first: 3) { edges { node"
            " { friends(first: 4) { edges { node { id } } } } } } }",
            1 + 3 * (1 + 1 + 4),
        ),
        ('{ nodes(ids: ["a", "b"]) { id ... on Person { tags { name } } } }', 2 * (1 + 5)),
        ("{ __schema { types { name fields { name } } } }", 50),
    ],
)
def test_costs(text: str, expected: int) -> None:
    assert cost(text) == expected


PAGED = "query($n: Int, $m: Int = 4) { people(first: $n, last: $m) { edges { node { id } } } }"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 4),
        ({"n": 7}, 7),
        ({"n": None, "m": 6}, 6),
        ({"n": None, "m": None}, 20),
        ({"n": 10**12}, 100),
        ({"n": -1}, 0),
        ({"n": "many"}, 4),
    ],
)
def test_variables_give_sizes(variables: dict[str, Any], expected: int) -> None:
    assert cost(PAGED, **variables) == 1 + expected


def test_variables_give_lists() -> None:
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    assert cost(text, ids=["a"] * 30) == 30


def test_sizes_multiply_whether_given_or_written() -> None:
    text = """query($n: Int) {
      people(first: $n) { edges { node { friends(first: 10) { edges { node {
        friends(first: $n) { edges { node { id } } } } } } } } }
    }"""

    assert cost(text, n=2) == 1 + 2 * (1 + 1 + 10 * (1 + 1 + 2))


def test_fragments_that_multiply_are_walked_once_each() -> None:
    fragments = " ".join(
        f"fragment F{n} on Person {{ friends(first: 1) {{ edges {{ node {{ ...F{n + 1} }} }} }} }}"
        for n in range(8)
    )
    text = "{ me { ...F0 } } " + fragments + " fragment F8 on Person { id }"

    assert cost(text) == 1 + 8 * 2
