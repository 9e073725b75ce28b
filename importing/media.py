"""Media types by the name of a file."""

import mimetypes
from pathlib import PurePath

UNKNOWN = "application/octet-stream"

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


def media_type_of(file_name: str) -> str:
    """The media type that the name's ending speaks of; nothing is read."""
    return _TYPES.get(PurePath(file_name).suffix.lower(), UNKNOWN)
