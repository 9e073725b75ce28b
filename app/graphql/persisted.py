"""Documents that a request names by their hash instead of sending them.

`PersistedQueries` follows Apollo's protocol of automatic persisted queries: `extensions` has
`{"persistedQuery": {"version": 1, "sha256Hash": …}}`; a client tries with the hash alone, and
sends the document with it when told PERSISTED_QUERY_NOT_FOUND.
https://www.apollographql.com/docs/apollo-server/performance/apq
"""

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Protocol

from app.graphql.errors import DocumentError, TransportCode, coded
from app.graphql.request import OperationRequest

HASH_LENGTH = 64


class DocumentSource(Protocol):
    """Where the documents of requests come from; `known` are those that will be asked for."""

    @property
    def known(self) -> Collection[str]: ...

    def takes(self, request: OperationRequest) -> bool:
        """Whether the request brings its document, which may run, and nothing is to be kept."""
        ...

    async def find(self, request: OperationRequest) -> OperationRequest:
        """The request with its document. Raises `DocumentError`."""
        ...

    async def keep(self, request: OperationRequest) -> None:
        """The document of this request, as `find` gave it, is valid."""
        ...


class Shelf(Protocol):
    """Keeps texts under their hashes. It may forget them, and never fails."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, text: str) -> None: ...


class InlineDocuments:
    """Every request brings its document."""

    known = ()

    def takes(self, request: OperationRequest) -> bool:
        return bool(request.query)

    async def find(self, request: OperationRequest) -> OperationRequest:
        if not request.query and hash_in(request) is not None:
            message = "PersistedQueryNotSupported"
            raise DocumentError([coded(TransportCode.PERSISTED_QUERY_NOT_SUPPORTED, message)])
        return request

    async def keep(self, request: OperationRequest) -> None:
        pass


class PersistedQueries:
    """A document that was sent with its hash once is found by it from then on."""

    known = ()

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def takes(self, request: OperationRequest) -> bool:
        return bool(request.query) and not request.extensions

    async def find(self, request: OperationRequest) -> OperationRequest:
        key = hash_in(request)
        if key is None:
            return request
        if request.query:
            if hash_of(request.query) != key:
                message = "The hash is not that of the document."
                raise DocumentError([coded(TransportCode.PERSISTED_QUERY_MISMATCH, message)])
            return request
        text = await self._shelf.get(key)
        if text is None:
            # Some clients know this by the message only.
            message = "PersistedQueryNotFound"
            raise DocumentError([coded(TransportCode.PERSISTED_QUERY_NOT_FOUND, message)])
        # It is kept already.
        return request._replace(query=text, extensions=None)

    async def keep(self, request: OperationRequest) -> None:
        key = hash_in(request)
        if key is not None and request.query:
            await self._shelf.put(key, request.query)


class TrustedDocuments:
    """Only the documents of a manifest run, asked for by their hash or word for word."""

    def __init__(self, manifest: Mapping[str, str]) -> None:
        self._manifest = manifest

    @property
    def known(self) -> Collection[str]:
        return self._manifest.values()

    def takes(self, request: OperationRequest) -> bool:
        return False

    async def find(self, request: OperationRequest) -> OperationRequest:
        key = hash_in(request) or hash_of(request.query or "")
        text = self._manifest.get(key)
        if text is None:
            message = "The server runs only the documents that its operators trust."
            raise DocumentError([coded(TransportCode.DOCUMENT_NOT_TRUSTED, message)])
        return request._replace(query=text)

    async def keep(self, request: OperationRequest) -> None:
        pass


def hash_of(text: str) -> str:
    """SHA-256 of the text's UTF-8, in lower-case hex."""
    return sha256(text.encode()).hexdigest()


def hash_in(request: OperationRequest) -> str | None:
    """The hash that the request carries, if it does. Raises `DocumentError` for what is no hash."""
    persisted = (request.extensions or {}).get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise _bad("persistedQuery is an object of version 1.")
    key = persisted.get("sha256Hash")
    if not isinstance(key, str) or len(key) != HASH_LENGTH or not key.isalnum():
        raise _bad(f"sha256Hash is {HASH_LENGTH} hexadecimal digits.")
    return key.lower()


def _bad(message: str) -> DocumentError:
    return DocumentError([coded(TransportCode.BAD_REQUEST, message)])
