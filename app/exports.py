"""Files that are streamed: what is in a conversation, and what is held about a contact.

`GET /exports/{conversation id}?format=ndjson|csv|html` and `GET /exports/contacts/{contact id}`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from app.media import disposition
from app.rest import NO_STORE, ContextOf, signed_in
from importing.export.contact import ContactExport
from importing.export.ndjson import NdjsonWriter
from importing.export.reading import FORMATS, Export
from resolvers.contact_erasing import note_export
from resolvers.context import Context
from resolvers.conversations import find_conversation
from resolvers.errors import Code, ParleyError
from schema.ids import IdType, decode_id

AT_ONCE = 4
"""Exports of one process at a time: each holds a connection to the database."""


class Exports:
    """The endpoint, and how many are under way."""

    def __init__(self, context_of: ContextOf) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.routes = [
            Route("/exports/{id}", signed_in(context_of, self._send), methods=["GET"]),
            Route("/exports/contacts/{id}", signed_in(context_of, self._tell), methods=["GET"]),
        ]

    async def _send(self, request: Request, context: Context) -> Response:
        name = request.query_params.get("format", "ndjson")
        if name not in FORMATS:
            raise ParleyError(Code.BAD_INPUT, f"format is one of {', '.join(FORMATS)}.")
        conversation_id = decode_id(IdType.CONVERSATION, request.path_params["id"])
        conversation = await find_conversation(context, conversation_id)
        self._make_room()
        writer = FORMATS[name]()
        export = Export(
            context.services.database, context.viewer.tenant_id, conversation_id, writer
        )
        return StreamingResponse(
            self._pieces(export),
            media_type=writer.media_type,
            headers=_headers(f"{conversation.title}.{name}"),
        )

    async def _tell(self, request: Request, context: Context) -> Response:
        """What is held about a contact, for owners; the audit trail says that it was asked for."""
        contact_id = decode_id(IdType.CONTACT, request.path_params["id"])
        self._make_room()
        await note_export(context, contact_id)
        export = ContactExport(context.services.database, context.viewer.tenant_id, contact_id)
        return StreamingResponse(
            self._pieces(export),
            media_type=NdjsonWriter.media_type,
            headers=_headers("contact.ndjson"),
        )

    def _make_room(self) -> None:
        if self._slots.locked():
            raise ParleyError(Code.TOO_MANY, f"{AT_ONCE} exports are under way; try again later.")

    async def _pieces(self, export: Export | ContactExport) -> AsyncGenerator[bytes, None]:
        async with self._slots, aclosing(export.pieces()) as pieces:
            async for piece in pieces:
                yield piece


def _headers(file_name: str) -> dict[str, str]:
    return {
        **NO_STORE,
        "Content-Disposition": disposition("attachment", file_name),
        "X-Content-Type-Options": "nosniff",
    }
