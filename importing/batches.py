"""The file's side of an import: an archive becomes batches of rows, ready to be copied.

Everything here is plain code that blocks; `importing.ahead` runs it beside the event loop.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from importing.archive import open_archive
from importing.copying import copied
from importing.detection import DateOrder, Detection
from importing.exported import Exported
from importing.formats.dates import time_zone
from importing.records import ArchiveError, ErrorCode, Report
from importing.rows import MAX_NAME, Row, RowBuilder, storable
from importing.sources import source_of
from models.conversations import ConversationKind, Visibility

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 8_000_000
"""A batch ends after the block of text that reaches either. It holds its conversation's row lock
for some tenths of a second; halving the rows costs three in a hundred of the time."""
FIRST_PART = 10
"""The first batch has so many times fewer rows: no other can be inserted beside it."""
MAX_PARTICIPANTS = 10_000


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


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive messages of a file, and how far the file has been read."""

    title: str
    rows: list[Row]
    copied: bytes | None
    """The rows as COPY reads them; None when they were changed since the file was read."""
    rejected: int
    """Messages and stray lines of the file that were rejected so far."""
    share: float
    """The part of the chat that has been read, from 0 to 1."""
    media: bool
    """Whether there are files beside the chat."""
    media_ratio: float
    """Their bytes for a byte of the chat."""
    exported: Mapping[bytes, Exported]
    """What else an export of our own says of its rows, by their keys; empty for other archives."""
    kind: ConversationKind
    visibility: Visibility
    """What the conversation is, and who may see it, if it has to be made."""
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
        builder = RowBuilder(archive.members)

        def batch() -> Batch:
            share = min(1.0, report.bytes_read / max(1, archive.chat_size))
            rejected = report.rejected_count + builder.out_of_range
            exported, rows = builder.exported, builder.take()
            return Batch(
                title=title,
                rows=rows,
                copied=copied(rows),
                rejected=rejected,
                share=share,
                media=bool(archive.members),
                media_ratio=media_ratio,
                exported=exported,
                kind=source.kind,
                visibility=source.visibility,
                detection=source.detection,
                report=report,
            )

        rows_wanted = max(1, BATCH_ROWS // FIRST_PART)
        for messages in source.batches(zone, archive.members, report):
            builder.add(messages)
            _limit_participants(report)
            if len(builder) >= rows_wanted or builder.characters >= BATCH_CHARACTERS:
                yield batch()
                rows_wanted = BATCH_ROWS
        yield batch()


def title_of(options: ImportOptions, found: str) -> str:
    """The chat's title: the one that was chosen, else the one that was found."""
    return storable((options.title or "").strip() or found)[:MAX_NAME]


def _limit_participants(report: Report) -> None:
    if len(report.authors) > MAX_PARTICIPANTS:
        raise ArchiveError(
            ErrorCode.NOT_A_CHAT,
            f"More than {MAX_PARTICIPANTS:,} different names have written, so it is no chat.",
        )
