"""The commands that import archives and export conversations."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import UUID

import typer
from rich.console import Console

from app.cli.console import complaining, err, operator, out
from app.cli.showing import bar, show
from app.garbage import spare_collections
from app.installation import Installation, SetupError
from app.runtime import running
from app.seed import DEMO_SLUG, ensure_user
from app.settings import Settings
from importing import load
from importing.batches import ImportOptions
from importing.detection import DateOrder
from importing.export.message import ExportFormat
from importing.export.reading import FORMATS, Export
from importing.preview import preview_archive
from importing.records import ArchiveError
from models.tenants import Role
from resolvers.context import Context, Viewer
from resolvers.conversations import find_conversation
from resolvers.errors import ParleyError
from schema.ids import IdType, decode_id

IMPORTER = "importer"

cli = typer.Typer()


@cli.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A chat export, .txt or .zip.", dir_okay=False)],
    *,
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")] = DEMO_SLUG,
    title: Annotated[str | None, typer.Option(help="Instead of the file name's.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA zone of the export's times.")] = "UTC",
    date_order: Annotated[
        DateOrder | None,
        typer.Option(case_sensitive=False, help="Instead of what the file's dates show."),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(help="The conversation that holds the chat as another member exported it."),
    ] = None,
    me: Annotated[
        str | None, typer.Option(help="The name under which the user appears in the chat.")
    ] = None,
    user: Annotated[str, typer.Option(help="The handle of whoever imports.")] = IMPORTER,
    dry_run: Annotated[bool, typer.Option(help="Only show what the file holds.")] = False,
) -> None:
    """Import a WhatsApp export, or an NDJSON export; the same file again adds nothing."""
    settings = Settings()
    with complaining():
        options = ImportOptions(
            title=title,
            timezone=timezone,
            date_order=date_order,
            me=me,
            into=conversation_of(into),
        )
    if dry_run:
        with complaining():
            asyncio.run(run_preview(file, options, out))
        return
    with operator(settings) as (found, owner_url):
        found.bring_up_to_date()
        summary = asyncio.run(
            run_import(
                *(found, settings, owner_url),
                tenant=tenant,
                user=user,
                path=file,
                options=options,
                console=err,
            )
        )
        out.print(summary)


@cli.command()
def export(
    conversation: Annotated[str, typer.Argument(help="Its id.")],
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")] = DEMO_SLUG,
    form: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.NDJSON,
    output: Annotated[
        Path | None, typer.Option(help="A file; without it the standard output.", dir_okay=False)
    ] = None,
) -> None:
    """Write a conversation as NDJSON, which can be imported again, CSV or HTML."""
    settings = Settings()
    with operator(settings) as (found, owner_url):
        found.bring_up_to_date()
        asyncio.run(
            run_export(
                *(found, settings, owner_url),
                tenant=tenant,
                conversation=conversation,
                form=form.value,
                path=output,
            )
        )


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
        with _told(path), bar(console) as on_progress:
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
