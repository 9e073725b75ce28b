"""Parley's own export: a line of JSON about the conversation, then one a message.

`importing.export.ndjson` writes it; docs/importing.md lists the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

import orjson

from importing.exported import Exported, ExportedFile, ExportedReaction
from importing.formats.text import MAX_BODY
from importing.keys import SIZE, TIME
from importing.records import (
    ArchiveError,
    ArchiveMessage,
    ErrorCode,
    Kind,
    Place,
    Poll,
    PollOption,
    Reason,
    Report,
)
from importing.rows import LAST_YEAR, MAX_NAME, storable
from models.conversations import ConversationKind
from models.messages import MessageKind

FORMAT = "conversation"
VERSION = 1
START = b'{"parley":'
"""How the first line begins."""
MAX_LINE = 16 * MAX_BODY
"""Bytes of a line: the longest text, however it is escaped, and thousands of reactions."""
MAX_EMOJI = 64
MAX_SIZE = 2**63 - 1
BATCH = 500
BATCH_BYTES = 1 << 20
"""A list of messages ends behind the line that reaches either."""


class Head(NamedTuple):
    """What the first line says of the conversation."""

    title: str | None
    kind: ConversationKind


def is_ndjson(chat: BinaryIO) -> bool:
    """Whether the stream begins like an export of ours; it is left at its start."""
    chat.seek(0)
    start = chat.read(len(START))
    chat.seek(0)
    return start == START


def head_of(chat: BinaryIO) -> Head:
    """The first line. Raises NOT_A_CHAT for another version."""
    chat.seek(0)
    head = _parse(chat.readline(MAX_LINE), 1)
    if head.get("parley") != FORMAT or head.get("version") != VERSION:
        raise _no_message(1)
    title, kind = head.get("title"), head.get("kind")
    return Head(
        title if isinstance(title, str) else None,
        ConversationKind(kind) if kind in set(ConversationKind) else ConversationKind.DIRECT,
    )


def read_batches(chat: BinaryIO, report: Report) -> Iterator[list[ArchiveMessage]]:
    """The messages in lists of some hundred. Raises NOT_A_CHAT at a line that is none."""
    chat.seek(0)
    report.bytes_read += len(chat.readline(MAX_LINE))
    report.lines += 1
    batch: list[ArchiveMessage] = []
    size = 0
    while raw := chat.readline(MAX_LINE):
        report.bytes_read += len(raw)
        report.lines += 1
        size += len(raw)
        message = _message(raw, report) if raw.strip() else None
        if message is not None:
            _count(report, message)
            batch.append(message)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _message(raw: bytes, report: Report) -> ArchiveMessage | None:
    """The message of a line; None for one that cannot be imported, which is counted."""
    line = report.lines
    fields = _parse(raw, line)
    try:
        kind, body = MessageKind(fields["kind"]), fields["body"]
        reason = _refusal(kind, body)
        if reason is not None:
            report.reject(line, body, reason)
            return None
        exported = _exported(fields, kind)
        author = fields["author"]
        return ArchiveMessage(
            line=line,
            sent_at=_moment(fields["sentAt"]),
            author=None if author is None else _name(author),
            body=body,
            kind=Kind.DELETED if exported.deleted_at else Kind(kind),
            attachment=exported.files[0].name if exported.files else None,
            edited=exported.edited_at is not None,
            details=_details(fields),
            exported=exported,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _no_message(line) from None


def _refusal(kind: MessageKind, body: str) -> Reason | None:
    if kind is MessageKind.ENCRYPTED:
        return Reason.ENCRYPTED
    return Reason.BODY_TOO_LONG if len(body) > MAX_BODY else None


def _exported(fields: dict[str, Any], kind: MessageKind) -> Exported:
    """What only an export of ours says; exports of earlier versions say less."""
    edited_at, deleted_at = fields.get("editedAt"), fields.get("deletedAt")
    return Exported(
        key=_key(fields.get("id")),
        kind=kind,
        edited_at=None if edited_at is None else _moment(edited_at),
        deleted_at=None if deleted_at is None else _moment(deleted_at),
        reply_to=_key(fields.get("replyTo")),
        files=tuple(map(_file, fields.get("attachments") or ())),
        reactions=tuple(map(_reaction, fields.get("reactions") or ())),
    )


def _file(fields: dict[str, Any]) -> ExportedFile:
    kind, size = MessageKind(fields["kind"]), fields["size"]
    if kind is MessageKind.ENCRYPTED or not (size is None or 0 <= size <= MAX_SIZE):
        raise ValueError(fields)
    return ExportedFile(
        _text(fields["fileName"], MAX_NAME), kind, _text(fields["mediaType"], MAX_NAME), size
    )


def _reaction(fields: dict[str, Any]) -> ExportedReaction:
    return ExportedReaction(
        _name(fields["author"]), _text(fields["emoji"], MAX_EMOJI), _moment(fields["at"])
    )


def _details(fields: dict[str, Any]) -> Place | Poll | None:
    if place := fields.get("place"):
        return Place(float(place["latitude"]), float(place["longitude"]))
    if poll := fields.get("poll"):
        options = (PollOption(str(each["text"]), int(each["votes"])) for each in poll["options"])
        return Poll(str(poll["title"]), tuple(options))
    return None


def _key(text: str | None) -> bytes | None:
    key = None if text is None else bytes.fromhex(text)
    if key is not None and len(key) != SIZE:
        raise ValueError(text)
    return key


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1 < moment.year <= LAST_YEAR:
        raise ValueError(text)
    return moment


def _name(text: str) -> str:
    name = _text(text, MAX_NAME)
    if not name.strip():
        raise ValueError(text)
    return name


def _text(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(text)
    return storable(text)


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
    if message.author is not None:
        report.authors[message.author] += message.kind is not Kind.NOTICE
    report.first_at = report.first_at or message.sent_at
    report.last_at = message.sent_at
    if message.exported is not None:
        _count_exported(report, message.exported)


def _count_exported(report: Report, exported: Exported) -> None:
    for reaction in exported.reactions:
        report.authors[reaction.author] += 0
    key, target = exported.key, exported.reply_to
    if key is not None and target is not None and target[:TIME] >= key[:TIME]:
        report.replies_ahead += 1
