"""Where a file that came with a mutation waits for a worker, as resolvers see it."""

from typing import BinaryIO, Protocol
from uuid import UUID


class Uploads(Protocol):
    """Keeps uploaded archives by the id of their import."""

    async def keep(self, import_id: UUID, file_name: str, source: BinaryIO) -> int:
        """Copy an open file; gives its size in bytes. Raises OSError, and keeps nothing then."""
        ...

    async def drop(self, import_id: UUID) -> None:
        """Give the place back; no error when nothing is there."""
        ...
