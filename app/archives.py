"""What `parley import` and `parley export` do, and what they show."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.garbage import spare_collections
from app.installation import Installation, SetupError
from app.runtime import running
from app.seed import ensure_user
from app.settings import Settings
from importing import load
from importing.batches import ImportOptions
from importing.export.reading import FORMATS, Export
from importing.preview import ArchivePreview, preview_archive
from importing.progress import Progress as Imported
from importing.records import ArchiveError, Remark
from models.tenants import Role
from resolvers.context import Context, Viewer
from resolvers.conversations import find_conversation
from resolvers.errors import ParleyError
from schema.ids import IdType, decode_id

IMPORTER = "importer"
MANY = 20
"""Rows of a list that are shown."""


async def run_import(
    found: Installation,
    settings: Settings,
    owner_url: str,
    *,
    tenant: str,
    user: str,
    path: Path,
    options: ImportOptions,
    console: Console,
) -> str:
    """Import a file into a tenant; what came of it, for people. Raises SetupError with why not.

    `user` is the handle of whoever imports, and of `options.me`; made where there is none.
    """
    viewer = await ensure_user(owner_url, tenant, user, Role.AGENT)
    async with running(found, settings) as runtime:
        spare_collections()
        with _told(path), _bar(console) as on_progress:
            result = await load.import_archive(
                runtime.database,
                runtime.bus,
                viewer.tenant_id,
                path,
                options=options,
                media=runtime.media,
                created_by_id=viewer.user_id,
                on_progress=on_progress,
            )
    files = f" {result.media} files stored." if result.media else ""
    return (
        f"{result.added} messages added, {result.duplicates} were there already,"
        f" {result.rejected} lines rejected.{files}"
    )


async def run_preview(path: Path, options: ImportOptions, console: Console) -> None:
    """Show what an import of the file would find. Raises SetupError with why there is nothing."""
    with _told(path):
        show(console, await preview_archive(path, options))


async def run_export(
    found: Installation,
    settings: Settings,
    owner_url: str,
    *,
    tenant: str,
    conversation: str,
    form: str,
    path: Path | None,
) -> None:
    """Write a conversation to a file, or to the standard output. Raises SetupError."""
    viewer = await ensure_user(owner_url, tenant, IMPORTER, Role.AGENT)
    async with running(found, settings) as runtime:
        asker = Viewer(viewer.tenant_id, viewer.user_id, viewer.role)
        context = Context.of(asker, runtime.services)
        try:
            key = decode_id(IdType.CONVERSATION, conversation)
            await find_conversation(context, key)
        except ParleyError as error:
            raise SetupError(error.message) from None
        export = Export(runtime.database, viewer.tenant_id, key, FORMATS[form]())
        with _output(path) as file:
            async for piece in export.pieces():
                file.write(piece)


def conversation_of(text: str | None) -> UUID | None:
    """The conversation's UUID; None without one. Raises SetupError for what is no id of one."""
    try:
        return decode_id(IdType.CONVERSATION, text) if text else None
    except ParleyError as error:
        raise SetupError(error.message) from None


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what is wrong with an archive as commands do."""
    try:
        yield
    except ArchiveError as error:
        raise SetupError(f"{path.name}: {error} ({error.code})") from None


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    """The file, whole or not there; without a path the standard output."""
    if path is None:
        yield sys.stdout.buffer
        return
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[Imported], None]]:
    """A bar with the rate and the time left; gone at the end, and never in a file or a pipe."""
    columns = (
        TextColumn("importing"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[messages]:,} messages"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("import", total=1.0, messages=0, rate=0.0)

        def on_progress(progress: Imported) -> None:
            messages = progress.added + progress.duplicates
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = messages / elapsed if elapsed else 0.0
            bar.update(task, completed=progress.share, messages=messages, rate=rate)

        yield on_progress


def show(console: Console, preview: ArchivePreview) -> None:
    """Print a preview."""
    report, detection = preview.report, preview.detection
    rows = Table.grid(padding=(0, 2))
    rows.add_row("title", escape(preview.title))
    if detection:
        rows.add_row("shape", escape(detection.describe()))
        rows.add_row("dates", f"{detection.evidence.order}: {detection.evidence.describe()}")
        rows.add_row("encoding", detection.encoding)
    rows.add_row("time zone", preview.timezone)
    rows.add_row("messages", f"{report.messages:,}")
    if report.first_at and report.last_at:
        rows.add_row("from, to", f"{report.first_at.isoformat()}, {report.last_at.isoformat()}")
    rows.add_row("kinds", ", ".join(f"{kind} {n:,}" for kind, n in report.kinds.most_common()))
    authors = ", ".join(f"{name} {n:,}" for name, n in report.authors.most_common(MANY))
    rows.add_row("authors", escape(authors))
    rows.add_row("files", f"{preview.media:,}")
    console.print(rows)
    _show_lines(console, "rejected", report.rejected_count, report.rejected)
    _show_lines(console, "ambiguous", report.ambiguous_count, report.ambiguous)
    if report.unreadable:
        console.print(f"{report.unreadable:,} characters cannot be read: U+FFFD stands for them.")
    if report.nul_bytes:
        console.print(f"{report.nul_bytes:,} NUL characters are left out.")
    if preview.me_found is False:
        console.print("[yellow]Nobody of the name given by --me wrote any of it.[/yellow]")
    console.print("The first messages:")
    for message in preview.first:
        text = f"{message.sent_at.isoformat()} {message.author or '–'}: {message.body}"
        console.print(f"  {message.line}: {escape(text)}", highlight=False)
    console.print("Nothing was imported.")


def _show_lines(console: Console, what: str, count: int, lines: list[Remark]) -> None:
    """Print lines worth a look, if there are any."""
    if not count:
        return
    console.print(f"{count:,} lines {what}:")
    for line, text, reason in lines[:MANY]:
        console.print(f"  {line}: {escape(text)} {reason or ''}", highlight=False)
