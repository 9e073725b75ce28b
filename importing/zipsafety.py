"""What a zip must not be: a bomb, a trap for paths, encrypted, or ambiguous."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from importing.records import ArchiveError, ErrorCode

_END = b"PK\x05\x06"
_END_SIZE = 22
_END_64_LOCATOR = b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF
MAX_DIRECTORY = 12 << 20
"""Bytes of a zip's own directory, which the library reads in one piece: about 100,000 names."""
_SMALL = 1 << 20  # bytes; what is smaller may be packed as tightly as it likes
_NAMES_IN_UTF8 = 0x800
_unsafe = re.compile(r"^$|[\x00-\x1f\\]|^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)").search
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$)").search


@dataclass(frozen=True)
class Limits:
    """How large a zip may be, and how tightly packed."""

    members: int = 100_000
    chat_bytes: int = 4 << 30
    """Bytes of one text file."""
    total_bytes: int = 32 << 30
    """Bytes of all files."""
    ratio: int = 100
    """Bytes out for a byte in, of one file over 1 MiB and of all together. Text packs
    ten to twenty times, media hardly at all, a bomb a thousand times."""


def check_directory(file: BinaryIO) -> None:
    """Refuse a zip whose directory alone would fill the memory, before the library reads it.

    The size stands in the record at the end of the file, or (zip64) in another before it.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - 20))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise _broken()
    directory = struct.unpack_from("<I", tail, at + 12)[0]
    if tail[max(0, at - 20) : at].startswith(_END_64_LOCATOR):
        directory = _directory_size_64(file, struct.unpack_from("<Q", tail, at - 12)[0])
    if directory > MAX_DIRECTORY:
        raise ArchiveError(
            ErrorCode.ZIP_BOMB, "The zip lists too many files. Export the chat without media."
        )


def _directory_size_64(file: BinaryIO, offset: int) -> int:
    """The size of the directory in a zip64 archive, whose end record lies at the offset."""
    file.seek(min(offset, file.seek(0, 2)))
    record = file.read(56)
    if len(record) < 56:
        raise _broken()
    return int(struct.unpack_from("<Q", record, 40)[0])


def safe_members(
    zipped: zipfile.ZipFile, packed_size: int, limits: Limits
) -> dict[str, zipfile.ZipInfo]:
    """The files of the zip by name, once every one of them was found harmless.

    Folders and what macOS adds are left out. Raises `ArchiveError`.
    """
    infos = [info for info in zipped.infolist() if not info.filename.endswith("/")]
    if len(infos) > limits.members:
        raise _bomb(f"it holds {len(infos)} files, {limits.members} are allowed")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_name(info)
        if _JUNK(info.filename):
            continue
        _check_content(info, limits)
        name = _name(info)
        if name in found:
            raise ArchiveError(
                ErrorCode.DUPLICATE_NAME,
                f"The zip holds two files called {name[:100]!r}. Remove one of them.",
            )
        found[name] = info
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise _bomb(f"it would unpack to {total} bytes, {limits.total_bytes} are allowed")
    if total > _SMALL and total > limits.ratio * packed_size:
        raise _bomb("it is packed far more tightly than any chat")
    return found


def _name(info: zipfile.ZipInfo) -> str:
    """The name as the chat writes it. A Mac zips names in UTF-8 without saying so, and with
    accents as letters of their own (NFD)."""
    name = info.filename
    if not info.flag_bits & _NAMES_IN_UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def _check_name(info: zipfile.ZipInfo) -> None:
    link = stat.S_ISLNK(info.external_attr >> 16)
    # The library has already replaced the system's separator and cut at a NUL in `filename`.
    if link or _unsafe(info.filename) or _unsafe(info.orig_filename):
        what = "a link" if link else "a file with an unsafe name"
        raise ArchiveError(
            ErrorCode.UNSAFE_NAME,
            f"The zip holds {what}, {info.orig_filename[:100]!r}. WhatsApp makes none such: "
            "export the chat again.",
        )


def _check_content(info: zipfile.ZipInfo, limits: Limits) -> None:
    if info.header_offset < 0:
        raise _broken()
    if info.flag_bits & 0x1:
        raise ArchiveError(
            ErrorCode.ENCRYPTED_ZIP,
            "The zip has a password. Unpack it and zip it again without one.",
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(
            ErrorCode.UNSUPPORTED_ZIP,
            "The zip is packed in an uncommon way. Unpack it and zip it again with “deflate”.",
        )
    if info.file_size > _SMALL and info.file_size > limits.ratio * info.compress_size:
        raise _bomb(f"{info.filename[:100]!r} is packed far more tightly than any chat")
    if info.filename.lower().endswith(".txt") and info.file_size > limits.chat_bytes:
        raise _bomb(f"{info.filename[:100]!r} is larger than {limits.chat_bytes} bytes")


def _broken() -> ArchiveError:
    return ArchiveError(
        ErrorCode.BROKEN_ZIP, "The zip is damaged or cut short. Copy or export it again."
    )


def _bomb(why: str) -> ArchiveError:
    return ArchiveError(ErrorCode.ZIP_BOMB, f"The zip is refused: {why}.")
