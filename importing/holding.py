"""A worker's hold on an import: while it lasts, nobody else works on it.

Every step is a transaction that locks the import's row, so that a worker that was thought dead, and
woke up, is told before anything that it did is committed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from models.base import now
from models.database import Database
from models.events import EventKind
from models.ids import new_id
from models.imports import ArchiveImport, ImportStatus
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work

LEASE = timedelta(minutes=2)
"""How long a worker may go without a step; one takes seconds."""

DATABASE_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)
"""What a database that restarts, or is slow, makes of statements."""

HELD = (ImportStatus.RUNNING, ImportStatus.UNDOING)


class HoldLost(Exception):  # noqa: N818 - it reads as what happened
    """The import is in other hands, or in none."""


class CancelAsked(Exception):  # noqa: N818
    """Somebody asked for the import to be cancelled."""


@dataclass(frozen=True, slots=True)
class Step:
    """A transaction of an import, its row locked."""

    work: UnitOfWork
    row: ArchiveImport


@dataclass(frozen=True, slots=True)
class Hold:
    """One worker's turn with one import."""

    database: Database
    bell: Bell
    tenant_id: UUID
    import_id: UUID
    attempt: int

    @asynccontextmanager
    async def step(self, *, heed_cancel: bool = True) -> AsyncIterator[Step]:
        """A transaction that prolongs the lease and tells of the import as it is then.

        Raises HoldLost, and CancelAsked where that is to be heeded; nothing was changed then.
        """
        async with (
            unit_of_work(self.database, self.bell, self.tenant_id) as work,
            self.step_of(work, heed_cancel=heed_cancel) as step,
        ):
            yield step

    @asynccontextmanager
    async def step_of(self, work: UnitOfWork, *, heed_cancel: bool = True) -> AsyncIterator[Step]:
        """The same in a transaction that has begun already; what it did is to be rolled back when
        this raises."""
        row = await work.session.get(ArchiveImport, self.import_id, with_for_update=True)
        if row is None or row.attempt != self.attempt or row.status not in HELD:
            raise HoldLost
        if heed_cancel and row.cancel_requested and row.status == ImportStatus.RUNNING:
            raise CancelAsked
        row.lease_until = now() + LEASE
        before = row.added + row.media
        yield Step(work, row)
        if row.added + row.media > before:
            row.advanced_attempt = self.attempt
        work.record(row, EventKind.IMPORT_CHANGED)

    async def prolong(self) -> None:
        """Say that somebody is at it: reading a whole file may take minutes. Raises as `step`."""
        async with self.step():
            pass

    async def end(
        self, status: ImportStatus, *, code: str | None = None, message: str | None = None
    ) -> None:
        """Let go of the import, in this status. Raises HoldLost."""
        async with self.step(heed_cancel=False) as step:
            step.row.status = status
            step.row.lease_until = None
            step.row.error_code = code
            step.row.error_message = message
            if status is ImportStatus.COMPLETED:
                step.row.share = 1.0
            if status is ImportStatus.QUEUED:
                # Whoever puts it back in order is no sign that it cannot be done.
                step.row.advanced_attempt = self.attempt
            else:
                step.row.finished_at = now()


async def begin(
    database: Database,
    bell: Bell,
    tenant_id: UUID,
    file_name: str,
    created_by_id: UUID | None = None,
) -> Hold:
    """Keep a new import as RUNNING, in the caller's hands; its file is not in the upload folder."""
    row = ArchiveImport(
        id=new_id(),
        tenant_id=tenant_id,
        file_name=file_name,
        created_by_id=created_by_id,
        attempt=1,
        lease_until=now() + LEASE,
    )
    async with unit_of_work(database, bell, tenant_id) as work:
        work.session.add(row)
        await work.session.flush()
        work.record(row, EventKind.IMPORT_CHANGED)
    return Hold(database, bell, tenant_id, row.id, row.attempt)
