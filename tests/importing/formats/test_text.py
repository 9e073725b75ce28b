"""Hostile and odd bytes: encodings, line ends, NUL, endless lines; memory stays bounded."""

import io
import tracemalloc
from collections import deque
from datetime import UTC
from typing import BinaryIO

import pytest

from importing.formats.text import MAX_BODY, MAX_LINE, READ_BYTES, blocks
from importing.formats.whatsapp import learn, read, read_batches
from importing.records import MAX_REMARKS, ArchiveError, ArchiveMessage, ErrorCode, Reason, Report

HEADER = "13/06/2026, 21:05 - "
TEXT = f"{HEADER}Ana: señor 👋\n{HEADER}Bob: two\nlines\n"


def messages_of(data: bytes, report: Report | None = None) -> list[tuple[str | None, str]]:
    chat = io.BytesIO(data)
    return [(m.author, m.body) for m in read(chat, learn(chat), UTC, report=report)]


def refused(data: bytes) -> ErrorCode:
    with pytest.raises(ArchiveError) as caught:
        learn(io.BytesIO(data))
    assert caught.value.message
    return caught.value.code


class Repeated(io.RawIOBase):
    """A seekable stream of a head, then one piece again and again, then a tail."""

    def __init__(self, head: bytes, piece: bytes, times: int, tail: bytes) -> None:
        self._head, self._piece, self._tail = head, piece, tail
        self._end = len(head) + len(piece) * times
        self._at = 0

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        data = self._slice(size)
        self._at += len(data)
        return data

    def _slice(self, size: int) -> bytes:
        if self._at < len(self._head):
            return self._head[self._at : self._at + size]
        if self._at < self._end:
            offset = (self._at - len(self._head)) % len(self._piece)
            count = min(size, self._end - self._at)
            return (self._piece * (count // len(self._piece) + 2))[offset : offset + count]
        return self._tail[self._at - self._end :][:size]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, line_end: str) -> None:
    data = TEXT.replace("\n", line_end).encode(encoding)
    assert messages_of(data) == [("Ana", "señor 👋"), ("Bob", "two\nlines")]


def test_utf_16_big_endian() -> None:
    data = b"\xfe\xff" + TEXT.encode("utf-16-be")
    assert messages_of(data) == [("Ana", "señor 👋"), ("Bob", "two\nlines")]


def test_no_line_end_at_the_end() -> None:
    assert messages_of(TEXT.removesuffix("\n").encode())[-1] == ("Bob", "two\nlines")


def test_byte_order_mark_in_the_middle() -> None:
    data = (TEXT + "\ufeff" + TEXT).encode()
    assert len(messages_of(data)) == 4


def test_nul_characters_are_dropped_and_counted() -> None:
    report = Report()
    data = TEXT.replace("two", "t\0w\0o").encode()
    assert messages_of(data, report)[1] == ("Bob", "two\nlines")
    assert report.nul_bytes == 2


def test_some_invalid_bytes_are_replaced_and_counted() -> None:
    report = Report()
    data = TEXT.encode() * 100 + HEADER.encode() + b"Ana: caf\xe9\n"
    assert messages_of(data, report)[-1] == ("Ana", "caf\ufffd")
    assert report.unreadable == 1


def test_what_was_lost_before_the_export_is_no_fault_of_the_encoding() -> None:
    report = Report()
    data = f"{HEADER}Ana: \ufffd\ufffd\ufffd\n".encode()
    assert messages_of(data, report) == [("Ana", "\ufffd" * 3)]
    assert report.unreadable == 0


def test_another_encoding_is_refused() -> None:
    assert (
        refused((f"{HEADER}Jürgen: schöne Grüße\n" * 9).encode("cp1252")) is ErrorCode.BAD_ENCODING
    )


@pytest.mark.parametrize("data", [b"", b"\n\n \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 99])
def test_empty(data: bytes) -> None:
    assert refused(data) is ErrorCode.EMPTY_FILE


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 40,
        b"Dear diary,\ntoday nothing happened.\n",
        b'{"date": "2026-06-13 21:05:07"}\n',
        b"id,date\n1,2026-06-13 21:05:07\n",
        b"2026-06-13 21:05:07 server started\n2026-06-13 21:05:09 server stopped\n",
    ],
)
def test_what_is_no_chat(data: bytes) -> None:
    assert refused(data) is ErrorCode.NOT_A_CHAT


def test_lines_before_the_first_message_are_rejected() -> None:
    report = Report()
    assert len(messages_of(b"Exported by someone\n\n" + TEXT.encode(), report)) == 2
    assert report.rejected[0] == (1, "Exported by someone", Reason.BEFORE_FIRST_MESSAGE)
    assert report.rejected_count == 1


def test_too_long_a_message_is_rejected_and_the_next_is_not() -> None:
    head = TEXT.encode() + f"{HEADER}Ana: ".encode()
    for piece, lines in ((b"x" * 1000, 0), (b"word\n", 1)):
        times = (2 * MAX_BODY) // len(piece) + 1
        data = head + piece * times + b"\n" + TEXT.encode()
        report = Report()
        chat = io.BytesIO(data)
        messages = list(read(chat, learn(chat), UTC, report=report))
        assert [m.line for m in messages] == [1, 2, 5 + lines * times, 6 + lines * times]
        assert [(r.line, r.reason) for r in report.rejected] == [(4, Reason.BODY_TOO_LONG)]


def test_longest_message_is_kept() -> None:
    body = "x" * (MAX_BODY - len("Ana: "))
    data = f"{TEXT}{HEADER}Ana: {body}\n".encode()
    assert messages_of(data)[-1] == ("Ana", body)


@pytest.mark.parametrize("piece", [b"x" * 4096, b"line\n" * 800, b"\n" * 4096])
def test_endless_message_is_not_loaded(piece: bytes) -> None:
    """16 MB of one line, of short lines, of empty lines: read in a few megabytes."""
    size = 16 << 20
    chat: BinaryIO = Repeated(  # type: ignore[assignment]
        TEXT.encode() + f"{HEADER}Ana: ".encode(),
        piece,
        size // len(piece),
        b"\n" + TEXT.encode(),
    )
    report = Report()
    detection = learn(chat)
    tracemalloc.start()
    last: deque[ArchiveMessage] = deque(read(chat, detection, UTC, report=report), maxlen=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [m.body for m in last] == ["señor 👋", "two\nlines"]
    assert report.messages == 4
    assert report.rejected_count == 1
    assert peak < 8 << 20


def test_remarks_are_bounded() -> None:
    report = Report()
    data = TEXT + f"31/02/2026, 21:05 - Ana: no\n{HEADER}Ana: log\n2016-04-29 10:30:00 x\n" * 500
    messages_of(data.encode(), report)
    assert (report.rejected_count, len(report.rejected)) == (500, MAX_REMARKS)
    assert (report.ambiguous_count, len(report.ambiguous)) == (500, MAX_REMARKS)
    assert report.ambiguous[0] == (6, "2016-04-29 10:30:00 x", None)


def test_blocks_are_whole_lines_behind_their_line_ends() -> None:
    lines = [f"{number} {'é' * (number % 100)}" for number in range(5000)]
    data = "\r\n".join(lines).encode()
    report = Report()
    found = list(blocks(io.BytesIO(data), "utf-8", report))
    assert len(found) > len(data) // READ_BYTES
    assert "".join(found) == "\n" + "\n".join(lines)
    assert all(block.startswith("\n") for block in found)
    assert report.bytes_read == len(data)


def test_overlong_lines_are_cut() -> None:
    data = b"a\n" + b"x" * (3 * MAX_LINE) + b"\nb\n"
    joined = "".join(blocks(io.BytesIO(data), "utf-8", Report()))
    assert [len(line) for line in joined.split("\n")[1:]] == [1, MAX_LINE - 1, 1]


def test_report_and_batches_agree() -> None:
    data = TEXT.encode() * 5000
    chat, report = io.BytesIO(data), Report()
    batches = list(read_batches(chat, learn(chat), UTC, report=report))
    messages = [message for batch in batches for message in batch]
    assert len(batches) > 5
    assert report.messages == len(messages) == 10_000
    assert report.lines == 15_000
    assert report.bytes_read == len(data)
    assert report.authors == {"Ana": 5000, "Bob": 5000}
    assert (report.first_at, report.last_at) == (messages[0].sent_at, messages[-1].sent_at)
    assert [m.line for m in messages[:4]] == [1, 2, 4, 5]


def test_chat_may_be_read_again() -> None:
    chat = io.BytesIO(TEXT.encode())
    detection = learn(chat)
    assert list(read(chat, detection, UTC)) == list(read(chat, detection, UTC))
