"""`GET /media/{attachment id}`: what came with a message, to those who may see the message.

People send what they like, so nothing is believed: the type was told by the content, only pictures,
sound and film show in the browser, and what shows runs nothing.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from app.rest import ContextOf, signed_in
from importing.images import READABLE, THUMBNAIL_TYPE, thumbnail
from importing.media_store import THUMBNAIL_ENDING, MediaStore
from resolvers.context import Context
from resolvers.errors import not_found
from resolvers.media import find_media
from schema.ids import IdType, decode_id

PIECE = 256 * 1024
THUMBNAILS_AT_ONCE = 2
"""Pictures that one process makes small at a time: each may take 200 MB while it does."""
SHOWN = READABLE | {
    *("audio/aac", "audio/amr", "audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav"),
    *("video/3gpp", "video/mp4", "video/quicktime", "video/webm"),
}
"""Media types that a browser may show in place; all others are only saved."""
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
    "Referrer-Policy": "no-referrer",
    # A viewer may lose the right to see it: ask again each time, by the tag.
    "Cache-Control": "private, no-cache",
}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` to before `stop`."""

    start: int
    stop: int


class Media:
    """The endpoints of media."""

    def __init__(self, context_of: ContextOf, store: Callable[[], MediaStore]) -> None:
        self._store = store
        self._shrinking = asyncio.Semaphore(THUMBNAILS_AT_ONCE)
        self.routes = [
            Route("/media/{id}", signed_in(context_of, self._send), methods=["GET"]),
            Route("/media/{id}/thumbnail", signed_in(context_of, self._send_small)),
        ]

    async def _send(self, request: Request, context: Context) -> Response:
        """The content, or the one range of it that is asked for."""
        row = await find_media(context, decode_id(IdType.ATTACHMENT, request.path_params["id"]))
        digest = row.sha256.hex()
        shown = row.media_type in SHOWN
        headers = {
            **SAFE,
            "ETag": f'"{digest}"',
            "Accept-Ranges": "bytes",
            "Content-Disposition": disposition("inline" if shown else "attachment", row.file_name),
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        span = asked_span(request, row.size, headers["ETag"])
        if span is None:
            headers["Content-Range"] = f"bytes */{row.size}"
            return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
        status = HTTPStatus.OK
        if span != Span(0, row.size):
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{row.size}"
        headers["Content-Length"] = str(span.stop - span.start)
        file = await self._open(context.viewer.tenant_id, digest)
        return StreamingResponse(_pieces(file, span), status, headers, media_type=row.media_type)

    async def _send_small(self, request: Request, context: Context) -> Response:
        """A small JPEG of a picture, made when it is first asked for; 404 where none can be."""
        row = await find_media(context, decode_id(IdType.ATTACHMENT, request.path_params["id"]))
        if row.media_type not in READABLE:
            raise not_found("thumbnail")
        headers = {**SAFE, "ETag": f'"{row.sha256.hex()}-small"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        async with self._shrinking:
            small = await asyncio.to_thread(
                _small, self._store(), context.viewer.tenant_id, row.sha256.hex()
            )
        if small is None:
            raise not_found("thumbnail")
        return Response(small, headers=headers, media_type=THUMBNAIL_TYPE)

    async def _open(self, tenant_id: UUID, name: str) -> BinaryIO:
        try:
            return await asyncio.to_thread(self._store().open, tenant_id, name)
        except FileNotFoundError:
            raise not_found("attachment") from None


def asked_span(request: Request, size: int, tag: str) -> Span | None:
    """The bytes that are asked for (RFC 9110, section 14); None for a range beyond the end.

    Several ranges, and what is no range, are answered with the whole.
    """
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or asked[0] == "bytes=-" or request.headers.get("if-range", tag) != tag:
        return Span(0, size)
    first, last = asked[1], asked[2]
    if not first:
        return Span(max(0, size - int(last)), size) if int(last) and size else None
    start, stop = int(first), min(size, int(last) + 1) if last else size
    return Span(start, stop) if start < stop else None


def disposition(kind: str, file_name: str) -> str:
    """A Content-Disposition that no file name can break (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", file_name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


async def _pieces(file: BinaryIO, span: Span) -> AsyncGenerator[bytes, None]:
    """The bytes of the span; the file is closed at the end."""
    try:
        await asyncio.to_thread(file.seek, span.start)
        left = span.stop - span.start
        while left and (piece := await asyncio.to_thread(file.read, min(PIECE, left))):
            left -= len(piece)
            yield piece
    finally:
        file.close()


def _small(store: MediaStore, tenant_id: UUID, digest: str) -> bytes | None:
    """The thumbnail, which is kept beside the picture."""
    name = digest + THUMBNAIL_ENDING
    try:
        if store.has(tenant_id, name):
            with store.open(tenant_id, name) as kept:
                return kept.read()
        with store.open(tenant_id, digest) as picture:
            small = thumbnail(picture)
    except FileNotFoundError:
        return None
    if small is not None:
        store.put(tenant_id, name, small)
    return small
