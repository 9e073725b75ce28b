"""From bytes to blocks of whole lines, in bounded memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from importing.records import Report

READ_BYTES = 1 << 15
"""Small enough that a block's messages are gone before the garbage collector looks at them,
which makes reading a fifth faster."""
MAX_BODY = 1 << 17
"""Characters of one message; twice what WhatsApp lets anybody type. A longer one is
rejected (PostgreSQL could not index it anyway)."""
MAX_LINE = 2 * MAX_BODY
"""Characters of one line that are kept. A line that is cut here makes its message longer
than `MAX_BODY` and so rejects it."""

_WRITTEN = "\ufffd".encode()
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def encoding_of(chat: BinaryIO) -> str:
    """`utf-16` if the stream starts with its byte order mark, else `utf-8`. Rewinds."""
    chat.seek(0)
    start = chat.read(2)
    chat.seek(0)
    return _BYTE_ORDER_MARKS.get(start, "utf-8")


def blocks(chat: BinaryIO, encoding: str, report: Report) -> Iterator[str]:
    """The text of the stream from its start, in blocks of whole lines.

    Each line of a block stands *behind* a `\\n` (so that a pattern can ask for the start
    of a line with one plain character), line ends are `\\n` alone, NUL characters are gone,
    what cannot be decoded is U+FFFD, and a line longer than `MAX_LINE` is cut. The counts
    of these go to the report. Errors of the stream are passed on.
    """
    chat.seek(0)
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)(errors="replace"), translate=True
    )
    rest = "\n"
    overlong = False
    while True:
        raw = chat.read(READ_BYTES)
        report.bytes_read += len(raw)
        text = _clean(decoder.decode(raw, final=not raw), raw, report)
        if overlong:
            _, newline, text = text.partition("\n")
            overlong = not newline
            text = newline + text
        text = rest + text
        cut = text.rfind("\n") if raw else len(text.removesuffix("\n"))
        rest = text[cut:]
        if cut > 0:
            yield _shorten(text[:cut])
        if not raw:
            return
        if len(rest) > MAX_LINE:
            rest = rest[:MAX_LINE]
            overlong = True


def _clean(text: str, raw: bytes, report: Report) -> str:
    """Drop NUL characters, and count them and what could not be decoded.

    A U+FFFD that the UTF-8 itself has was lost before: the encoding is right all the same.
    """
    if "\ufffd" in text:
        report.unreadable += max(0, text.count("\ufffd") - raw.count(_WRITTEN))
    if "\0" in text:
        report.nul_bytes += text.count("\0")
        text = text.replace("\0", "")
    return text


def _shorten(block: str) -> str:
    """Cut the lines that arrived whole but too long."""
    if len(block) <= MAX_LINE:
        return block
    return "\n".join(line[:MAX_LINE] for line in block.split("\n"))
