"""A look into an archive: everything that an import would find out, and nothing is kept."""

import asyncio
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from importing.archive import open_archive
from importing.batches import ImportOptions, title_of
from importing.detection import Detection
from importing.formats.dates import time_zone
from importing.records import ArchiveMessage, Report
from importing.sources import source_of

FIRST = 10
"""Messages that are shown."""


@dataclass(frozen=True, slots=True)
class ArchivePreview:
    """What a file holds. `detection` is None for a format that leaves nothing to learn."""

    title: str
    timezone: str
    detection: Detection | None
    report: Report
    media: int
    first: list[ArchiveMessage]
    me_found: bool | None
    """Whether the name that was said to be the importer's wrote any of it; None: none was said."""


async def preview_archive(path: Path, options: ImportOptions) -> ArchivePreview:
    """Read an archive to its end, in a thread. Raises `ArchiveError` and OSError."""
    return await asyncio.to_thread(_preview, path, options)


def _preview(path: Path, options: ImportOptions) -> ArchivePreview:
    zone = time_zone(options.timezone)
    with open_archive(path) as archive, archive.open_chat() as chat:
        source = source_of(chat, options.date_order)
        report = Report()
        first: list[ArchiveMessage] = []
        for messages in source.batches(zone, archive.members, report):
            first.extend(islice(messages, max(0, FIRST - len(first))))
        return ArchivePreview(
            title=title_of(options, source.title or archive.title or path.stem),
            timezone=options.timezone,
            detection=source.detection,
            report=report,
            media=len(archive.members),
            first=first,
            me_found=None if options.me is None else options.me in report.authors,
        )
