"""Where uploaded archives wait for a worker: a folder an import, with the file under its name.

The name matters: it holds the chat's title. API processes and workers share the folder.
"""

import asyncio
import fcntl
import os
import re
import shutil
import time
from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PureWindowsPath
from typing import BinaryIO
from uuid import UUID

PIECE = 1 << 20
MAX_FILE_NAME = 200
"""Bytes of a file's name; file systems take 255."""
NAMELESS = "export"
_UNNAMEABLE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]')


class OffsetTaken(Exception):  # noqa: N818 - it reads as what happened
    """The upload stands at another offset, or somebody else is writing it."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload stands at {offset}")
        self.offset = offset


class TooMuch(Exception):  # noqa: N818
    """More bytes came than were announced, or than are taken."""


@dataclass(frozen=True, slots=True)
class UploadFolder:
    """The folder of all uploads; `limit` is the most bytes that one may have."""

    root: Path
    limit: int

    def path_of(self, import_id: UUID, file_name: str) -> Path:
        """Where the file of an import is, or will be."""
        return self.root / import_id.hex / file_name_for_disk(file_name)

    def offset(self, import_id: UUID, file_name: str) -> int:
        """How many bytes of it are there."""
        try:
            return self.path_of(import_id, file_name).stat().st_size
        except FileNotFoundError:
            return 0

    async def keep(self, import_id: UUID, file_name: str, source: BinaryIO) -> int:
        """Copy an open file; gives its size. Raises TooMuch and OSError, and keeps nothing then."""
        return await asyncio.to_thread(self._keep, import_id, file_name, source)

    async def append(
        self,
        import_id: UUID,
        file_name: str,
        offset: int,
        pieces: AsyncIterable[bytes],
        end: int | None = None,
    ) -> int:
        """Write pieces from `offset` on, which must be where the file ends; gives the new end.

        What came before an error stays, so that an upload can be resumed. Raises OffsetTaken,
        TooMuch for bytes beyond `end` (the limit by default), and OSError.
        """
        file = await asyncio.to_thread(self._open_at, import_id, file_name, offset)
        end = self.limit if end is None else end
        waiting = bytearray()
        try:
            async for piece in pieces:
                waiting += piece
                if offset + len(waiting) > end:
                    raise TooMuch
                if len(waiting) >= PIECE:
                    offset += await asyncio.to_thread(file.write, bytes(waiting))
                    waiting.clear()
        finally:
            offset += await asyncio.to_thread(_finish, file, bytes(waiting[: end - offset]))
        return offset

    async def drop(self, import_id: UUID) -> None:
        """Give the place back; no error when nothing is there."""
        await asyncio.to_thread(shutil.rmtree, self.root / import_id.hex, ignore_errors=True)

    async def sweep(self, age: timedelta) -> None:
        """Give the place back of what nobody has touched for so long."""
        await asyncio.to_thread(self._sweep, time.time() - age.total_seconds())

    def _sweep(self, before: float) -> None:
        for folder in self.root.glob("*/"):
            newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if newest < before:
                shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, import_id: UUID, file_name: str, source: BinaryIO) -> int:
        path = self.path_of(import_id, file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("wb") as file:
                while piece := source.read(PIECE):
                    file.write(piece)
                    if file.tell() > self.limit:
                        raise TooMuch
                return file.tell()
        except BaseException:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise

    def _open_at(self, import_id: UUID, file_name: str, offset: int) -> BinaryIO:
        """The file at its end, locked against other writers while it is open."""
        path = self.path_of(import_id, file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            size = os.fstat(file.fileno()).st_size
            file.close()
            raise OffsetTaken(size) from None
        size = os.fstat(file.fileno()).st_size
        if size != offset:
            file.close()
            raise OffsetTaken(size)
        return file


def _finish(file: BinaryIO, rest: bytes) -> int:
    """Write the rest, have it on the disk, and close; how much was written."""
    with file:
        written = file.write(rest) if rest else 0
        os.fsync(file.fileno())
    return written


def file_name_for_disk(file_name: str) -> str:
    """The name without folders and without what no file system takes, its ending kept."""
    name = PureWindowsPath(file_name.replace("/", "\\")).name
    name = _UNNAMEABLE.sub("_", name).strip(" .") or NAMELESS
    dot = name.rfind(".")
    stem, ending = (name[:dot], name[dot:]) if dot > 0 and len(name) - dot <= 10 else (name, "")
    room = MAX_FILE_NAME - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore") + ending
