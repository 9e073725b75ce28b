"""Files as resolvers see them: those that came with a mutation wait for a worker."""

from collections.abc import Awaitable, Callable, Sequence
from typing import BinaryIO, Protocol, TypeAlias
from uuid import UUID

Discard: TypeAlias = Callable[[UUID, Sequence[bytes]], Awaitable[None]]
"""Removes those of a tenant's contents, by their SHA-256, that no attachment names any more."""


async def discard_nothing(_tenant_id: UUID, _digests: Sequence[bytes]) -> None:
    """For a process without a media store."""


class Uploads(Protocol):
    """Keeps uploaded archives by the id of their import."""

    async def keep(self, import_id: UUID, file_name: str, source: BinaryIO) -> int:
        """Copy an open file; gives its size in bytes. Raises OSError, and keeps nothing then."""
        ...

    async def drop(self, import_id: UUID) -> None:
        """Give the place back; no error when nothing is there."""
        ...
