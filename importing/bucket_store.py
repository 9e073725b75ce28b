"""Media in a bucket: S3 and what speaks like it, or another store that obstore knows."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from importing.media import HEAD
from importing.media_store import PIECE, Content

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PART = 8 << 20
"""Bytes of a part: what is larger than one goes up in parts, and is there when all are."""
PARTS_AT_ONCE = 4
AHEAD = 1 << 20
"""Bytes that are asked for at once when a content is read."""


class BucketStore:
    """A `MediaStore` of objects `<tenant>/<two digits>/<name>`, below the path of its address.

    Credentials, region and endpoint are read from the environment under their usual names
    (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, …).
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def at(cls, url: str) -> "BucketStore":
        """The store at an address such as `s3://bucket/path`. Raises ValueError for none."""
        try:
            return cls(from_url(url))
        except (BaseError, ValueError) as error:
            raise ValueError(f"{url!r} is no address of a store: {error}") from None

    def add(self, tenant_id: UUID, source: BinaryIO) -> Content:
        """See `MediaStore`. The digest is the name, so the whole is read before a byte is sent."""
        digest, size, head = sha256(), 0, b""
        with TemporaryFile() as draft:
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
                head = head or piece[:HEAD]
                draft.write(piece)
            draft.seek(0)
            if not self.has(tenant_id, digest.hexdigest()):
                self._send(tenant_id, digest.hexdigest(), draft)
        return Content(digest.digest(), size, head)

    def put(self, tenant_id: UUID, name: str, data: bytes) -> None:
        """See `MediaStore`."""
        self._send(tenant_id, name, io.BytesIO(data))

    def open(self, tenant_id: UUID, name: str) -> BinaryIO:
        """See `MediaStore`. Only what is read is fetched, a megabyte at a time."""
        with _as_os_error():
            file = obstore.open_reader(self._store, _path(tenant_id, name), buffer_size=AHEAD)
        return io.BufferedReader(_Object(file), buffer_size=PIECE)

    def has(self, tenant_id: UUID, name: str) -> bool:
        """See `MediaStore`."""
        try:
            with _as_os_error():
                obstore.head(self._store, _path(tenant_id, name))
        except FileNotFoundError:
            return False
        return True

    def remove(self, tenant_id: UUID, name: str) -> None:
        """See `MediaStore`."""
        try:
            with _as_os_error():
                obstore.delete(self._store, _path(tenant_id, name))
        except FileNotFoundError:
            pass

    def _send(self, tenant_id: UUID, name: str, file: IO[bytes]) -> None:
        with _as_os_error():
            obstore.put(
                self._store,
                _path(tenant_id, name),
                file,
                chunk_size=PART,
                max_concurrency=PARTS_AT_ONCE,
            )


class _Object(io.RawIOBase):
    """An object as a file; what goes wrong while it is read is an OSError."""

    def __init__(self, file: "obstore.ReadableFile") -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        with _as_os_error():
            data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _as_os_error():
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _path(tenant_id: UUID, name: str) -> str:
    return f"{tenant_id.hex}/{name[:2]}/{name}"


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Turn the library's errors into those that all stores raise."""
    try:
        yield
    except BaseError as error:
        raise OSError(str(error)) from error
