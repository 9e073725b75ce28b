"""Imports of archives: queueing, finding, following, cancelling and undoing them.

`importing` does them; the import's row is all that both know of.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.events import EventKind
from models.ids import new_id
from models.imports import ArchiveImport, ImportStatus
from models.tables import conversations, imports
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.locking import locked
from resolvers.paging import Keyset, Page, PageRequest
from resolvers.scope import visible_conversations

i = imports.c
COLUMNS = (
    i.id,
    i.created_at,
    i.conversation_id,
    i.created_by_id,
    i.status,
    i.file_name,
    i.upload_size,
    i.share,
    i.added,
    i.duplicates,
    i.rejected,
    i.media,
    i.detected,
    i.error_code,
    i.error_message,
    i.finished_at,
)
BY_CREATION = Keyset(b"i", i.created_at, i.id, descending=True)
MAX_FILE_NAME = 255
OPEN_AT_ONCE = 100
"""Imports that a tenant may have waiting or running."""

WAITING = (ImportStatus.UPLOADING, ImportStatus.QUEUED)
OPEN = (*WAITING, ImportStatus.RUNNING)
UNDOABLE = (ImportStatus.COMPLETED, ImportStatus.FAILED, ImportStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What the client knows better than the file. `date_order` is one of DMY, MDY, YMD, YDM."""

    title: str | None = None
    timezone: str = "UTC"
    date_order: str | None = None
    me: str | None = None
    into: UUID | None = None

    def checked(self) -> dict[str, Any]:
        """The choices as an import's row keeps them. Raises TOO_LONG or UNKNOWN_TIME_ZONE."""
        for name, value in (("title", self.title), ("me", self.me)):
            if value is not None:
                text_within(value, MAX_FILE_NAME, name)
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"{self.timezone!r} is no IANA time zone; use a name like Europe/Lisbon."
            raise UserError(Code.UNKNOWN_TIME_ZONE, message, "timezone") from None
        return {
            "title": self.title,
            "timezone": self.timezone,
            "date_order": self.date_order,
            "me": self.me,
            "into": str(self.into) if self.into else None,
        }


async def find_import(context: Context, import_id: UUID) -> Row:
    """The import. Raises NOT_FOUND when there is none that the viewer may see."""
    row = await context.read.first(
        select(*COLUMNS).where(i.id == import_id, _visible(context.viewer))
    )
    if row is None:
        raise not_found("import")
    return row


async def list_imports(context: Context, request: PageRequest) -> Page:
    """A page of the tenant's imports into what the viewer may see, newest first."""
    statement = select(*COLUMNS).where(_visible(context.viewer))
    rows = await context.read.all(BY_CREATION.select(statement, request))
    return BY_CREATION.page(rows, request)


async def count_imports(context: Context) -> int:
    """How many imports the list has on all its pages."""
    statement = select(func.count()).select_from(imports).where(_visible(context.viewer))
    count: int = await context.read.value(statement)
    return count


@dataclass(frozen=True, slots=True)
class NewImport:
    """What an import is made of that was checked: its file's name, and the choices to keep."""

    file_name: str
    options: dict[str, Any]


async def checked_import(context: Context, file_name: str, choices: ImportChoices) -> NewImport:
    """What may be made, to be asked before the file is kept.

    Raises FORBIDDEN, TOO_LONG, BLANK and what `checked_choices` raises.
    """
    context.viewer.require(Role.AGENT)
    text_within(file_name, MAX_FILE_NAME, "fileName")
    return NewImport(file_name, await checked_choices(context, choices))


async def import_file(
    context: Context, file_name: str, source: BinaryIO, choices: ImportChoices
) -> Row:
    """Keep an open file and queue its import."""
    new = await checked_import(context, file_name, choices)
    import_id, uploads = new_id(), context.services.files
    await uploads.keep(import_id, file_name, source)
    try:
        return await make_import(context, new, import_id=import_id)
    except BaseException:
        await uploads.drop(import_id)
        raise


async def make_import(
    context: Context,
    new: NewImport,
    *,
    import_id: UUID | None = None,
    upload_size: int | None = None,
) -> Row:
    """An import of a file that is there, QUEUED; or of one that is to come, UPLOADING.

    The latter has an `upload_size` in bytes. Raises TOO_MANY when the tenant has too many waiting.
    """
    viewer, services = context.viewer, context.services
    row = ArchiveImport(
        id=import_id or new_id(),
        tenant_id=viewer.tenant_id,
        created_by_id=viewer.user_id,
        status=ImportStatus.QUEUED if upload_size is None else ImportStatus.UPLOADING,
        file_name=new.file_name,
        options=new.options,
        upload_size=upload_size,
        stored=True,
    )
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await _make_room(work)
        work.session.add(row)
        await work.session.flush()
        work.record(row, EventKind.IMPORT_CHANGED)
    return await find_import(context, row.id)


async def checked_choices(context: Context, choices: ImportChoices) -> dict[str, Any]:
    """The choices as an import's row keeps them.

    Raises TOO_LONG, UNKNOWN_TIME_ZONE, and NOT_FOUND for a conversation that the viewer cannot see.
    """
    options = choices.checked()
    if choices.into is None:
        return options
    viewer = context.viewer
    seen = select(conversations.c.id).where(
        conversations.c.id == choices.into,
        visible_conversations(viewer.tenant_id, viewer.user_id),
    )
    if await context.read.first(seen) is None:
        raise UserError(Code.NOT_FOUND, "There is no such conversation.", "into")
    return options


async def finish_upload(context: Context, import_id: UUID) -> Row:
    """Queue an import whose file is whole now; no error when it was queued before."""
    async with _changing(context, import_id) as change:
        if change.row.status == ImportStatus.UPLOADING:
            change.row.status = ImportStatus.QUEUED
            change.record()
    return await find_import(context, import_id)


async def cancel_import(context: Context, import_id: UUID) -> Row:
    """End an import: at once while it waits, before its next batch while it runs.

    What was added stays; `undo_import` takes it back.
    """
    async with _changing(context, import_id) as change:
        row = change.row
        if row.status not in OPEN:
            if row.status == ImportStatus.CANCELLED:
                return await find_import(context, import_id)
            raise UserError(Code.ALREADY_DONE, "The import has ended.", "importId")
        row.cancel_requested = True
        if row.status in WAITING:
            row.status = ImportStatus.CANCELLED
            row.finished_at = context.services.clock()
        change.record()
    row_now = await find_import(context, import_id)
    if row_now.status == ImportStatus.CANCELLED:
        await context.services.files.drop(import_id)
    return row_now


async def undo_import(context: Context, import_id: UUID) -> Row:
    """Begin to take back what an import added; a worker does it, batch by batch."""
    context.viewer.require(Role.ADMIN)
    async with _changing(context, import_id) as change:
        row = change.row
        if row.status in OPEN:
            raise UserError(Code.CONFLICT, "The import is under way; cancel it first.", "importId")
        if row.status in UNDOABLE:
            row.status = ImportStatus.UNDOING
            row.finished_at = None
            change.record()
    return await find_import(context, import_id)


@dataclass(frozen=True, slots=True)
class _Change:
    """An import under change, its row locked."""

    work: UnitOfWork
    row: ArchiveImport

    def record(self) -> None:
        self.work.record(self.row, EventKind.IMPORT_CHANGED)


@asynccontextmanager
async def _changing(context: Context, import_id: UUID) -> AsyncIterator[_Change]:
    services, viewer = context.services, context.viewer
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        statement = select_rows(ArchiveImport).where(
            col(ArchiveImport.id) == import_id, _visible(viewer)
        )
        yield _Change(work, await locked(work, statement, "import", "importId"))


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    seen = select(conversations.c.id).where(
        conversations.c.id == i.conversation_id,
        visible_conversations(viewer.tenant_id, viewer.user_id),
    )
    return (i.tenant_id == viewer.tenant_id) & or_(i.conversation_id.is_(None), seen.exists())


async def _make_room(work: UnitOfWork) -> None:
    """Raise TOO_MANY when the tenant has as many open imports as it may."""
    connection = await work.session.connection()
    waiting = [status.value for status in OPEN]
    found = await connection.execute(
        select(func.count()).where(i.tenant_id == work.tenant_id, i.status.in_(waiting))
    )
    if found.scalar_one() >= OPEN_AT_ONCE:
        message = f"{OPEN_AT_ONCE} imports are waiting; let some end first."
        raise UserError(Code.TOO_MANY, message, "file")
