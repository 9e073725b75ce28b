"""Resolvers' coroutines that graphql-core drops before their first step."""

import asyncio
import gc
from typing import Any

import pytest
from graphql import build_schema, parse

from app.graphql.compiled import CompiledExecutor
from app.graphql.documents import Prepared
from app.graphql.unbegun import Closing
from execution import Shortcuts


async def answer() -> int:
    return 1


async def test_a_coroutine_is_awaited_or_closed() -> None:
    assert await Closing(answer()) == 1
    coroutine = answer()
    closing = Closing(coroutine)
    del closing
    gc.collect()
    with pytest.raises(RuntimeError, match="cannot reuse already awaited"):
        await coroutine


async def test_an_operation_left_at_its_first_turn_leaves_nothing_behind() -> None:
    schema = build_schema("type Query { a: Int b: Int }")
    begun: list[str] = []

    def resolver(name: str) -> Any:
        async def resolve(_source: Any, _info: Any) -> int:
            begun.append(name)
            await asyncio.sleep(3600)
            return 1

        return resolve

    for name, field in schema.query_type.fields.items():  # type: ignore[union-attr]
        field.resolve = resolver(name)
    document = parse("{ a b }")
    prepared = Prepared(document, document.definitions[0], None, False, ())  # type: ignore[arg-type]
    executor = CompiledExecutor(schema, Shortcuts())
    task = asyncio.create_task(
        executor.execute(prepared, root=None, context=None, variables={})  # type: ignore[arg-type]
    )
    await asyncio.sleep(0)
    assert begun == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    gc.collect()
    assert begun == []
