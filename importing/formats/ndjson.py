"""Parley's own export: a line of JSON about the conversation, then one a message.

`importing.export.ndjson` writes it; docs/importing.md lists the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

import orjson

from importing.formats.text import MAX_BODY
from importing.records import (
    ArchiveError,
    ArchiveMessage,
    ErrorCode,
    Kind,
    Place,
    Poll,
    PollOption,
    Report,
)

FORMAT = "conversation"
VERSION = 1
START = b'{"parley":'
"""How the first line begins."""
ENCRYPTED = "ENCRYPTED"
"""The kind of messages that only their readers can read; they are passed over."""
MAX_LINE = 8 * MAX_BODY
BATCH = 500


def is_ndjson(chat: BinaryIO) -> bool:
    """Whether the stream begins like an export of ours; it is left at its start."""
    chat.seek(0)
    start = chat.read(len(START))
    chat.seek(0)
    return start == START


def title_in(chat: BinaryIO) -> str | None:
    """The conversation's title, from the first line. Raises NOT_A_CHAT for another version."""
    chat.seek(0)
    head = _parse(chat.readline(MAX_LINE), 1)
    if head.get("parley") != FORMAT or head.get("version") != VERSION:
        raise _no_message(1)
    title = head.get("title")
    return title if isinstance(title, str) else None


def read_batches(chat: BinaryIO, report: Report) -> Iterator[list[ArchiveMessage]]:
    """The messages in lists of some hundred. Raises NOT_A_CHAT at a line that is none."""
    chat.seek(0)
    report.bytes_read += len(chat.readline(MAX_LINE))
    report.lines += 1
    batch: list[ArchiveMessage] = []
    while raw := chat.readline(MAX_LINE):
        report.bytes_read += len(raw)
        report.lines += 1
        if not raw.strip():
            continue
        message = _message(raw, report.lines)
        if message is None:
            continue
        _count(report, message)
        batch.append(message)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _message(raw: bytes, line: int) -> ArchiveMessage | None:
    fields = _parse(raw, line)
    try:
        if fields["kind"] == ENCRYPTED:
            return None
        sent_at = datetime.fromisoformat(fields["sentAt"])
        author, body = fields["author"], fields["body"]
        deleted = fields.get("deletedAt") is not None
        kind = Kind.DELETED if deleted else Kind(fields["kind"])
        if sent_at.tzinfo is None or not isinstance(body, str) or len(body) > MAX_BODY:
            raise ValueError(line)
        if author is not None and not isinstance(author, str):
            raise ValueError(line)
        return ArchiveMessage(
            line=line,
            sent_at=sent_at,
            author=author,
            body=body,
            kind=kind,
            attachment=_attachment(fields.get("attachments")),
            edited=fields.get("editedAt") is not None,
            details=_details(fields),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _no_message(line) from None


def _attachment(listed: list[dict[str, Any]] | None) -> str | None:
    """The name of the first attachment; an archive's message has one at most."""
    return str(listed[0]["fileName"]) if listed else None


def _details(fields: dict[str, Any]) -> Place | Poll | None:
    if place := fields.get("place"):
        return Place(float(place["latitude"]), float(place["longitude"]))
    if poll := fields.get("poll"):
        options = (PollOption(str(each["text"]), int(each["votes"])) for each in poll["options"])
        return Poll(str(poll["title"]), tuple(options))
    return None


def _parse(raw: bytes, line: int) -> dict[str, Any]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _no_message(line) from None
    if not isinstance(value, dict):
        raise _no_message(line)
    return value


def _no_message(line: int) -> ArchiveError:
    return ArchiveError(
        ErrorCode.NOT_A_CHAT,
        f"Line {line} is none of an export of this version. Export the conversation again.",
    )


def _count(report: Report, message: ArchiveMessage) -> None:
    report.messages += 1
    report.kinds[message.kind] += 1
    if message.author is not None and message.kind is not Kind.NOTICE:
        report.authors[message.author] += 1
    report.first_at = report.first_at or message.sent_at
    report.last_at = message.sent_at
