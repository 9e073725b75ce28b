"""Rows that are held column by column."""

from uuid import UUID

from models.rows import PackedIds, Table, Tables, column_of

IDS = [UUID(int=number) for number in (7, 2**127, 9)]


def table(ids: list[UUID], names: list[str]) -> Table:
    """A table as a statement gives it; null in place of what has no items."""
    packed = b"".join(key.bytes for key in ids)
    return Table.gathered({"id": packed or None, "name": names or None})


def test_rows_are_made_of_columns() -> None:
    rows = table(IDS, ["a", "b", "c"])
    assert len(rows) == 3
    assert rows[1] == {"id": IDS[1], "name": "b"}
    assert list(rows) == [{"id": key, "name": name} for key, name in zip(IDS, "abc", strict=True)]
    assert list(rows[-2::-1]) == [rows[1], rows[0]]


def test_ids_stay_bytes_until_one_is_asked_for() -> None:
    ids = column_of(table(IDS, ["a", "b", "c"])[1:], "id")
    assert isinstance(ids, PackedIds)
    assert ids.packed == tuple(key.bytes for key in IDS[1:])
    assert list(ids) == IDS[1:]
    assert ids[-1] == IDS[2]


def test_tables_are_joined() -> None:
    joined = Table.joined([table(IDS[:2], ["a", "b"]), table([], []), table(IDS[2:], ["c"])])
    assert isinstance(joined.column("id"), PackedIds)
    assert list(joined) == list(table(IDS, ["a", "b", "c"]))


def test_tables_of_one_statement_are_joined_without_being_made() -> None:
    packed = [IDS[0].bytes + IDS[1].bytes, None, IDS[2].bytes]
    tables = Tables({"id": packed, "name": [["a", "b"], None, ["c"]]})
    assert tables.lengths == [2, 0, 1]
    assert list(tables.joined()) == list(table(IDS, ["a", "b", "c"]))
    assert [len(each) for each in tables] == tables.lengths
    assert list(tables[1:].joined()) == list(tables[2]) == [{"id": IDS[2], "name": "c"}]


def test_no_rows() -> None:
    rows = table([], [])
    assert len(rows) == 0
    assert list(rows) == []
    assert list(rows[::-1]) == []
