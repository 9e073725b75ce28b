"""An archive becomes a conversation: from the file to committed messages, batch by batch.

Each batch is one transaction with its event, so readers see whole batches. An import that dies is
completed by importing the file again: what is there already is found by its key.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from importing.ahead import ReadAhead
from importing.batches import Batch, ImportOptions, read_batches
from importing.chats import find_or_make, locked, namesakes, recognise
from importing.fetching import fetch_media
from importing.holding import DATABASE_TROUBLE, CancelAsked, Hold, HoldLost, begin
from importing.media_store import MediaStore
from importing.merging import Merge
from importing.records import ArchiveError, Detection, ErrorCode, Report
from importing.rows import MAX_NAME, Row, storable
from importing.storing import Me, driver_of, store
from models.database import Database
from models.imports import ArchiveImport, ImportStatus
from realtime.unit_of_work import Bell

INTERRUPTED = "INTERRUPTED"
"""The error code of an import that was cut short, by a shutdown for instance."""
INTERNAL = "INTERNAL"
"""The error code of an import that failed by no fault of the file's."""
CHAT_WEIGHT = 50
"""A byte of text takes as long as so many bytes of media, in what `share` says."""

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
    media: int = 0
    share: float = 0.0
    """The part of the work that is done, from 0 to 1."""


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
    work = _Run(hold, path, options, on_progress or _ignore)
    try:
        await work.resume()
        await work.prepare_merge()
        last = await work.add_batches()
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


def _note(row: ArchiveImport, progress: Progress) -> None:
    """Keep the progress in the import's row."""
    row.conversation_id = progress.conversation_id
    row.added = progress.added
    row.duplicates = progress.duplicates
    row.rejected = progress.rejected
    row.media = progress.media
    row.share = progress.share


class _Run:
    """One import under way."""

    def __init__(
        self,
        hold: Hold,
        path: Path,
        options: ImportOptions,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._hold = hold
        self._database = hold.database
        self._tenant_id = hold.tenant_id
        self._path = path
        self._options = options
        self._on_progress = on_progress
        self._months: set[tuple[int, int]] = set()
        self._added_before = 0
        self._chat_share = 1.0
        self._merge = Merge(options.into) if options.into else None
        self.progress = Progress(import_id=hold.import_id)

    async def resume(self) -> None:
        """Begin where an earlier attempt ended. What it had added will be found to be there."""
        async with self._hold.step() as step:
            self._added_before = step.row.added
            self.progress = replace(
                self.progress, conversation_id=step.row.conversation_id, added=step.row.added
            )

    async def prepare_merge(self) -> None:
        """Find out who in the file is who in the conversation that it is to enter.

        Raises `ArchiveError` when there is no such conversation, or it holds another chat.
        """
        if self._merge is None:
            return
        async with self._hold.step() as step:
            if await locked(step.work, self._merge.conversation_id) is None:
                raise ArchiveError(
                    ErrorCode.NO_CONVERSATION,
                    "The conversation is not there any more. Import the file without it.",
                )
            self.progress = replace(self.progress, conversation_id=self._merge.conversation_id)
            _note(step.row, self.progress)
        async with ReadAhead(read_batches(self._path, self._options)) as batches:
            async for batch in batches:
                batches.go_on()
                await self._prolong()
                async with self._database.connection(self._tenant_id) as connection:
                    await self._merge.learn(connection, batch.rows)
        if not self._merge.settle():
            raise ArchiveError(
                ErrorCode.ANOTHER_CHAT,
                "The file and the conversation have hardly a message in common. Check the time zone"
                " in which the file was written, or import it as a chat of its own.",
            )

    async def add_batches(self) -> Batch:
        """Add the whole file; gives its last batch."""
        last: Batch | None = None
        found = 0
        async with ReadAhead(read_batches(self._path, self._options)) as batches:
            async for batch in batches:
                found += await self._add(batch, found, batches.go_on)
                self._on_progress(self.progress)
                last = batch
        assert last is not None, "a file has at least one batch"
        return last

    async def add_media(self, media: MediaStore) -> None:
        """Put the files that the chat's attachments name into the store."""
        if self.progress.conversation_id is None:
            return
        lines = self.progress.rejected
        fetched = fetch_media(self._hold, self._path, self.progress.conversation_id, media)
        async with aclosing(fetched):
            async for done in fetched:
                progress = replace(
                    self.progress,
                    media=done.files,
                    rejected=lines + done.broken,
                    share=self._chat_share + (1 - self._chat_share) * done.share,
                )
                async with self._hold.step() as step:
                    _note(step.row, progress)
                self.progress = progress
                self._on_progress(progress)

    async def _add(self, batch: Batch, found: int, meanwhile: Callable[[], None]) -> int:
        """Commit a batch with its event and the import's counts.

        `found` of the rows before were there already; gives how many of these were. `meanwhile` is
        called when the database has the most of its work before it.
        """
        batch = await self._adopted(batch)
        rows = batch.rows
        await self._ensure_months(rows)
        recognised = await self._recognise(batch)
        self._chat_share = CHAT_WEIGHT / (CHAT_WEIGHT + batch.media_ratio) if batch.media else 1.0
        progress = replace(
            self.progress, rejected=batch.rejected, share=batch.share * self._chat_share
        )
        known = 0
        async with self._hold.step() as step:
            work = step.work
            if rows:
                connection = await driver_of(work.session)
                conversation = (
                    await locked(work, progress.conversation_id)
                    if progress.conversation_id
                    else None
                ) or await find_or_make(work, connection, batch.title, rows, recognised)
                me = self._me(step.row.created_by_id)
                added = await store(
                    work,
                    connection,
                    conversation,
                    progress.import_id,
                    batch,
                    me=me,
                    meanwhile=meanwhile,
                )
                known = len(rows) - added
                progress = replace(
                    progress,
                    conversation_id=conversation.id,
                    added=progress.added + added,
                    duplicates=max(0, found + known - self._added_before),
                )
            _note(step.row, progress)
            step.row.detected = batch.detection.describe() if batch.detection else None
        self.progress = progress
        return known

    async def _adopted(self, batch: Batch) -> Batch:
        """The batch as the conversation calls it that it is merged into."""
        if self._merge is None:
            return batch
        async with self._database.connection(self._tenant_id) as connection:
            rows = await self._merge.adopt(connection, batch.rows)
        return replace(batch, rows=rows, copied=None)

    def _me(self, user_id: UUID | None) -> Me | None:
        """Who imports, by the name that the conversation's archives have for them."""
        name = self._options.me
        if name is None or user_id is None:
            return None
        return Me(user_id, self._merge.name_of(name) if self._merge else name)

    async def _prolong(self) -> None:
        """Reading a whole file may take minutes: say that somebody is at it."""
        async with self._hold.step():
            pass

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
        async with ReadAhead(read_batches(self._path, self._options)) as batches:
            async for batch in batches:
                batches.go_on()
                await self._prolong()
                async with self._database.connection(self._tenant_id) as connection:
                    known = await recognise(connection, candidates, batch.rows)
                if known:
                    return known
        return None
