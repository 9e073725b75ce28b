"""`/imports`: archives of any size, streamed to disk, resumable by offset.

A POST with a body is the whole file. A POST without one, with `Upload-Length`, makes an upload
that PATCH requests fill; HEAD tells how far it is. The names are those of the tus protocol,
https://tus.io/protocols/resumable-upload, of which this is the simplest part.
"""

from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.rest import NO_STORE, ContextOf, Wrote, answer, failure, signed_in
from importing.detection import DateOrder
from importing.uploads import OffsetTaken, TooMuch, UploadFolder
from models.database import Row
from models.ids import new_id
from models.imports import ImportStatus
from models.tenants import Role
from resolvers import imports as resolve
from resolvers.context import Context
from resolvers.errors import Code, ParleyError
from resolvers.imports import ImportChoices, NewImport
from schema.ids import IdType, decode_id, encode_id

NAMELESS = "export.txt"


def upload_routes(context_of: ContextOf, wrote: Wrote) -> list[Route]:
    """The routes of `/imports`."""
    return [
        Route("/imports", signed_in(context_of, _create, wrote), methods=["POST"]),
        Route(
            "/imports/{id}",
            signed_in(context_of, _show),
            methods=["HEAD", "GET"],
        ),
        Route("/imports/{id}", signed_in(context_of, _append, wrote), methods=["PATCH"]),
        Route("/imports/{id}", signed_in(context_of, _give_up, wrote), methods=["DELETE"]),
    ]


async def _create(request: Request, context: Context) -> Response:
    """201 with the upload's address: of one that is to be filled, or of a queued import."""
    name = request.query_params.get("name") or NAMELESS
    new = await resolve.checked_import(context, name, _choices(request))
    announced = request.headers.get("upload-length")
    if announced is None:
        row = await _import_body(request, context, new)
    else:
        size = _number(announced, "Upload-Length")
        if size > _folder(context).limit:
            raise _too_large(context)
        row = await resolve.make_import(context, new, upload_size=size)
    key = encode_id(IdType.IMPORT, row.id)
    headers = {"Location": f"/imports/{key}"}
    if announced is not None:
        headers["Upload-Offset"] = "0"
    return answer({"id": key, "status": row.status}, HTTPStatus.CREATED, headers)


async def _show(request: Request, context: Context) -> Response:
    """How far an upload is."""
    row = await _upload(request, context)
    return Response(status_code=HTTPStatus.OK, headers=_standing(context, row))


async def _append(request: Request, context: Context) -> Response:
    """204 with the new offset; what came before a broken connection stays."""
    row = await _upload(request, context)
    if row.status != ImportStatus.UPLOADING:
        raise ParleyError(Code.CONFLICT, "This import is not being uploaded.")
    offset = _number(request.headers.get("upload-offset"), "Upload-Offset")
    folder, size = _folder(context), row.upload_size
    try:
        end = await folder.append(row.id, row.file_name, offset, request.stream(), size)
    except OffsetTaken as taken:
        headers = {"Upload-Offset": str(taken.offset)}
        message = f"The upload stands at {taken.offset}, or somebody else writes it."
        return failure(Code.CONFLICT, message, HTTPStatus.CONFLICT, headers)
    except TooMuch:
        message = f"More than the {size} bytes that were announced."
        raise ParleyError(Code.TOO_LONG, message) from None
    if end == size:
        await resolve.finish_upload(context, row.id)
    headers = {**NO_STORE, "Upload-Offset": str(end)}
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


async def _give_up(request: Request, context: Context) -> Response:
    """Cancel an upload, or the import that it became."""
    row = await _upload(request, context)
    await resolve.cancel_import(context, row.id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _import_body(request: Request, context: Context, new: NewImport) -> Row:
    """Queue the import of the body; when it breaks off, or does not fit, nothing is kept."""
    import_id, folder = new_id(), _folder(context)
    try:
        await folder.append(import_id, new.file_name, 0, request.stream())
        return await resolve.make_import(context, new, import_id=import_id)
    except TooMuch:
        await folder.drop(import_id)
        raise _too_large(context) from None
    except BaseException:
        await folder.drop(import_id)
        raise


async def _upload(request: Request, context: Context) -> Row:
    context.viewer.require(Role.AGENT)
    import_id: UUID = decode_id(IdType.IMPORT, request.path_params["id"])
    return await resolve.find_import(context, import_id)


def _standing(context: Context, row: Row) -> dict[str, str]:
    headers = {**NO_STORE, "Import-Status": row.status}
    if row.upload_size is not None:
        waiting = row.status == ImportStatus.UPLOADING
        offset = _folder(context).offset(row.id, row.file_name) if waiting else row.upload_size
        headers |= {"Upload-Length": str(row.upload_size), "Upload-Offset": str(offset)}
    return headers


def _folder(context: Context) -> UploadFolder:
    folder = context.services.files
    assert isinstance(folder, UploadFolder), "the application keeps uploads in a folder"
    return folder


def _choices(request: Request) -> ImportChoices:
    given = request.query_params
    order, into = given.get("dateOrder"), given.get("into")
    if order is not None and order not in DateOrder.__members__:
        names = ", ".join(DateOrder.__members__)
        raise ParleyError(Code.BAD_INPUT, f"dateOrder is one of {names}.")
    return ImportChoices(
        title=given.get("title"),
        timezone=given.get("timezone", "UTC"),
        date_order=DateOrder[order].value if order else None,
        me=given.get("me"),
        into=decode_id(IdType.CONVERSATION, into) if into else None,
    )


def _number(text: str | None, header: str) -> int:
    if text is None or not text.isdecimal() or len(text) > 18:
        raise ParleyError(Code.BAD_INPUT, f"{header} is a number of bytes.")
    return int(text)


def _too_large(context: Context) -> ParleyError:
    return ParleyError(Code.TOO_LONG, f"A file has at most {_folder(context).limit} bytes here.")
