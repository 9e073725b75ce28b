"""Rows as they are read: whole, some columns of one, or many at once, column by column."""

import struct
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple, overload

import asyncpg
from asyncpg.pgproto.pgproto import UUID


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


class WithEach(NamedTuple):
    """What was read with each row of a table."""

    values: Sequence[Any]
    places: Sequence[int] | None = None
    """Which of the values is that of each row, where several have the same; None: one for each."""


NOTHING: Final[Mapping[Hashable, WithEach]] = MappingProxyType({})


class PackedIds(Sequence[UUID]):
    """Ids as the bytes that PostgreSQL has joined them to; a UUID is made where it is asked for.

    Clients are shown ids as other texts, for which the bytes will do.
    """

    __slots__ = ("packed",)

    def __init__(self, packed: Sequence[bytes]) -> None:
        self.packed = packed
        """The sixteen bytes of each."""

    @classmethod
    def joined_in(cls, packed: bytes) -> "PackedIds":
        """Those in the bytes of all of them, one after the other."""
        return cls(struct.unpack("16s" * (len(packed) // 16), packed))

    def __len__(self) -> int:
        return len(self.packed)

    @overload
    def __getitem__(self, index: int) -> UUID: ...

    @overload
    def __getitem__(self, index: slice) -> "PackedIds": ...

    def __getitem__(self, index: int | slice) -> "UUID | PackedIds":
        found = self.packed[index]
        return UUID(found) if isinstance(found, bytes) else PackedIds(found)

    def __iter__(self) -> Iterator[UUID]:
        return map(UUID, self.packed)


class Table(Sequence[PartialRow]):
    """Rows that are held column by column, as PostgreSQL's aggregates give them.

    A row is made where it is asked for: to make each takes longer than all else that is done
    with it.
    """

    __slots__ = ("_columns", "_length", "with_each")

    def __init__(
        self,
        columns: Mapping[str, Sequence[Any]],
        with_each: Mapping[Hashable, WithEach] = NOTHING,
    ) -> None:
        """The columns by their names, at least one, all of the same length.

        `with_each`: what else was read with each row, by what it is known by.
        """
        self._columns = columns
        self._length = len(next(iter(columns.values())))
        self.with_each = with_each

    @classmethod
    def gathered(cls, arrays: Mapping[str, Any]) -> "Table":
        """The rows of columns as a statement gives them, all of them null where there are no rows:
        `id` as bytes, the others as arrays."""
        return cls(
            {
                name: PackedIds.joined_in(values or b"") if name == "id" else values or ()
                for name, values in arrays.items()
            }
        )

    @classmethod
    def joined(cls, tables: "Sequence[Table]") -> "Table":
        """The rows of tables with the same columns, of which there is at least one."""
        names = tables[0]._columns
        return cls({name: _joined([table.column(name) for table in tables]) for name in names})

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


class Tables(Sequence[Table]):
    """Several tables with the same columns, as a statement gathers them: see `Table.gathered`.

    They are read as one; to make each takes longer than that.
    """

    __slots__ = ("_columns", "lengths")

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """For each column, `id` among them, what each table has of it."""
        self._columns = columns
        self.lengths = [len(packed or b"") // 16 for packed in columns["id"]]

    def joined(self) -> Table:
        """The rows of all."""
        whole: dict[str, Any] = {}
        for name, values in self._columns.items():
            there = filter(None, values)
            whole[name] = b"".join(there) if name == "id" else list(chain.from_iterable(there))
        return Table.gathered(whole)

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, index: int) -> Table: ...

    @overload
    def __getitem__(self, index: slice) -> "Tables": ...

    def __getitem__(self, index: int | slice) -> "Table | Tables":
        found = {name: values[index] for name, values in self._columns.items()}
        return Tables(found) if isinstance(index, slice) else Table.gathered(found)


def _joined(columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
    if all(type(each) is PackedIds for each in columns):
        return PackedIds([packed for each in columns for packed in each.packed])  # type: ignore[attr-defined]
    return list(chain.from_iterable(columns))


def column_of(rows: Sequence[Any], name: str) -> Iterable[Any]:
    """One column of rows, however they are held."""
    return rows.column(name) if type(rows) is Table else map(itemgetter(name), rows)
