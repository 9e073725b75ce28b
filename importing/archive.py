"""Opening a chat archive: a text file, or a zip with a text file and media beside it.

A zip is looked at before anything in it is read: its names, sizes and kinds decide whether
it is safe. Nothing is ever unpacked to a path that the archive chose, and a zip inside the
zip is a document like any other.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from importing.formats.marks import strip_marks
from importing.formats.phrasebook import phrasebook
from importing.formats.stamps import count_stamps
from importing.formats.text import encoding_of
from importing.records import ArchiveError, ErrorCode
from importing.zipsafety import Limits, check_directory, safe_members

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_PEEK = 1 << 16
_CHECKED = 1 << 20
_IOS_NAME = "_chat.txt"
_CANDIDATES = 50
"""Texts in a zip that are looked into to find the chat."""
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
)
"""What the library raises where a zip's bytes make no sense."""
_copy_number = re.compile(r" ?\(\d{1,3}\)$")


class Archive:
    """An open archive. Use it as a context manager; it closes what it opened."""

    def __init__(self, path: Path, zipped: zipfile.ZipFile | None, limits: Limits) -> None:
        self._path = path
        self._zip = zipped
        found = safe_members(zipped, path.stat().st_size, limits) if zipped else {}
        chat_name = _find_chat(zipped, found) if zipped else ""
        self._chat = found.get(chat_name)
        folder = chat_name[: chat_name.rfind("/") + 1]
        self._members = {
            name.removeprefix(folder): info for name, info in found.items() if name != chat_name
        }
        self.members: Mapping[str, int] = {
            name: info.file_size for name, info in self._members.items()
        }
        """The other files, by the name that the chat calls them: size in bytes."""
        self.title = self._find_title()
        """The chat's title, as the file's name has it."""
        self.chat_size = self._chat.file_size if self._chat else path.stat().st_size
        """Bytes of the chat's text."""

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened; streams that were handed out are the callers' to close."""
        if self._zip is not None:
            self._zip.close()

    def open_chat(self) -> BinaryIO:
        """The chat's text as a new seekable stream, to be closed by the caller."""
        if self._zip is None or self._chat is None:
            return self._path.open("rb")
        return _open(self._zip, self._chat)

    def check_chat(self) -> None:
        """Raise `BROKEN_ZIP` unless the chat is whole. A text has no checksum to tell."""
        if self._zip is not None:
            with self.open_chat() as chat:
                while chat.read(_CHECKED):
                    pass

    def open_member(self, name: str) -> BinaryIO:
        """A file's content as a new stream, never longer than `members` says.

        Raises `NO_SUCH_MEMBER`; reading raises `BROKEN_ZIP` where the zip is damaged.
        """
        info = self._members.get(name)
        if self._zip is None or info is None:
            raise ArchiveError(
                ErrorCode.NO_SUCH_MEMBER, f"The archive holds no file {name[:100]!r}."
            )
        return _open(self._zip, info)

    def _find_title(self) -> str:
        inner = PurePosixPath(self._chat.filename).stem if self._chat else ""
        for stem in (self._path.stem, inner):
            title = _title(stem)
            if title:
                return title
        return _tidy(self._path.stem)


def open_archive(path: Path, limits: Limits | None = None) -> Archive:
    """Open a `.txt` or `.zip` export; what it is, is told by its content.

    Raises `ArchiveError`: `EMPTY_FILE`, `BROKEN_ZIP`, `ENCRYPTED_ZIP`,
    `UNSUPPORTED_ZIP`, `ZIP_BOMB`, `UNSAFE_NAME`, `DUPLICATE_NAME`,
    `TOO_LARGE` or `NO_CHAT_IN_ARCHIVE`; and `OSError` where the file cannot be read.
    """
    limits = limits or Limits()
    with path.open("rb") as file:
        start = file.read(4)
        if not start:
            raise ArchiveError(ErrorCode.EMPTY_FILE, "The file is empty. Export the chat again.")
        if start not in _ZIP_STARTS:
            return _open_text(path, limits)
        check_directory(file)
    with _broken_zip():
        zipped = zipfile.ZipFile(path)
    try:
        return Archive(path, zipped, limits)
    except BaseException:
        zipped.close()
        raise


def check_archive(path: Path) -> None:
    """Read the chat of a zip to its end, where its checksum stands. Raises as `open_archive`."""
    with open_archive(path) as archive:
        archive.check_chat()


def _open_text(path: Path, limits: Limits) -> Archive:
    if path.suffix.lower() == ".zip":
        raise ArchiveError(
            ErrorCode.BROKEN_ZIP, "The file is called .zip but is none. Export the chat again."
        )
    if path.stat().st_size > limits.chat_bytes:
        raise ArchiveError(
            ErrorCode.TOO_LARGE,
            f"The file is larger than {limits.chat_bytes} bytes. Export a part of the chat.",
        )
    return Archive(path, None, limits)


@contextmanager
def _broken_zip() -> Iterator[None]:
    """Turn what a damaged zip makes the library raise into the error of ours."""
    try:
        yield
    except _DAMAGE as error:
        raise ArchiveError(
            ErrorCode.BROKEN_ZIP,
            f"The zip is damaged or cut short ({str(error)[:200] or 'unexpected end'}). "
            "Copy or export it again.",
        ) from error


class _MemberStream(io.RawIOBase):
    """A zip member whose damage shows as `BROKEN_ZIP`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        with _broken_zip():
            data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _broken_zip():
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()
        super().close()


def _open(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    with _broken_zip():
        stream = cast(BinaryIO, zipped.open(info))
    return io.BufferedReader(_MemberStream(stream), buffer_size=_PEEK)


def _find_chat(zipped: zipfile.ZipFile, found: Mapping[str, zipfile.ZipInfo]) -> str:
    """The name of `_chat.txt`; else of a text with chat or whatsapp in its name; else of the
    text with most headers. A text without any header is no chat while another has some."""
    texts = sorted((name for name in found if name.lower().endswith(".txt")), key=_rank)
    if not texts:
        nested = any(name.lower().endswith(".zip") for name in found)
        hint = " Unpack the zip inside it first." if nested else ""
        raise ArchiveError(
            ErrorCode.NO_CHAT_IN_ARCHIVE,
            "The zip holds no .txt file. Give the .zip that WhatsApp's “Export chat” makes." + hint,
        )
    headers = {name: _count_headers(zipped, found[name]) for name in texts[:_CANDIDATES]}
    return min(headers, key=lambda name: (not headers[name], *_rank(name), -headers[name]))


def _rank(name: str) -> tuple[int, int]:
    """How little a text's name speaks of a chat, and how deep it lies."""
    base = PurePosixPath(name).name.lower()
    speaks = "chat" in base or "whatsapp" in base
    return (0 if base == _IOS_NAME else 1 if speaks else 2), name.count("/")


def _count_headers(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """How many lines at the start of the text begin with a date and a time."""
    with _open(zipped, info) as stream:
        encoding = encoding_of(stream)
        return count_stamps(stream.read(_PEEK).decode(encoding, "replace"))


def _title(stem: str) -> str | None:
    """The title in an export's file name, in any known language."""
    tidy = _tidy(stem)
    for pattern in phrasebook().titles:
        found = pattern.fullmatch(tidy)
        if found:
            return found[1].strip()
    return None


def _tidy(stem: str) -> str:
    """A file name without marks, `_` for spaces, and the number of a second download."""
    stem = _copy_number.sub("", strip_marks(stem).strip())
    return stem if " " in stem else stem.replace("_", " ").strip()
