"""Bringing archives in, looking into them, and taking imports back."""

from uuid import UUID

import strawberry
from starlette.datastructures import UploadFile
from strawberry.file_uploads import Upload

from importing.batches import ImportOptions
from importing.detection import DateOrder
from importing.preview import preview_archive
from importing.records import ArchiveError
from importing.uploads import TooMuch, UploadFolder
from models.database import Row
from models.ids import new_id
from models.tenants import Role
from resolvers import imports as resolve
from resolvers.errors import Code
from resolvers.errors import UserError as InputError
from resolvers.imports import ImportChoices
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id
from schema.imports import Import, Preview
from schema.previews import shown


@strawberry.input(description="What you know better than the file.")
class ImportArchiveInput:
    title: str | None = strawberry.field(
        default=None, description="The chat's; else what the file's name says."
    )
    timezone: str = strawberry.field(
        default="UTC", description="The IANA zone in which the file's times were written."
    )
    date_order: DateOrder | None = strawberry.field(
        default=None, description="How it writes dates; else what they prove."
    )
    me: str | None = strawberry.field(
        default=None, description="The name under which you appear in it; its messages are yours."
    )
    into: strawberry.ID | None = strawberry.field(
        default=None,
        description="The conversation that holds this chat as another member exported it.",
    )

    def parsed(self) -> ImportChoices:
        """The choices as resolvers take them."""
        order = self.date_order.value if self.date_order else None
        into = decode_id(IdType.CONVERSATION, self.into, "into") if self.into else None
        return ImportChoices(self.title, self.timezone, order, self.me, into)


@strawberry.input
class _AboutImport:
    import_id: strawberry.ID

    def key(self) -> UUID:
        """The import's UUID. Raises BAD_ID."""
        return decode_id(IdType.IMPORT, self.import_id, "importId")


@strawberry.input
class CancelImportInput(_AboutImport):
    pass


@strawberry.input
class UndoImportInput(_AboutImport):
    pass


@strawberry.type
class _ImportResult(MutationResult):
    archive_import: Import | None = strawberry.field(name="import", default=None)


@strawberry.type
class ImportArchivePayload(_ImportResult):
    pass


@strawberry.type
class CancelImportPayload(_ImportResult):
    pass


@strawberry.type
class UndoImportPayload(_ImportResult):
    pass


@strawberry.type
class PreviewArchivePayload(MutationResult):
    preview: Preview | None = None


@strawberry.type
class ImportMutations:
    @strawberry.mutation(
        description="A worker imports the file; `importProgress` tells how far it is."
        " Large files go to POST /imports."
    )
    async def import_archive(
        self, info: Info, file: Upload, input: ImportArchiveInput | None = None
    ) -> ImportArchivePayload:
        choices = (input or ImportArchiveInput()).parsed()
        found, errors = await changed(Import, lambda: _import(info, file, choices))
        return ImportArchivePayload(archive_import=found, user_errors=errors)

    @strawberry.mutation(description="What an import of the file would find. Nothing is kept.")
    async def preview_archive(
        self, info: Info, file: Upload, input: ImportArchiveInput | None = None
    ) -> PreviewArchivePayload:
        choices = (input or ImportArchiveInput()).parsed()
        preview, errors = await outcome(lambda: _preview(info, file, choices))
        return PreviewArchivePayload(preview=preview, user_errors=errors)

    @strawberry.mutation(description="What was added stays; `undoImport` takes it back.")
    async def cancel_import(self, info: Info, input: CancelImportInput) -> CancelImportPayload:
        found, errors = await changed(
            Import, lambda: resolve.cancel_import(info.context, input.key())
        )
        return CancelImportPayload(archive_import=found, user_errors=errors)

    @strawberry.mutation(
        description="Takes back what the import added, and nothing else. For administrators."
    )
    async def undo_import(self, info: Info, input: UndoImportInput) -> UndoImportPayload:
        found, errors = await changed(
            Import, lambda: resolve.undo_import(info.context, input.key())
        )
        return UndoImportPayload(archive_import=found, user_errors=errors)


async def _import(info: Info, file: object, choices: ImportChoices) -> Row:
    info.context.viewer.require(Role.AGENT)
    upload = _uploaded(file)
    try:
        return await resolve.import_file(info.context, upload.filename or "", upload.file, choices)
    except TooMuch:
        raise _too_large() from None


async def _preview(info: Info, file: object, choices: ImportChoices) -> Preview:
    """Read the file under its own name, which may hold the chat's title, and drop it."""
    info.context.viewer.require(Role.AGENT)
    upload = _uploaded(file)
    await resolve.checked_choices(info.context, choices)
    folder, key, name = info.context.services.files, new_id(), upload.filename or ""
    assert isinstance(folder, UploadFolder), "the application keeps uploads in a folder"
    try:
        await folder.keep(key, name, upload.file)
        options = ImportOptions(
            choices.title,
            choices.timezone,
            DateOrder(choices.date_order) if choices.date_order else None,
            choices.me,
        )
        return shown(await preview_archive(folder.path_of(key, name), options))
    except ArchiveError as error:
        raise InputError(Code.BAD_ARCHIVE, f"{error.message} ({error.code})", "file") from None
    except TooMuch:
        raise _too_large() from None
    finally:
        await folder.drop(key)


def _uploaded(file: object) -> UploadFile:
    """The file as the transport gives it. Raises BAD_INPUT for anything else."""
    if not isinstance(file, UploadFile):
        raise InputError(Code.BAD_INPUT, "file is no file: send a multipart request.", "file")
    return file


def _too_large() -> InputError:
    return InputError(Code.TOO_LONG, "The file is larger than this server takes.", "file")
