"""`GET /exports/{conversation id}?format=ndjson|csv|html`: a conversation as a file, streamed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from app.media import disposition
from app.rest import NO_STORE, ContextOf, signed_in
from importing.export.reading import FORMATS, Export
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
        self.routes = [Route("/exports/{id}", signed_in(context_of, self._send), methods=["GET"])]

    async def _send(self, request: Request, context: Context) -> Response:
        name = request.query_params.get("format", "ndjson")
        if name not in FORMATS:
            raise ParleyError(Code.BAD_INPUT, f"format is one of {', '.join(FORMATS)}.")
        conversation_id = decode_id(IdType.CONVERSATION, request.path_params["id"])
        conversation = await find_conversation(context, conversation_id)
        if self._slots.locked():
            raise ParleyError(Code.TOO_MANY, f"{AT_ONCE} exports are under way; try again later.")
        writer = FORMATS[name]()
        export = Export(
            context.services.database, context.viewer.tenant_id, conversation_id, writer
        )
        return StreamingResponse(
            self._pieces(export),
            media_type=writer.media_type,
            headers={
                **NO_STORE,
                "Content-Disposition": disposition("attachment", f"{conversation.title}.{name}"),
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _pieces(self, export: Export) -> AsyncGenerator[bytes, None]:
        async with self._slots, aclosing(export.pieces()) as pieces:
            async for piece in pieces:
                yield piece
