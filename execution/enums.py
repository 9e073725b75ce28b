"""The names of enum values that have been seen, so that most need no call."""

from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLEnumType, GraphQLError

from execution.classes import is_plain

__all__ = ["EnumNames", "enum_names"]


class EnumNames(dict[object, str]):
    """From an internal value to the name in the response.

    A `str` is its own key; a member of a Python enum is found by its `id`, because hashing
    some members is a call and some equal each other across enums. Everything else is left to the
    type's `coerce_output_value`, which is taken to be a function of the value alone.
    """

    def __init__(self, type_: GraphQLEnumType) -> None:
        super().__init__()
        self._members: list[Enum] = []  # kept alive, so that no other value gets their id
        for declared in type_.values.values():
            try:
                name = type_.coerce_output_value(declared.value)
            except (GraphQLError, TypeError, ValueError):
                continue
            if type(declared.value) is str:
                self[declared.value] = name
            else:
                self.learn(declared.value, name)

    def learn(self, value: Any, name: str) -> None:
        """Remember the name of a member of a Python enum."""
        if isinstance(value, Enum) and id(value) not in self and self._is_fixed(value):
            self._members.append(value)
            self[id(value)] = name

    @staticmethod
    def _is_fixed(value: Enum) -> bool:
        """Whether it is a declared member; combinations of flags would add up without end."""
        return is_plain[type(value)] and type(value).__members__.get(value.name) is value


_names: WeakKeyDictionary[GraphQLEnumType, EnumNames] = WeakKeyDictionary()


def enum_names(type_: GraphQLEnumType) -> EnumNames:
    """Return the table of an enum type; all compiled operations share it."""
    names = _names.get(type_)
    if names is None:
        names = _names[type_] = EnumNames(type_)
    return names
