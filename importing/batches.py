"""The file's side of an import: an archive becomes batches of rows, ready to be copied.

Everything here is plain code that blocks; `in_thread` runs it beside the event loop.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar
from uuid import UUID

import orjson

from importing.archive import open_archive
from importing.formats.dates import time_zone
from importing.keys import ArchiveKeys, numbered_id
from importing.media import media_type_of
from importing.records import (
    ArchiveError,
    ArchiveMessage,
    DateOrder,
    Detection,
    ErrorCode,
    Kind,
    Place,
    Poll,
    Report,
)
from importing.sources import source_of
from models.ids import new_id, to_milliseconds
from models.languages import language_of

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 8_000_000
"""A batch ends after the block of text that reaches either. It holds its conversation's row lock
for some tenths of a second; halving the rows costs three in a hundred of the time."""
MAX_PARTICIPANTS = 10_000
MAX_NAME = 255
"""Characters of a title or a file's name; what is longer is cut."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=3650)  # the database makes partitions for ten years to come
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

NO_ATTACHMENT = None, None, None, None

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the caller knows better than the file."""

    title: str | None = None
    """The chat's title; without it, what the file's name says."""
    timezone: str = "UTC"
    """The IANA zone in which the file's times were written."""
    date_order: DateOrder | None = None
    """In which order dates are written; without it, what the file's dates prove."""
    me: str | None = None
    """The name under which whoever imports the file appears in it: their messages are theirs."""
    into: UUID | None = None
    """The conversation that holds this chat as another member exported it; else it is looked for
    under its title."""


class Row(NamedTuple):
    """One message with its attachment; the fields are the columns it is copied into, in order."""

    id: UUID
    sent_at: datetime
    sender: str | None
    kind: str
    body: str
    language: str | None
    edited: bool
    deleted: bool
    details: str | None
    archive_key: bytes
    attachment_id: UUID | None
    file_name: str | None
    media_type: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive messages of a file, and how far the file has been read."""

    title: str
    rows: list[Row]
    rejected: int
    """Messages and stray lines of the file that were rejected so far."""
    share: float
    """The part of the chat that has been read, from 0 to 1."""
    media: bool
    """Whether there are files beside the chat."""
    media_ratio: float
    """Their bytes for a byte of the chat."""
    detection: Detection | None
    report: Report
    """What was found so far; it grows while the next batch is read."""


def read_batches(path: Path, options: ImportOptions) -> Generator[Batch]:
    """The messages of an archive in the file's order, at least one batch.

    Raises what `open_archive` and the formats raise: `ArchiveError` for a file that cannot be
    imported, OSError for one that cannot be read.
    """
    zone = time_zone(options.timezone)
    with open_archive(path) as archive, archive.open_chat() as chat:
        source = source_of(chat, options.date_order)
        report = Report()
        title = title_of(options, source.title or archive.title or path.stem)
        media_ratio = sum(archive.members.values()) / max(1, archive.chat_size)
        builder = _Builder(archive.members)

        def batch() -> Batch:
            share = min(1.0, report.bytes_read / max(1, archive.chat_size))
            rejected = report.rejected_count + builder.out_of_range
            return Batch(
                title=title,
                rows=builder.take(),
                rejected=rejected,
                share=share,
                media=bool(archive.members),
                media_ratio=media_ratio,
                detection=source.detection,
                report=report,
            )

        for messages in source.batches(zone, archive.members, report):
            builder.add(messages)
            _limit_participants(report)
            if builder.full:
                yield batch()
        yield batch()


def title_of(options: ImportOptions, found: str) -> str:
    """The chat's title: the one that was chosen, else the one that was found."""
    return storable((options.title or "").strip() or found)[:MAX_NAME]


async def in_thread(items: Generator[Item]) -> AsyncGenerator[Item]:
    """The items, each made in a thread while the one before it is used: two exist at a time.

    To be closed (`contextlib.aclosing`), which waits for the thread and closes the items.
    """
    ahead = asyncio.ensure_future(asyncio.to_thread(next, items, None))
    try:
        # Cancelling would not stop the thread, only lose sight of it.
        while (item := await asyncio.shield(ahead)) is not None:
            ahead = asyncio.ensure_future(asyncio.to_thread(next, items, None))
            yield item
    finally:
        await asyncio.gather(ahead, return_exceptions=True)
        await asyncio.to_thread(items.close)


def storable(text: str) -> str:
    """The text with U+FFFD for what PostgreSQL cannot keep: NUL and lone surrogates."""
    return _UNSTORABLE.sub("\ufffd", text)


class _Builder:
    """Makes rows of messages, and drops those whose time no partition can hold."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes
        self._latest = datetime.now(UTC) + _AHEAD
        self._keys = ArchiveKeys()
        self._written: datetime | None = None
        self._moment: datetime | None = None
        self._milliseconds = 0
        self._rows: list[Row] = []
        self._numbers: dict[int, int] = {}
        self._characters = 0
        self.out_of_range = 0

    @property
    def full(self) -> bool:
        return len(self._rows) >= BATCH_ROWS or self._characters >= BATCH_CHARACTERS

    def take(self) -> list[Row]:
        """The rows since the last time; the builder starts the next batch."""
        rows, self._rows = self._rows, []
        self._numbers.clear()
        self._characters = 0
        return rows

    def add(self, messages: Iterable[ArchiveMessage]) -> None:
        """Add the file's next messages to the batch."""
        add, key, numbers = self._rows.append, self._keys.key, self._numbers
        for _, written, author, body, kind, attachment, edited, details in messages:
            if written != self._written:
                self._go_to(written)
            moment, milliseconds = self._moment, self._milliseconds
            if moment is None:
                self.out_of_range += 1
                continue
            number = numbers.get(milliseconds, 0)
            numbers[milliseconds] = number + 1
            text = storable(body)
            self._characters += len(text)
            deleted = kind is Kind.DELETED
            add(
                Row(
                    numbered_id(milliseconds, number),
                    moment,
                    author,
                    Kind.TEXT if deleted else kind,
                    text,
                    language_of(text),
                    edited,
                    deleted,
                    details and as_json(details),
                    key(milliseconds, None if kind is Kind.NOTICE else author, text),
                    *(self._attachment(attachment) if attachment else NO_ATTACHMENT),
                )
            )

    def _go_to(self, written: datetime) -> None:
        """Convert a time as written, once for all the messages that share it."""
        self._written = written
        self._moment = None
        if EARLIEST <= written < self._latest:
            self._moment = to_milliseconds(written.astimezone(UTC))
            self._milliseconds = (self._moment - _EPOCH) // _MILLISECOND

    def _attachment(self, name: str) -> tuple[UUID, str, str, int | None]:
        file_name = storable(name)[:MAX_NAME]
        return new_id(), file_name, media_type_of(file_name), self._sizes.get(name)


def as_json(details: Place | Poll) -> str:
    """The details of a message as `messages.details` keeps them."""
    match details:
        case Place(latitude, longitude):
            kept: dict[str, object] = {"place": {"latitude": latitude, "longitude": longitude}}
        case Poll(title, options):
            listed = [{"text": storable(text), "votes": votes} for text, votes in options]
            kept = {"poll": {"title": storable(title), "options": listed}}
    return orjson.dumps(kept).decode()


def _limit_participants(report: Report) -> None:
    if len(report.authors) > MAX_PARTICIPANTS:
        raise ArchiveError(
            ErrorCode.NOT_A_CHAT,
            f"More than {MAX_PARTICIPANTS:,} different names have written, so it is no chat.",
        )
