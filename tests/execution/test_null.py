"""Errors on their way up to the next place that may be null."""

import asyncio
from itertools import product
from typing import Any

import pytest
from graphql import build_schema, parse

from tests.execution.differential import Both, assert_same

SDL = """
type Query { sync: String  syncBang: String!  late: String  lateBang: String!
             nest: Query  nestBang: Query!  lateNest: Query  lateNestBang: Query!
             list: [Query]  listBang: [Query!]! }
"""
SCHEMA = build_schema(SDL)


class Source:
    """A source whose named fields raise or are null."""

    def __init__(self, trouble: dict[str, Any]) -> None:
        self._trouble = trouble

    def _value(self, name: str) -> Any:
        value = self._trouble.get(name, name)
        if isinstance(value, Exception):
            raise value
        return value

    def sync(self, _info: Any) -> Any:
        return self._value("sync")

    def syncBang(self, _info: Any) -> Any:  # noqa: N802
        return self._value("syncBang")

    async def late(self, _info: Any) -> Any:
        return self._value("late")

    async def lateBang(self, _info: Any) -> Any:  # noqa: N802
        await asyncio.sleep(0)
        return self._value("lateBang")

    def nest(self, _info: Any) -> Any:
        return self._trouble.get("nest", self)

    nestBang = nest  # noqa: N815

    async def lateNest(self, _info: Any) -> Any:  # noqa: N802
        return self._trouble.get("nest", self)

    lateNestBang = lateNest  # noqa: N815

    def list(self, _info: Any) -> Any:
        return [self, self._trouble.get("nest", self), self]

    listBang = list  # noqa: N815, A003


LEAVES = ["sync", "syncBang", "late", "lateBang"]
OBJECTS = ["nest", "nestBang", "lateNest", "lateNestBang", "list", "listBang"]


@pytest.mark.parametrize("outer", OBJECTS)
async def test_trouble_at_one_leaf_two_levels_down(outer: str) -> None:
    for inner, leaf in product(OBJECTS, LEAVES):
        both = Both(SCHEMA, parse(f"{{ {outer} {{ {inner} {{ {leaf} }} sync late }} late }}"))
        for trouble in (None, ValueError("trouble")):
            await both.assert_same(root_value=Source({leaf: trouble}))


@pytest.mark.parametrize("outer", OBJECTS)
async def test_trouble_at_several_leaves(outer: str) -> None:
    everywhere: dict[str, Any] = dict.fromkeys(LEAVES, ValueError("trouble"))
    for inner in OBJECTS:
        leaves = " ".join(LEAVES)
        query = f"{{ {outer} {{ {inner} {{ {leaves} }} {leaves} }} }}"
        await assert_same(SCHEMA, query, root_value=Source(everywhere))


@pytest.mark.parametrize("outer", OBJECTS)
async def test_objects_that_are_null(outer: str) -> None:
    for inner in OBJECTS:
        both = Both(SCHEMA, parse(f"{{ {outer} {{ {inner} {{ sync lateBang }} late }} }}"))
        for trouble in (None, ValueError("trouble"), 5):
            await both.assert_same(root_value=Source({"nest": trouble}))


async def test_the_root_itself_becomes_null() -> None:
    result = await assert_same(SCHEMA, "{ late syncBang }", root_value=Source({"syncBang": None}))
    assert result.data is None
    result = await assert_same(SCHEMA, "{ sync lateBang }", root_value=Source({"lateBang": None}))
    assert result.data is None
