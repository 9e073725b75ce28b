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
from importing.keys import SIZE, TIME, time_of_key
from importing.records import (
    EXCERPT,
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
from models.conversations import ConversationKind, Visibility
from models.messages import MessageKind

FORMAT = "conversation"
VERSION = 1
START = b'{"parley":'
"""How the first line begins."""
MAX_LINE = 16 * MAX_BODY
"""Bytes of a line: the longest text, however it is escaped, and thousands of reactions."""
MAX_EMOJI = 64
MAX_SIZE = 2**63 - 1
MAX_VOTES = 2**31 - 1
BATCH = 500
BATCH_BYTES = 1 << 20
"""A list of messages ends behind the line that reaches either."""


SPOILT = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a line raises that is none; JSON that is none is a ValueError."""


class Head(NamedTuple):
    """What the first line says of the conversation."""

    title: str | None
    kind: ConversationKind
    visibility: Visibility


def is_ndjson(chat: BinaryIO) -> bool:
    """Whether the stream begins like an export of ours; it is left at its start."""
    chat.seek(0)
    start = chat.read(len(START))
    chat.seek(0)
    return start == START


def head_of(chat: BinaryIO) -> Head:
    """The first line. Raises NOT_A_CHAT for another version."""
    chat.seek(0)
    try:
        head = orjson.loads(chat.readline(MAX_LINE))
    except orjson.JSONDecodeError:
        head = {}
    if head.get("parley") != FORMAT or head.get("version") != VERSION:
        raise ArchiveError(
            ErrorCode.NOT_A_CHAT,
            "The first line is none of an export of this version. Export the conversation again.",
        )
    title, kind = head.get("title"), head.get("kind")
    return Head(
        title if isinstance(title, str) else None,
        ConversationKind.GROUP if kind == ConversationKind.GROUP else ConversationKind.DIRECT,
        _visibility(head.get("visibility", Visibility.TENANT)),
    )


def _visibility(value: object) -> Visibility:
    """What is not known is private, so that nobody sees more than they did."""
    return Visibility.TENANT if value == Visibility.TENANT else Visibility.PRIVATE


def read_batches(chat: BinaryIO, report: Report) -> Iterator[list[ArchiveMessage]]:
    """The messages in lists of some hundred; lines that are none are counted in the report."""
    chat.seek(0)
    batch: list[ArchiveMessage] = []
    size = 0
    for raw in _lines(chat, report):
        size += len(raw)
        # The first line is the conversation's.
        message = _message(raw, report) if report.lines > 1 and raw.strip() else None
        if message is not None:
            _count(report, message)
            batch.append(message)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _lines(chat: BinaryIO, report: Report) -> Iterator[bytes]:
    """The lines; of one that is too long only the start, which is no JSON."""
    while raw := chat.readline(MAX_LINE):
        report.bytes_read += len(raw)
        report.lines += 1
        yield raw
        while len(raw) == MAX_LINE and not raw.endswith(b"\n"):
            raw = chat.readline(MAX_LINE)
            report.bytes_read += len(raw)


def _message(raw: bytes, report: Report) -> ArchiveMessage | None:
    """The message of a line; None for one that cannot be imported, which is counted."""
    line = report.lines
    try:
        fields = orjson.loads(raw)
        kind, body = MessageKind(fields["kind"]), _string(fields["body"])
        reason = _refusal(kind, body)
        if reason is None:
            return _read(line, kind, fields)
        report.reject(line, body, reason)
    except SPOILT:
        report.reject(line, raw[:EXCERPT].decode(errors="replace"), Reason.NO_MESSAGE)
    return None


def _read(line: int, kind: MessageKind, fields: dict[str, Any]) -> ArchiveMessage:
    """The message. Raises `SPOILT` for what is none."""
    exported, author = _exported(fields, kind), fields["author"]
    return ArchiveMessage(
        line=line,
        sent_at=_moment(fields["sentAt"]),
        author=None if author is None else _name(author),
        body=fields["body"],
        kind=Kind.DELETED if exported.deleted_at else Kind(kind),
        attachment=exported.files[0].name if exported.files else None,
        edited=exported.edited_at is not None,
        details=_details(fields),
        exported=exported,
    )


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
    if kind is MessageKind.ENCRYPTED:
        raise ValueError(fields)
    return ExportedFile(
        name=_text(fields["fileName"], MAX_NAME),
        kind=kind,
        media_type=_text(fields["mediaType"], MAX_NAME),
        size=None if size is None else _integer(size, MAX_SIZE),
    )


def _reaction(fields: dict[str, Any]) -> ExportedReaction:
    return ExportedReaction(
        _name(fields["author"]), _text(fields["emoji"], MAX_EMOJI), _moment(fields["at"])
    )


def _details(fields: dict[str, Any]) -> Place | Poll | None:
    if place := fields.get("place"):
        return Place(_degrees(place["latitude"], 90), _degrees(place["longitude"], 180))
    if poll := fields.get("poll"):
        options = (
            PollOption(_string(each["text"]), _integer(each["votes"], MAX_VOTES))
            for each in poll["options"]
        )
        return Poll(_string(poll["title"]), tuple(options))
    return None


def _key(text: str | None) -> bytes | None:
    key = None if text is None else bytes.fromhex(text)
    if key is not None and (len(key) != SIZE or time_of_key(key).year > LAST_YEAR):
        raise ValueError(text)
    return key


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1 < moment.year <= LAST_YEAR:
        raise ValueError(text)
    return moment


def _name(value: object) -> str:
    name = _text(value, MAX_NAME)
    if not name.strip():
        raise ValueError(value)
    return name


def _degrees(value: float, most: int) -> float:
    if not -most <= value <= most:
        raise ValueError(value)
    return float(value)


def _integer(value: object, most: int) -> int:
    if not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(value)
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _text(value: object, most: int) -> str:
    text = _string(value)
    if len(text) > most:
        raise ValueError(text)
    return storable(text)


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
