"""Columns of many rows as PostgreSQL's arrays, which `unnest` makes rows of again."""

from collections.abc import Iterable
from typing import TypeVar

Value = TypeVar("Value")


def sparse(values: Iterable[Value | None]) -> list[Value | None]:
    """A column, empty where there is no value in it: beside longer ones `unnest` gives nulls.

    asyncpg asks of each item of an array, None too, whether it is an array itself, by comparing
    its type with abstract classes; so an empty column costs nothing, and a long one a lot.
    """
    column = list(values)
    return column if any(value is not None for value in column) else []
