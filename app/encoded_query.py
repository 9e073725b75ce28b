"""Queries of URLs, as they should have been sent."""

from collections.abc import Awaitable
from urllib.parse import quote_from_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

ASCII = bytes(range(128))


class EncodedQuery:
    """Percent-encodes what is not ASCII in a URL's query, which no URL may hold.

    Servers let it through, and Starlette reads it as UTF-8 and fails where it is not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        query: bytes = scope.get("query_string", b"")
        if not query.isascii():
            scope["query_string"] = quote_from_bytes(query, safe=ASCII).encode()
        return self._app(scope, receive, send)
