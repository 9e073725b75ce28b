"""Media types: told by the first bytes of a file, and only without them by its name."""

import mimetypes
from pathlib import PurePath

UNKNOWN = "application/octet-stream"
HEAD = 64
"""How many of the first bytes tell the type."""

# What chats send and Python does not know, or calls by another name than IANA does. A table of
# our own, since `mimetypes.guess_type` also reads the machine's files.
_TYPES = mimetypes.MimeTypes().types_map[True] | {
    ".3gp": "video/3gpp",
    ".amr": "audio/amr",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".heic": "image/heic",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".vcf": "text/vcard",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

# (offset, bytes, type), the first that fits; from the formats' own specifications.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"fLaC", "audio/flac"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
)
_IN_RIFF = {"image/webp", "audio/wav", "video/x-msvideo"}
_ZIPPED = "officedocument."
_TOLD_BY_CONTENT = ("image/", "audio/", "video/")


def media_type_of(file_name: str) -> str:
    """The media type that the name's ending speaks of; nothing is read."""
    return _TYPES.get(PurePath(file_name).suffix.lower(), UNKNOWN)


def sniff(head: bytes, file_name: str) -> str:
    """The media type of a file that begins with `head`.

    The content decides. A name is believed only where it claims no picture, sound or film, which
    would show, or where it says what kind of zip it is.
    """
    named = media_type_of(file_name)
    for offset, signature, found in _SIGNATURES:
        if head.startswith(signature, offset) and (
            found not in _IN_RIFF or head.startswith(b"RIFF")
        ):
            return named if found == "application/zip" and _ZIPPED in named else found
    return UNKNOWN if named.startswith(_TOLD_BY_CONTENT) else named
