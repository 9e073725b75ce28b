"""An answer that is one JSON text, sent as ASGI has it."""

from collections.abc import Mapping

import orjson
from starlette.types import Receive, Scope, Send

from app.graphql.incremental import Result
from app.graphql.negotiation import ANSWERS, GRAPHQL_RESPONSE

HEADERS = {
    "cache-control": "no-store",
    "vary": "Accept, Authorization",
    "x-content-type-options": "nosniff",
}
_ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_BY_MEDIA = {
    media: [*_ENCODED, (b"content-type", f"{media}; charset=utf-8".encode())] for media in ANSWERS
}


class Answer:
    """A result as one of `ANSWERS`; an ASGI application, like Starlette's responses."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(
        self,
        result: Result,
        media: str,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Where no status is given, it follows from the result and the media type.

        Raises `orjson.JSONEncodeError` for what is no JSON.
        """
        if status is None:
            status = 400 if "data" not in result and media == GRAPHQL_RESPONSE else 200
        self._status = status
        self._body = orjson.dumps(result)
        self._headers = [*_BY_MEDIA[media], (b"content-length", b"%d" % len(self._body))]
        for name, value in (headers or {}).items():
            self._headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )
        await send({"type": "http.response.body", "body": self._body})
