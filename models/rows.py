"""Rows as they are read: whole, some columns of one, or many at once, column by column."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, overload

import asyncpg


class _ByAttribute:
    """Columns are attributes as well."""

    __slots__ = ()

    def __getattr__(self: Any, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Row(_ByAttribute, asyncpg.Record):
    """A row."""


class PartialRow(_ByAttribute, dict[str, Any]):
    """Some columns of a row that was read together with others."""

    __slots__ = ()


class Table(Sequence[PartialRow]):
    """Rows that are held column by column, as PostgreSQL's `array_agg` gives them.

    A row is made where it is asked for: to make each takes longer than all else that is done
    with it.
    """

    __slots__ = ("_columns", "_length")

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """The columns by their names, at least one, all of the same length."""
        self._columns = columns
        self._length = len(next(iter(columns.values())))

    @classmethod
    def joined(cls, tables: "Sequence[Table]") -> "Table":
        """The rows of tables with the same columns, of which there is at least one."""
        names = tables[0]._columns
        return cls({name: [v for table in tables for v in table.column(name)] for name in names})

    def column(self, name: str) -> Sequence[Any]:
        """The values of a column. Raises KeyError."""
        return self._columns[name]

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> PartialRow: ...

    @overload
    def __getitem__(self, index: slice) -> "Table": ...

    def __getitem__(self, index: int | slice) -> "PartialRow | Table":
        found = {name: values[index] for name, values in self._columns.items()}
        return Table(found) if isinstance(index, slice) else PartialRow(found)

    def __iter__(self) -> Iterator[PartialRow]:
        names = tuple(self._columns)
        for values in zip(*self._columns.values(), strict=True):
            yield PartialRow(zip(names, values, strict=True))


def column_of(rows: Sequence[Any], name: str) -> Iterator[Any]:
    """One column of rows, however they are held."""
    return iter(rows.column(name)) if type(rows) is Table else map(itemgetter(name), rows)
