"""A function's results, remembered in a dict that cannot grow without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

MAX_ENTRIES = 100_000
"""More than the seconds of a day; a real chat stays below, a hostile one starts afresh."""


class Memo(dict[str, Value]):
    """`memo[text]` is `function(text)`, at the speed of a dict from the second time on.

    What the function raises is raised, and not remembered.
    """

    def __init__(self, function: Callable[[str], Value]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, text: str) -> Value:
        if len(self) >= MAX_ENTRIES:
            self.clear()
        value = self._function(text)
        self[text] = value
        return value
