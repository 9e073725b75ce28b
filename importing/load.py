"""An archive becomes a conversation: from the file to committed messages, batch by batch.

Each batch is one transaction with its event, so readers see whole batches. An import that dies is
completed by importing the file again: what is there already is found by its key.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from importing.batches import (
    MAX_NAME,
    Batch,
    ImportOptions,
    Row,
    in_thread,
    read_batches,
    storable,
)
from importing.chats import find_or_make, locked, namesakes, recognise
from importing.records import ArchiveError, Detection, Report
from importing.storing import driver_of, store
from models.base import now
from models.database import Database
from models.ids import new_id
from models.imports import ArchiveImport, ImportStatus
from models.tables import imports
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work

INTERRUPTED = "INTERRUPTED"
"""The error code of an import that was cancelled, at a shutdown for instance."""
INTERNAL = "INTERNAL"
"""The error code of an import that failed by no fault of the file's."""

_ENSURE_MONTH = "SELECT parley_ensure_message_partitions($1, $1)"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come, as it is committed."""

    import_id: UUID
    conversation_id: UUID | None = None
    """None as long as the file had no message that could be stored."""
    added: int = 0
    duplicates: int = 0
    rejected: int = 0
    share: float = 0.0
    """The part of the file that has been read, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, and what it found out about the file."""

    import_id: UUID
    conversation_id: UUID | None
    """None when the file had no message that could be stored."""
    added: int
    duplicates: int
    rejected: int
    detection: Detection
    report: Report


async def import_archive(
    database: Database,
    bell: Bell,
    tenant_id: UUID,
    path: Path,
    *,
    file_name: str | None = None,
    options: ImportOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> ImportResult:
    """Add the messages of an archive that are not there yet to the conversation of its chat.

    `file_name` is kept for people to recognise the import by; it is the path's name by default.
    `on_progress` is called after each batch.

    Raises `ArchiveError` for a file that cannot be imported and OSError for one that cannot be
    read. The import is then kept as FAILED with the error's code, and so are the messages that
    were committed before a broken place; importing the mended file adds the rest.
    """
    run = _Run(database, bell, tenant_id, path, options or ImportOptions())
    await run.start(storable(file_name or path.name)[:MAX_NAME])
    try:
        last = await run.add_batches(on_progress or _ignore)
        await run.end(ImportStatus.COMPLETED)
    except BaseException as error:
        # What broke the import may keep this from being written as well.
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError):
            await run.end(ImportStatus.FAILED, error_code=_code_of(error))
        raise
    done = run.progress
    return ImportResult(
        import_id=done.import_id,
        conversation_id=done.conversation_id,
        added=done.added,
        duplicates=done.duplicates,
        rejected=done.rejected,
        detection=last.detection,
        report=last.report,
    )


def _ignore(_progress: Progress) -> None:
    """Nobody wants to know."""


def _code_of(error: BaseException) -> str:
    if isinstance(error, ArchiveError):
        return error.code
    return INTERNAL if isinstance(error, Exception) else INTERRUPTED


class _Run:
    """One import under way."""

    def __init__(
        self, database: Database, bell: Bell, tenant_id: UUID, path: Path, options: ImportOptions
    ) -> None:
        self._database = database
        self._bell = bell
        self._tenant_id = tenant_id
        self._path = path
        self._options = options
        self._months: set[tuple[int, int]] = set()
        self.progress = Progress(import_id=new_id())

    async def start(self, file_name: str) -> None:
        """Keep the import as RUNNING."""
        async with unit_of_work(self._database, self._bell, self._tenant_id) as work:
            work.session.add(
                ArchiveImport(
                    id=self.progress.import_id, tenant_id=self._tenant_id, file_name=file_name
                )
            )

    async def end(self, status: ImportStatus, error_code: str | None = None) -> None:
        """Keep how the import ended."""
        async with unit_of_work(self._database, self._bell, self._tenant_id) as work:
            await self._update(work, status=status, error_code=error_code, finished_at=now())

    async def add_batches(self, on_progress: Callable[[Progress], None]) -> Batch:
        """Add the whole file; gives its last batch."""
        last: Batch | None = None
        async with aclosing(in_thread(read_batches(self._path, self._options))) as batches:
            async for batch in batches:
                await self._add(batch)
                on_progress(self.progress)
                last = batch
        assert last is not None, "a file has at least one batch"
        return last

    async def _add(self, batch: Batch) -> None:
        """Commit a batch with its event and the import's counts."""
        await self._ensure_months(batch.rows)
        recognised = await self._recognise(batch)
        progress = replace(self.progress, rejected=batch.rejected, share=batch.share)
        async with unit_of_work(self._database, self._bell, self._tenant_id) as work:
            if batch.rows:
                connection = await driver_of(work.session)
                conversation = (
                    await locked(work, progress.conversation_id)
                    if progress.conversation_id
                    else await find_or_make(work, connection, batch.title, batch.rows, recognised)
                )
                added = await store(work, connection, conversation, progress.import_id, batch.rows)
                progress = replace(
                    progress,
                    conversation_id=conversation.id,
                    added=progress.added + added,
                    duplicates=progress.duplicates + len(batch.rows) - added,
                )
            await self._update(
                work,
                conversation_id=progress.conversation_id,
                added=progress.added,
                duplicates=progress.duplicates,
                rejected=progress.rejected,
            )
        self.progress = progress

    async def _ensure_months(self, rows: Sequence[Row]) -> None:
        """Have the months' partitions made, each in a transaction of its own: their locks are
        shared by all imports."""
        months = {(row.sent_at.year, row.sent_at.month): row.sent_at for row in rows}
        async with self._database.connection(self._tenant_id) as connection:
            for month in sorted(months.keys() - self._months):
                await connection.fetchval(_ENSURE_MONTH, months[month])
        self._months.update(months)

    async def _recognise(self, first: Batch) -> UUID | None:
        """The conversation that holds this chat, as far as only a look at the whole file tells.

        An export without media goes back further than one with media: the chat's first batch may
        hold nothing of what was imported, and a later one all of it.
        """
        if self.progress.conversation_id or not first.rows:
            return None
        async with self._database.connection(self._tenant_id) as connection:
            candidates = await namesakes(connection, self._tenant_id, first.title)
            known = await recognise(connection, candidates, first.rows)
        if known or not candidates:
            return known
        async with aclosing(in_thread(read_batches(self._path, self._options))) as batches:
            async for batch in batches:
                async with self._database.connection(self._tenant_id) as connection:
                    known = await recognise(connection, candidates, batch.rows)
                if known:
                    return known
        return None

    async def _update(self, work: UnitOfWork, **values: Any) -> None:
        await work.session.exec(
            update(imports).where(imports.c.id == self.progress.import_id).values(**values)
        )
