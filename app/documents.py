"""Which documents run: any, those that were sent before, or only those of a manifest."""

from pathlib import Path

import orjson

from app.graphql.persisted import (
    DocumentSource,
    InlineDocuments,
    PersistedQueries,
    Shelf,
    TrustedDocuments,
    hash_of,
)
from app.installation import SetupError
from app.settings import Settings


def document_source(settings: Settings, shelf: Shelf) -> DocumentSource:
    """Where documents come from, as the settings say. Raises SetupError for a bad manifest."""
    if settings.trusted_documents is not None:
        return TrustedDocuments(read_manifest(settings.trusted_documents))
    return PersistedQueries(shelf) if settings.persisted_queries else InlineDocuments()


def read_manifest(path: Path) -> dict[str, str]:
    """The documents by their SHA-256. Raises SetupError for a file that is no such JSON object."""
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SetupError(f"PARLEY_TRUSTED_DOCUMENTS: {path} cannot be read: {error}.") from None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise SetupError(f"PARLEY_TRUSTED_DOCUMENTS: {path} is no object of documents by hash.")
    for key, text in found.items():
        if hash_of(text) != key:
            raise SetupError(
                f"PARLEY_TRUSTED_DOCUMENTS: {key[:64]!r} in {path} is not the SHA-256 of its"
                " document, in lower-case hex."
            )
    return found
