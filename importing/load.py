"""An archive becomes a conversation: from the file to committed messages, batch by batch.

Each batch is one transaction with its event, so readers see whole batches. An import that dies is
completed by importing the file again: what is there already is found by its key.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from importing.archive import check_archive
from importing.batches import ImportOptions
from importing.detection import Detection
from importing.holding import DATABASE_TROUBLE, CancelAsked, Hold, HoldLost, begin
from importing.media_store import MediaStore
from importing.passes import link_replies
from importing.progress import Progress
from importing.records import ArchiveError, Report
from importing.rows import MAX_NAME, storable
from importing.running import Run
from models.database import Database
from models.imports import ImportStatus
from realtime.unit_of_work import Bell

INTERRUPTED = "INTERRUPTED"
"""The error code of an import that was cut short, by a shutdown for instance."""
INTERNAL = "INTERNAL"
"""The error code of an import that failed by no fault of the file's."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, and what it found out about the file."""

    import_id: UUID
    conversation_id: UUID | None
    """None when the file had no message that could be stored."""
    added: int
    duplicates: int
    rejected: int
    media: int
    detection: Detection | None
    """What was learned about the file; None for a format that leaves nothing to learn."""
    report: Report


async def import_archive(
    database: Database,
    bell: Bell,
    tenant_id: UUID,
    path: Path,
    *,
    file_name: str | None = None,
    options: ImportOptions | None = None,
    media: MediaStore | None = None,
    created_by_id: UUID | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> ImportResult:
    """Add the messages of an archive that are not there yet to the conversation of its chat.

    `file_name` is kept for people to recognise the import by; it is the path's name by default.
    `media` is where files beside the chat go; without it they are left. `on_progress` is called
    after each batch.

    Raises `ArchiveError` for a file that cannot be imported, OSError for one that cannot be read
    and `CancelAsked`. The import is then kept as FAILED with the error's code, or CANCELLED, and so
    are the messages that were committed before; importing the mended file adds the rest.
    """
    name = storable(file_name or path.name)[:MAX_NAME]
    hold = await begin(database, bell, tenant_id, name, created_by_id)
    return await run(hold, path, options or ImportOptions(), media, on_progress=on_progress)


async def run(
    hold: Hold,
    path: Path,
    options: ImportOptions,
    media: MediaStore | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    again: bool = False,
) -> ImportResult:
    """Do the import that `hold` holds, and let go of it. Raises what `import_archive` raises, and
    `HoldLost`.

    `again`: what a shutdown or the database cuts short is left for another attempt.
    """
    work = Run(hold, path, options, on_progress or _ignore)
    try:
        await work.resume()
        # The file is gone through more than once; nothing of a damaged one shall be kept.
        await asyncio.to_thread(check_archive, path)
        await work.prepare_merge()
        last = await work.add_batches()
        place = work.progress.conversation_id
        if place is not None and last.report.replies_ahead:
            await link_replies(hold, path, options, place)
        if media is not None and last.media:
            await work.add_media(media)
        await hold.end(ImportStatus.COMPLETED)
    except HoldLost:
        raise
    except BaseException as error:
        # What broke the import may keep this from being written as well.
        with suppress(HoldLost, *DATABASE_TROUBLE):
            await _end_by(hold, error, again)
        raise
    done = work.progress
    return ImportResult(
        import_id=done.import_id,
        conversation_id=done.conversation_id,
        added=done.added,
        duplicates=done.duplicates,
        rejected=done.rejected,
        media=done.media,
        detection=last.detection,
        report=last.report,
    )


def _ignore(_progress: Progress) -> None:
    """Nobody wants to know."""


async def _end_by(hold: Hold, error: BaseException, again: bool) -> None:
    match error:
        case ArchiveError():
            await hold.end(ImportStatus.FAILED, code=error.code, message=error.message)
        case CancelAsked():
            await hold.end(ImportStatus.CANCELLED)
        case asyncio.CancelledError() if again:
            await hold.end(ImportStatus.QUEUED)
        case Exception() if again and isinstance(error, DATABASE_TROUBLE):
            pass  # It is taken up again when its lease is over.
        case Exception():
            await hold.end(ImportStatus.FAILED, code=INTERNAL)
        case _:
            await hold.end(ImportStatus.FAILED, code=INTERRUPTED)
