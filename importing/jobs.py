"""The worker's part of imports: takes what was uploaded, or is to be undone, and sees it through.

The import's row is the job: docs/decisions/import-jobs.md says why. Any number of workers run on
one database and one folder.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from importing.batches import ImportOptions
from importing.detection import DateOrder
from importing.holding import DATABASE_TROUBLE, LEASE, CancelAsked, Hold, HoldLost
from importing.load import INTERNAL, INTERRUPTED, run
from importing.media_store import MediaStore
from importing.records import ArchiveError
from importing.undo import undo
from importing.uploads import UploadFolder
from models.base import now
from models.database import Database, Row
from models.imports import ArchiveImport, ImportStatus
from realtime.unit_of_work import Bell

CHANNEL = "parley_imports"
MAX_ATTEMPTS = 5
"""An import that took so many workers with it, and got no further, is not tried again."""
STALE = timedelta(days=7)
"""Uploads that nobody has touched for so long were left behind by a process that died."""
UPLOAD_ABANDONED = "UPLOAD_ABANDONED"
"""The error code of an upload that was not finished within a day."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("importing")


class ImportWorker:
    """Imports archives until `stop`, `at_once` at a time; `run_once` does what there is to do.

    `poll` is the longest it sleeps when no notification comes.
    """

    def __init__(
        self,
        database: Database,
        bell: Bell,
        uploads: UploadFolder,
        media: MediaStore,
        *,
        at_once: int = 2,
        clock: Callable[[], datetime] = now,
        poll: timedelta = timedelta(seconds=10),
    ) -> None:
        self._database = database
        self._bell = bell
        self._uploads = uploads
        self._media = media
        self._clock = clock
        self._poll = poll.total_seconds()
        self._at_once = at_once
        self._wake = asyncio.Event()
        self._stopping = False
        self._jobs: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until `stop`; an import that is under way then is left for another worker."""
        await self._uploads.sweep(STALE)
        listening = asyncio.create_task(self._listen(), name="import listener")
        try:
            while not self._stopping:
                self._wake.clear()
                if not await self._start_next():
                    await self._rest()
        finally:
            for task in (listening, *self._jobs):
                task.cancel()
            await asyncio.gather(listening, *self._jobs, return_exceptions=True)

    def stop(self) -> None:
        """Take no more work and leave off what is under way."""
        self._stopping = True
        self._wake.set()

    async def run_once(self) -> int:
        """Do everything that can be taken now; how many jobs that was."""
        done = 0
        while (job := await self._take()) is not None:
            await self._do(job)
            done += 1
        return done

    async def _start_next(self) -> bool:
        """Begin the next job; False when there is none, or no room for one more."""
        if len(self._jobs) >= self._at_once:
            return False
        try:
            job = await self._take()
        except DATABASE_TROUBLE as trouble:
            log.warning("database_trouble", error=repr(trouble))
            return False
        if job is None:
            return False
        task = asyncio.create_task(self._do(job), name=f"import {job['id']}")
        self._jobs.add(task)
        task.add_done_callback(self._ended)
        return True

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._jobs.discard(task)
        self._wake.set()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._wake.wait()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.listen(CHANNEL, self._wake.set) as lost:
                    self._wake.set()
                    await lost.wait()
            except DATABASE_TROUBLE as trouble:
                log.warning("database_trouble", error=repr(trouble))
            await asyncio.sleep(1)

    async def _take(self) -> Row | None:
        moment = self._clock()
        rows = await self._database.across_tenants("parley_take_import", moment, moment + LEASE)
        return rows[0] if rows else None

    async def _do(self, job: Row) -> None:
        """See a job through. What goes wrong is kept in its row, or else found by its lease."""
        hold = Hold(self._database, self._bell, job["tenant_id"], job["id"], job["attempt"])
        told = log.bind(tenant_id=str(hold.tenant_id), import_id=str(hold.import_id))
        try:
            await self._see_through(hold, ImportStatus(job["was"]))
        except HoldLost:
            told.info("import_lost")
        except CancelAsked:
            told.info("import_cancelled")
        except ArchiveError as error:
            told.info("import_refused", code=error.code)
        except Exception:
            told.exception("import_failed")
        finally:
            with suppress(HoldLost, *DATABASE_TROUBLE):
                await self._tidy(hold)

    async def _see_through(self, hold: Hold, was: ImportStatus) -> None:
        row = await self._read(hold)
        if was is ImportStatus.UNDOING:
            await undo(hold, self._media)
        elif was is ImportStatus.UPLOADING:
            await hold.end(ImportStatus.FAILED, code=UPLOAD_ABANDONED)
        elif not row.stored:
            # `parley import` read it from elsewhere, and died.
            await hold.end(ImportStatus.FAILED, code=INTERRUPTED)
        elif hold.attempt - row.advanced_attempt > MAX_ATTEMPTS:
            await hold.end(ImportStatus.FAILED, code=INTERNAL)
        else:
            path = self._uploads.path_of(hold.import_id, row.file_name)
            await run(hold, path, options_of(row.options), self._media, again=True)

    async def _read(self, hold: Hold) -> ArchiveImport:
        async with self._database.transaction(hold.tenant_id) as session:
            row = await session.get(ArchiveImport, hold.import_id)
        if row is None:
            raise HoldLost
        return row

    async def _tidy(self, hold: Hold) -> None:
        """Give the uploaded file's place back once nobody needs it any more."""
        row = await self._read(hold)
        if row.status not in (ImportStatus.QUEUED, ImportStatus.RUNNING, ImportStatus.UPLOADING):
            await self._uploads.drop(hold.import_id)


def options_of(kept: dict[str, str | None]) -> ImportOptions:
    """The options as an import's row keeps them."""
    order, into = kept.get("date_order"), kept.get("into")
    return ImportOptions(
        title=kept.get("title"),
        timezone=kept.get("timezone") or "UTC",
        date_order=DateOrder(order) if order else None,
        me=kept.get("me"),
        into=UUID(into) if into else None,
    )
