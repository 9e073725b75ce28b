"""WhatsApp's chat exports: learn a chat's shape, then read its messages.

`learn` looks at the file and says what its headers look like, with the evidence;
`read` streams the messages. Both take a seekable binary stream and start at its
beginning. Memory is bounded whatever the file holds: a block of text, the message that
spans two blocks, and caches that have an end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import chain
from typing import BinaryIO

from importing.detection import DateOrder, Detection
from importing.formats.authors import Authors, learn_author_end, learn_colon_names
from importing.formats.bodies import SPECIAL_ENDINGS, BodyReader
from importing.formats.dates import (
    Written,
    chosen_order,
    clock_reader,
    date_reader,
    learn_order,
)
from importing.formats.headers import changing_dates, header_pattern
from importing.formats.marks import find_mark, strip_marks
from importing.formats.placeholders import learn_placeholders
from importing.formats.sampling import sample_of, shape_of
from importing.formats.stamps import may_hold_stamp, read_stamp
from importing.formats.text import MAX_BODY, blocks, encoding_of
from importing.records import ArchiveError, ArchiveMessage, ErrorCode, Kind, Reason, Report

MAX_UNREADABLE = 1 / 200
"""The share of the sample that may be undecodable: more is another encoding."""


def learn(chat: BinaryIO, *, date_order: DateOrder | None = None) -> Detection:
    """What the headers of the chat look like, and in which order its dates are written.

    `date_order` overrides the evidence. Raises `ArchiveError`: `EMPTY_FILE`,
    `NOT_A_CHAT`, `BAD_ENCODING` or `BAD_DATE_ORDER`.
    """
    encoding = encoding_of(chat)
    report = Report()
    sample = sample_of(blocks(chat, encoding, report))
    if not strip_marks(sample).strip():
        raise ArchiveError(ErrorCode.EMPTY_FILE, "The file holds no text. Export the chat again.")
    shape = shape_of(chat, encoding, sample)
    texts = header_pattern(shape).split(sample)[3::3] if shape else []
    author_end = learn_author_end(texts)
    if shape is None or not (shape.closing.strip() or any(author_end in text for text in texts)):
        raise ArchiveError(
            ErrorCode.NOT_A_CHAT,
            "No line of the file starts with a date, a time and an author, so it is no chat. "
            "Export the chat from WhatsApp and give the .txt or .zip that it makes.",
        )
    if report.unreadable > MAX_UNREADABLE * len(sample):
        raise ArchiveError(
            ErrorCode.BAD_ENCODING,
            "The text is neither UTF-8 nor UTF-16. Save the file as UTF-8 and try again.",
        )
    if date_order is None:
        found = changing_dates(header_pattern(shape), blocks(chat, encoding, Report()))
        evidence = learn_order((Written(*date) for date in found), shape.year_place)
    else:
        evidence = chosen_order(date_order, shape.year_place)
    return Detection(
        shape=replace(shape, author_end=author_end),
        evidence=evidence,
        encoding=encoding,
        colon_names=learn_colon_names(texts, author_end),
        placeholders=learn_placeholders(texts, author_end),
    )


def read(
    chat: BinaryIO,
    detection: Detection,
    timezone: tzinfo,
    attachments: Collection[str] = (),
    report: Report | None = None,
) -> Iterator[ArchiveMessage]:
    """The messages of the chat, in the file's order.

    Header times are wall times in `timezone` (an export does not say its zone). Where a
    clock was put back, the earlier of the two moments is meant (fold 0); a time that the
    clock skipped counts on from the moment of the change, as `zoneinfo` does: 02:30 in a
    gap from 2 to 3 is the moment shown as 03:30.

    `attachments` are the names of the files in the archive. `report` is filled block by
    block with counts and with the lines that were rejected. Errors of the stream (a
    broken zip) are raised as they come; no message is made up from a broken part.
    """
    return chain.from_iterable(read_batches(chat, detection, timezone, attachments, report))


def read_batches(
    chat: BinaryIO,
    detection: Detection,
    timezone: tzinfo,
    attachments: Collection[str] = (),
    report: Report | None = None,
) -> Iterator[list[ArchiveMessage]]:
    """The same as `read`, in lists of some hundred messages: one a block of text."""
    reader = _Reader(detection, timezone, attachments, report or Report())
    return reader.batches(chat)


class _Reader:
    """Reads one chat from its start to its end."""

    def __init__(
        self,
        detection: Detection,
        timezone: tzinfo,
        attachments: Collection[str],
        report: Report,
    ) -> None:
        shape = detection.shape
        self._encoding = detection.encoding
        self._pattern = header_pattern(shape)
        self._author_end = shape.author_end
        self._timezone = timezone
        self._read_date = date_reader(detection.evidence.order)
        self._read_clock = clock_reader(shape)
        self._authors = Authors(shape.author_end, detection.colon_names)
        self._bodies = BodyReader(
            attachments, placeholders=not shape.bracketed, learned=detection.placeholders
        )
        self._report = report
        self._line = 1
        self._dropped_lines = 0

    def batches(self, chat: BinaryIO) -> Iterator[list[ArchiveMessage]]:
        """A list of messages for each block of text.

        The pieces of a block are what stands before its first header, then date, clock and
        text of each message. The last message may go on in the next block and waits.
        """
        waiting: list[str] = []
        for block in blocks(chat, self._encoding, self._report):
            before, *pieces = self._pattern.split(block)
            if waiting:
                self._go_on(waiting, before)
            else:
                self._reject_start(before)
            pieces = waiting + pieces
            waiting = pieces[-3:]
            yield self._finish(pieces[:-3])
        yield self._finish(waiting)

    def _go_on(self, waiting: list[str], more: str) -> None:
        """Add lines to the message that waits, unless it is too long already."""
        if len(waiting[2]) <= MAX_BODY:
            waiting[2] += more
        else:
            self._dropped_lines += more.count("\n")

    def _reject_start(self, before: str) -> None:
        """Lines before the first header belong to no message."""
        for text in before.split("\n")[1:]:
            if text.strip("\ufeff \t"):
                self._report.reject(self._line, text, Reason.BEFORE_FIRST_MESSAGE)
            self._line += 1

    def _finish(self, pieces: list[str]) -> list[ArchiveMessage]:
        """Make the messages of the pieces and count them."""
        messages = self._messages(pieces)
        report, notice = self._report, Kind.NOTICE
        report.lines = self._line - 1
        if messages:
            report.messages += len(messages)
            report.kinds.update([message.kind for message in messages])
            report.authors.update([m.author for m in messages if m.kind is not notice and m.author])
            report.first_at = report.first_at or messages[0].sent_at
            report.last_at = messages[-1].sent_at
        return messages

    def _messages(self, pieces: list[str]) -> list[ArchiveMessage]:
        """The hot loop: one-line messages of known authors are made here; `_slow` knows
        everything else. The record is made by `tuple.__new__`, which takes half the time
        of the class's own constructor."""
        messages: list[ArchiveMessage] = []
        add, new, text_kind = messages.append, tuple.__new__, Kind.TEXT
        read_date, read_clock, timezone = self._read_date, self._read_clock, self._timezone
        combine, known, end = datetime.combine, self._authors.known, self._author_end
        alone, endings = self._bodies.alone, SPECIAL_ENDINGS
        line = self._line
        rest_of = iter(pieces)
        for date, clock, rest in zip(rest_of, rest_of, rest_of, strict=True):
            written, _, body = rest.partition(end)
            author = known[written]
            if (
                author is not None
                and "\n" not in body
                and body not in alone
                and body[-1] not in endings
                and (body.isascii() or not find_mark(body))
                and len(body) <= MAX_BODY
            ):
                try:
                    at = combine(read_date(date), read_clock(clock), timezone)
                    add(
                        new(
                            ArchiveMessage,
                            (line, at, author, body, text_kind, None, False, None, None),
                        )
                    )
                except ValueError:
                    self._reject_moment(line, date, clock, rest)
                line += 1
                continue
            message = self._slow(line, date, clock, rest)
            if message is not None:
                add(message)
            line += 1 + rest.count("\n") + self._dropped_lines
            self._dropped_lines = 0
        self._line = line
        return messages

    def _slow(self, line: int, date: str, clock: str, rest: str) -> ArchiveMessage | None:
        """Any message at all; None if it was rejected."""
        if len(rest) > MAX_BODY:
            self._report.reject(line, rest, Reason.BODY_TOO_LONG)
            return None
        try:
            at = datetime.combine(self._read_date(date), self._read_clock(clock), self._timezone)
        except ValueError:
            self._reject_moment(line, date, clock, rest)
            return None
        if "\n" in rest and may_hold_stamp(rest):
            self._doubt(line, rest)
        author, raw = self._authors.split(rest)
        if author is None:
            return ArchiveMessage(line, at, None, strip_marks(raw).rstrip("\n"), Kind.NOTICE)
        text, kind, attachment, edited, details = self._bodies.read(raw)
        return tuple.__new__(
            ArchiveMessage, (line, at, author, text, kind, attachment, edited, details, None)
        )

    def _reject_moment(self, line: int, date: str, clock: str, rest: str) -> None:
        """Count a message whose date or time does not exist."""
        try:
            self._read_date(date)
        except ValueError:
            reason = Reason.INVALID_DATE
        else:
            reason = Reason.INVALID_TIME
        self._report.reject(line, f"{date} {clock} {rest}", reason)

    def _doubt(self, line: int, rest: str) -> None:
        """Note the lines of a text that start like a header but do not have its shape."""
        for number, text in enumerate(rest.split("\n")[1:], start=line + 1):
            if read_stamp(number, text) is not None:
                self._report.doubt(number, text)
