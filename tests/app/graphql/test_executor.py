"""What a document that comes once leaves behind, from its text to its result."""

import gc
from typing import Any

from graphql import ExecutionResult, build_schema

from app.graphql.compiled import CompiledExecutor
from app.graphql.documents import DocumentStore
from app.graphql.limits import Limits
from execution import Shortcuts


async def test_a_document_that_comes_once_leaves_nothing_to_the_garbage_collector() -> None:
    schema = build_schema("type Query { a: Query! name(of: Int): String }")
    documents = DocumentStore(schema, Limits(), cache_bytes=1_000_000)
    executor = CompiledExecutor(schema, Shortcuts())
    root: dict[str, Any] = {"name": "n"}
    root["a"] = root

    async def ask(number: int) -> None:
        prepared = documents.prepare(
            f"query Q($n: Int) {{ a {{ a{number}: name(of: $n) }} }}", None
        )
        result = executor.execute(prepared, root=root, context=None, variables={"n": 1})
        assert isinstance(result, ExecutionResult)
        assert (result.data, result.errors) == ({"a": {f"a{number}": "n"}}, None)

    await ask(0)
    gc.collect()
    gc.disable()
    try:
        for number in range(1, 20):
            await ask(number)
        assert gc.collect() < 19
    finally:
        gc.enable()
    assert executor.statistics.fallbacks == {"first sight": 20}
