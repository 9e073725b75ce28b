"""The media store as the worker that fetches files needs it."""

from typing import BinaryIO
from uuid import UUID

from dispatch.collecting import KeptFile
from importing.images import READABLE, measure
from importing.media import sniff
from importing.media_store import MediaStore


class StoreKeeper:
    """Keeps files in a media store. What a file is, its content tells."""

    def __init__(self, store: MediaStore) -> None:
        self._store = store

    def keep(self, tenant_id: UUID, file_name: str, source: BinaryIO) -> KeptFile:
        """See `FileKeeper`."""
        content = self._store.add(tenant_id, source)
        media_type = sniff(content.head, file_name)
        size = None
        if media_type in READABLE:
            with self._store.open(tenant_id, content.digest.hex()) as file:
                size = measure(file)
        width, height = size or (None, None)
        return KeptFile(content.digest, content.size, media_type, width, height)
