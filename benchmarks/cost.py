"""What it takes to know an operation's cost before it runs, against what preparing it takes.

    python -m benchmarks.cost

The document is one of 5 KB that a rich page of a client might send.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from app.graphql.cost import CostModel
from app.graphql.documents import DocumentStore, Prepared
from app.graphql.limits import Limits
from app.metering.weights import weights_of
from schema.build import graphql_schema

SIZE = 5_000
ROUNDS = 200
PART = """
  part%d: conversations(first: $first, after: $after) {
    totalCount
    edges { cursor node {
      id title createdAt unreadCount
      lastMessage { id body sentAt sender { id name } }
      participants(first: 10) { nodes { id name user { id name handle } } }
      messages(last: $last) {
        nodes {
          id seq kind body sentAt editedAt deletedAt
          sender { id name } reactions { emoji participant { id name } } replyTo { id body }
        }
        pageInfo { hasNextPage endCursor }
      }
    } }
  }
"""


def document() -> str:
    """A valid document of at least 5 KB."""
    text, number = "", 0
    while len(text) < SIZE:
        text += PART % number
        number += 1
    return "query Page($first: Int, $last: Int, $after: String) {" + text + "}"


def best(action: Callable[[], object]) -> float:
    """Milliseconds that the action takes at its best."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times) * 1_000


def main() -> None:
    schema, text = graphql_schema(), document()
    limits = Limits(tokens=10_000)
    variables = {"first": 10, "last": 20}

    def prepared() -> Prepared:
        return DocumentStore(schema, limits, cache_bytes=0).prepare(text, None)

    operation = prepared()
    model = CostModel(schema, weights_of(schema))
    unmet = [prepared() for _ in range(ROUNDS)]
    fresh = best(lambda: model.cost(unmet.pop(), variables))
    known = best(lambda: model.cost(operation, variables))
    preparing = best(prepared)
    print(
        f"{len(text)} bytes, cost {model.cost(operation, variables):,}: computed anew in"
        f" {fresh:.3f} ms, {fresh / preparing:.1%} of parsing and validating ({preparing:.1f} ms);"
        f" with the document known in {known:.4f} ms, {known / fresh:.1%} of that"
    )


if __name__ == "__main__":
    main()
