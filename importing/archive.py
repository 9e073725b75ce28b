"""Opening a chat archive: a text file, or a zip with a text file and media beside it.

A zip is looked at before anything in it is read: its names, sizes and kinds decide whether
it is safe.  Nothing is ever unpacked to a path that the archive chose, and a zip inside the
zip is a document like any other.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from importing.formats.marks import strip_marks
from importing.formats.phrasebook import phrasebook
from importing.formats.stamps import count_stamps
from importing.records import ArchiveError, ErrorCode
from importing.zipsafety import Limits, check_directory, safe_members

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_PEEK = 1 << 16
_IOS_NAME = "_chat.txt"
_copy_number = re.compile(r" ?\(\d{1,3}\)$")


class Archive:
    """An open archive.  Use it as a context manager; it closes what it opened."""

    def __init__(self, path: Path, zipped: zipfile.ZipFile | None, limits: Limits) -> None:
        self._path = path
        self._zip = zipped
        found = safe_members(zipped, path.stat().st_size, limits) if zipped else {}
        self._chat = _find_chat(zipped, found) if zipped else None
        folder = _folder(self._chat.filename) if self._chat else ""
        self._members = {
            name.removeprefix(folder): info
            for name, info in found.items()
            if self._chat is None or info.filename != self._chat.filename
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
        if self._zip is not None:
            self._zip.close()

    def open_chat(self) -> BinaryIO:
        """The chat's text as a new seekable stream, to be closed by the caller."""
        if self._zip is None or self._chat is None:
            return self._path.open("rb")
        return _open(self._zip, self._chat)

    def open_member(self, name: str) -> BinaryIO:
        """A file's content as a new stream, never longer than ``members`` says.

        Raises ``NO_SUCH_MEMBER``; reading raises ``BROKEN_ZIP`` where the zip is damaged.
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
    """Open a ``.txt`` or ``.zip`` export; what it is, is told by its content.

    Raises ``ArchiveError``: ``EMPTY_FILE``, ``BROKEN_ZIP``, ``ENCRYPTED_ZIP``,
    ``UNSUPPORTED_ZIP``, ``ZIP_BOMB``, ``UNSAFE_NAME``, ``DUPLICATE_NAME`` or
    ``NO_CHAT_IN_ARCHIVE``; and ``OSError`` where the file cannot be read.
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


def _open_text(path: Path, limits: Limits) -> Archive:
    if path.suffix.lower() == ".zip":
        raise ArchiveError(
            ErrorCode.BROKEN_ZIP, "The file is called .zip but is none. Export the chat again."
        )
    return Archive(path, None, limits)


@contextmanager
def _broken_zip() -> Iterator[None]:
    """Turn what a damaged zip makes the library raise into the error of ours."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ArchiveError(
            ErrorCode.BROKEN_ZIP,
            f"The zip is damaged or cut short ({str(error)[:200] or 'unexpected end'}). "
            "Copy or export it again.",
        ) from error


class _MemberStream(io.RawIOBase):
    """A zip member whose damage shows as ``BROKEN_ZIP``."""

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


@dataclass(frozen=True)
class _Candidate:
    """A text in a zip that may be the chat."""

    info: zipfile.ZipInfo
    rank: int
    """0 for an iPhone's name, 1 for a name that speaks of a chat, 2 for any other."""
    depth: int
    stamps: int
    """Lines at its start that begin with a date and a time."""

    @property
    def order(self) -> tuple[bool, int, int, int]:
        """The least is the chat: a text without any stamp is none while another has some."""
        return (not self.stamps, self.rank, self.depth, -self.stamps)


def _find_chat(zipped: zipfile.ZipFile, found: Mapping[str, zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """``_chat.txt``; else a name with chat or whatsapp; else the text with most headers."""
    candidates = [
        _candidate(zipped, name, info)
        for name, info in found.items()
        if name.lower().endswith(".txt")
    ]
    if not candidates:
        raise ArchiveError(
            ErrorCode.NO_CHAT_IN_ARCHIVE,
            "The zip holds no .txt file. Give the .zip that WhatsApp's “Export chat” makes.",
        )
    return min(candidates, key=lambda candidate: candidate.order).info


def _candidate(zipped: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> _Candidate:
    base = PurePosixPath(name).name.lower()
    rank = 0 if base == _IOS_NAME else 1 if "chat" in base or "whatsapp" in base else 2
    with _open(zipped, info) as stream:
        start = stream.read(_PEEK)
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return _Candidate(info, rank, name.count("/"), count_stamps(start.decode(encoding, "replace")))


def _folder(name: str) -> str:
    return name[: name.rfind("/") + 1]


def _title(stem: str) -> str | None:
    """The title in an export's file name, in any known language."""
    tidy = _tidy(stem)
    for pattern in phrasebook().titles:
        found = pattern.fullmatch(tidy)
        if found:
            return found[1].strip()
    return None


def _tidy(stem: str) -> str:
    """A file name without marks, ``_`` for spaces, and the number of a second download."""
    stem = _copy_number.sub("", strip_marks(stem).strip())
    return stem if " " in stem else stem.replace("_", " ").strip()
