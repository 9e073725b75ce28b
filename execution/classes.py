"""What can be known of a value from its class alone, remembered by class."""

from collections.abc import Callable, Mapping
from types import CoroutineType, FunctionType, GeneratorType, NoneType
from typing import Final
from weakref import ProxyTypes

from graphql.pyutils import Undefined

__all__ = ["is_mapping", "is_plain", "is_sequence"]

REMEMBERED_CLASSES: Final = 4096
"""How many classes a table remembers before it starts again: classes made at run time
must not be kept for ever."""


class ClassTable(dict[type, bool]):
    """A predicate over classes whose answers are kept: `table[type(value)]`."""

    def __init__(self, decide: Callable[[type], bool]) -> None:
        super().__init__()
        self._decide = decide

    def __missing__(self, cls: type) -> bool:
        if len(self) >= REMEMBERED_CLASSES:
            self.clear()
        answer = self[cls] = self._decide(cls)
        return answer


def _defines(cls: type, name: str) -> bool:
    return any(name in vars(base) for base in cls.__mro__)


def _has_static_attributes(cls: type) -> bool:
    """Whether an instance can only have the attributes `__await__` and so on by its class."""
    return not (
        _defines(cls, "__getattr__")
        or isinstance(cls.__getattribute__, FunctionType)
        or issubclass(cls, ProxyTypes)
    )


def _decide_plain(cls: type) -> bool:
    return (
        cls not in (NoneType, type(Undefined), CoroutineType, GeneratorType)
        and not issubclass(cls, Exception)
        and not _defines(cls, "__await__")
        and not _defines(cls, "__call__")
        and _has_static_attributes(cls)
    )


def _decide_sequence(cls: type) -> bool:
    return (
        (issubclass(cls, list) and cls.__iter__ is list.__iter__)
        or (issubclass(cls, tuple) and cls.__iter__ is tuple.__iter__)
    ) and not _defines(cls, "__aiter__")


is_plain: Final = ClassTable(_decide_plain)
"""Values of the class can be completed as they stand: none of them is null, an exception, an
awaitable, or something to be called."""

is_sequence: Final = ClassTable(_decide_sequence)
"""Values of the class are lists or tuples, and are iterated as such."""

is_mapping: Final = ClassTable(lambda cls: issubclass(cls, Mapping))
"""Values of the class are read by key where others are read by attribute."""
