"""Rows in the binary format of COPY, made where the rows are made: beside the event loop.

The format is PostgreSQL's, see "Binary Format" in the documentation of COPY: a header, for each
row the number of its fields and each field behind its length, and a trailer. Numbers are signed and
big-endian; times are microseconds since 2000 in UTC.
"""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from importing.formats.memo import Memo
from importing.rows import Row

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_FIELDS = len(Row._fields)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_start = struct.Struct(">h i16s iq").pack
_length = struct.Struct(">i").pack
_NULL = _length(-1)
_NO_FILE = 4 * _NULL
_BOOL = {flag: _length(1) + bytes([flag]) for flag in (False, True)}
_FLAGS = {
    (edited, deleted): _BOOL[edited] + _BOOL[deleted] for edited in _BOOL for deleted in _BOOL
}
_JSONB = b"\x01"
"""The version of jsonb's own format."""


def copied(rows: Iterable[Row]) -> bytes:
    """What COPY reads for these rows, their fields in the order of `Row`."""
    out, often = bytearray(_HEADER), Memo(_text)
    for row in rows:
        sent_at, sender, kind, body, language, edited, deleted, details, key = row[1:10]
        text = body.encode()
        out += _start(_FIELDS, 16, row.id.bytes, 8, (sent_at - _EPOCH) // _MICROSECOND)
        out += often[sender] if sender is not None else _NULL
        out += often[kind]
        out += _length(len(text))
        out += text
        out += often[language] if language is not None else _NULL
        out += _FLAGS[edited, deleted]
        out += _field(_JSONB + details.encode()) if details is not None else _NULL
        out += _length(len(key))
        out += key
        out += _NO_FILE if row.attachment_id is None else _file(row)
    out += _TRAILER
    return bytes(out)


def _file(row: Row) -> bytes:
    identifier = _field(row.attachment_id.bytes) if row.attachment_id else _NULL
    names = [_text(name) if name is not None else _NULL for name in (row.file_name, row.media_type)]
    size = _field(row.size.to_bytes(8, "big")) if row.size is not None else _NULL
    return b"".join([identifier, *names, size])


def _text(text: str) -> bytes:
    return _field(text.encode())


def _field(content: bytes) -> bytes:
    return _length(len(content)) + content
