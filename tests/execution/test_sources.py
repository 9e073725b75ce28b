"""Fields without a resolver: what is read from which source, and what is called."""

from collections import UserDict
from collections.abc import Iterator, Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import Mock

import pytest
from graphql import build_schema

from tests.execution.differential import assert_same

SCHEMA = build_schema(
    """
    type Query { thing: Thing }
    type Thing { name: String size(unit: Int = 2, of: String): Int! next: Thing self: Thing! }
    """
)
QUERY = '{ thing { name size(of: "x") self { name next { name size } } } }'


class Plain:
    """Attributes."""

    name = "plain"
    size = 3

    @property
    def self(self) -> Any:
        return self

    next = None


class Methods:
    """Methods with and without what a resolver is given."""

    def name(self, info: Any) -> str:
        return f"{info.field_name} {info.path.as_list()}"

    def size(self, _info: Any, unit: int, of: str | None = None) -> int:
        return unit + len(of or "")

    def self(self, _info: Any) -> Any:
        return self

    async def next(self, _info: Any) -> Any:
        return {"name": "next", "size": lambda _info, unit: unit}


class Raises:
    """Properties that raise, once without having the attribute."""

    @property
    def name(self) -> str:
        raise ValueError("no name")

    @property
    def size(self) -> int:
        raise AttributeError("no size")

    @property
    def self(self) -> Any:
        raise KeyError("no self")


class Dynamic:
    """Every attribute, made when it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return {"name": "dynamic", "size": 1}.get(name, self if name == "self" else None)


class Row(NamedTuple):
    """A tuple with names."""

    name: str = "row"
    size: int = 2
    self: Any = ()


class Keys(Mapping[str, Any]):
    """A mapping that is no dict; its attributes are not fields."""

    name = "attribute"

    def __getitem__(self, key: str) -> Any:
        return {"name": "key", "size": 1, "self": self}[key]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


SOURCES: list[Any] = [
    Plain(),
    Methods(),
    Raises(),
    Dynamic(),
    Row(),
    Keys(),
    {"name": "dict", "size": 1, "self": {"size": "7"}},
    UserDict({"name": "user", "size": 1, "self": Plain()}),
    MappingProxyType({"name": "proxy", "size": 1, "self": Plain()}),
    SimpleNamespace(name=ValueError("as a value"), size=1, self=Plain()),
    SimpleNamespace(name=object(), size=object(), self=object()),
    Mock(),
    Plain,
    {},
    5,
    "text",
    [Plain()],
    ValueError("a source that is an error"),
]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
async def test_sources(source: Any) -> None:
    await assert_same(SCHEMA, QUERY, root_value={"thing": source})
    await assert_same(SCHEMA, QUERY, root_value=SimpleNamespace(thing=lambda _info: source))


async def test_each_attribute_is_read_once() -> None:
    reads: list[str] = []

    class Counting:
        def __getattribute__(self, name: str) -> Any:
            if name in ("name", "size"):
                reads.append(name)
            if name == "size":
                raise ValueError("no size")
            return object.__getattribute__(self, name)

        name = 5

    await assert_same(
        SCHEMA, "{ thing { name size other: name } }", root_value={"thing": Counting()}
    )
    half = len(reads) // 2
    assert reads[:half] == reads[half:]
