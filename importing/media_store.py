"""Where the media of archives are kept: each content once a tenant, named by its SHA-256."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO, Protocol
from uuid import UUID

from importing.media import HEAD

PIECE = 1 << 20
THUMBNAIL_ENDING = ".thumbnail"
"""Behind the digest of a picture: the small one that was made of it."""


@dataclass(frozen=True, slots=True)
class Content:
    """What was added: its digest, its size in bytes and its first bytes."""

    digest: bytes
    size: int
    head: bytes


class MediaStore(Protocol):
    """Contents by tenant and name: a digest in hexadecimal, or one with an ending of ours.

    Everything blocks; call it in a thread.
    """

    def add(self, tenant_id: UUID, source: BinaryIO) -> Content:
        """Keep what the stream holds, under its digest. Raises OSError, and keeps nothing then."""
        ...

    def put(self, tenant_id: UUID, name: str, data: bytes) -> None:
        """Keep these bytes under a name that ends in something of ours."""
        ...

    def open(self, tenant_id: UUID, name: str) -> BinaryIO:
        """The content, seekable. Raises FileNotFoundError."""
        ...

    def has(self, tenant_id: UUID, name: str) -> bool:
        """Whether it is kept."""
        ...

    def remove(self, tenant_id: UUID, name: str) -> None:
        """Give its place back; no error when it is not there."""
        ...


class DirectoryStore:
    """A directory: `<tenant>/<two digits>/<name>`. A content is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, tenant_id: UUID, source: BinaryIO) -> Content:
        """See `MediaStore`."""
        digest, size, head = sha256(), 0, b""
        with self._draft() as (draft, file):
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
                head = head or piece[:HEAD]
                file.write(piece)
            _settle(file)
            self._place(draft, self._path(tenant_id, digest.hexdigest()))
        return Content(digest.digest(), size, head)

    def put(self, tenant_id: UUID, name: str, data: bytes) -> None:
        """See `MediaStore`."""
        with self._draft() as (draft, file):
            file.write(data)
            _settle(file)
            self._place(draft, self._path(tenant_id, name))

    def open(self, tenant_id: UUID, name: str) -> BinaryIO:
        """See `MediaStore`."""
        return self._path(tenant_id, name).open("rb")

    def has(self, tenant_id: UUID, name: str) -> bool:
        """See `MediaStore`."""
        return self._path(tenant_id, name).exists()

    def remove(self, tenant_id: UUID, name: str) -> None:
        """See `MediaStore`."""
        path = self._path(tenant_id, name)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()

    def _path(self, tenant_id: UUID, name: str) -> Path:
        return self._root / tenant_id.hex / name[:2] / name

    @contextmanager
    def _draft(self) -> Iterator[tuple[Path, IO[bytes]]]:
        """A file beside the others, which is gone at the end unless it was moved."""
        self._root.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._root, prefix="draft-", delete=False) as file:
            draft = Path(file.name)
            try:
                yield draft, file
            finally:
                draft.unlink(missing_ok=True)

    def _place(self, draft: Path, path: Path) -> None:
        # The folder may be removed, being empty, between the two.
        for _ in range(3):
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                draft.replace(path)
                return
        raise FileNotFoundError(path)


def _settle(file: IO[bytes]) -> None:
    """Have it on the disk before a row says that it is there."""
    file.flush()
    os.fsync(file.fileno())
