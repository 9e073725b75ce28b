"""Attached files: how a text names them, and what their names say."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import NamedTuple

from importing.formats.marks import LEFT_TO_RIGHT
from importing.formats.phrasebook import plain
from importing.records import Kind

_OWN_NAMES = re.compile(
    r"(?:IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d{4,}\.\w{1,10}"
    r"|\d{5,}-(?:PHOTO|VIDEO|AUDIO|STICKER|GIF|CONTACT)-[\d-]{8,20}\.\w{1,10}"
    r"|[\d-]{8,20}-(?:PHOTO|VIDEO|AUDIO|STICKER|GIF|CONTACT)-\d{5,}\.\w{1,10}"
    r"|\d{8,}-[^/\\\n]+\.\w{1,10}"
)
"""Names that WhatsApp itself gives to files."""
_ANDROID = re.compile(r"(?P<name>[^\n]{1,255}\.\w{1,10}) \((?P<label>[^()\n]{2,60})\)")
_LABELLED = re.compile(r"<(?P<label>[^<>:：\n]{2,40}?) ?[:：] ?(?P<name>[^<>\n]{1,255})>")
_SUFFIXED = re.compile(r"<(?P<name>[^<>\n]{1,255}\.\w{1,10}) (?P<label>[^<>\n]{2,40})>")
_BEHIND = re.compile(r"(?<!\S)(?P<name>[^\s<>]{1,255}\.\w{1,10}) <(?P<label>[^<>\n]{2,40})>")

_BY_LETTERS = {
    "IMG": Kind.IMAGE, "PHOTO": Kind.IMAGE, "VID": Kind.VIDEO, "VIDEO": Kind.VIDEO,
    "PTT": Kind.AUDIO, "AUD": Kind.AUDIO, "AUDIO": Kind.AUDIO, "STK": Kind.STICKER,
    "STICKER": Kind.STICKER, "GIF": Kind.GIF, "CONTACT": Kind.CONTACT, "DOC": Kind.DOCUMENT,
}  # fmt: skip
_letters = re.compile(rf"(?:^|-)({'|'.join(sorted(_BY_LETTERS, key=len, reverse=True))})-").search
_BY_EXTENSION = {
    **dict.fromkeys(("jpg", "jpeg", "png", "heic", "heif", "bmp", "tiff"), Kind.IMAGE),
    **dict.fromkeys(("mp4", "mov", "3gp", "mkv", "avi", "webm", "m4v"), Kind.VIDEO),
    **dict.fromkeys(("opus", "ogg", "m4a", "mp3", "aac", "amr", "wav", "caf", "flac"), Kind.AUDIO),
    "webp": Kind.STICKER,
    "gif": Kind.GIF,
    "vcf": Kind.CONTACT,
}


class Attachment(NamedTuple):
    """A file that a message names, and the text below it."""

    name: str
    kind: Kind
    caption: str


def kind_of_file(name: str) -> Kind:
    """What a file is, by the letters that WhatsApp puts into its name, or by its extension."""
    extension = name.rpartition(".")[2].lower()
    if extension == "vcf":
        return Kind.CONTACT
    found = _letters(name)
    if found:
        return _BY_LETTERS[found[1]]
    return _BY_EXTENSION.get(extension, Kind.DOCUMENT)


def find_attachment(raw: str, text: str, files: Set[str], labels: Set[str]) -> Attachment | None:
    """The file that a message names, and its caption.

    A name counts as an attachment if the archive holds the file, if WhatsApp gives such
    names itself, or if the label beside it is known in some language. `raw` still has
    its invisible marks: an iPhone sets one before `<`, which makes any label good enough.
    """
    return _on_first_line(text, files, labels) or _in_brackets(raw, text, files, labels)


def _on_first_line(text: str, files: Set[str], labels: Set[str]) -> Attachment | None:
    """Android: `name (file attached)`, the caption on the next lines."""
    first, _, caption = text.partition("\n")
    if first in files:
        return _attachment(first, caption)
    found = _ANDROID.fullmatch(first)
    if found and _is_file(found["name"], found["label"], files, labels):
        return _attachment(found["name"], caption)
    return None


def _in_brackets(raw: str, text: str, files: Set[str], labels: Set[str]) -> Attachment | None:
    """iPhone: `<attached: name>` and its kin, the caption before or behind."""
    if "<" not in text:
        return None
    for pattern in (_LABELLED, _SUFFIXED, _BEHIND):
        for found in pattern.finditer(text):
            label, name = found["label"], found["name"]
            marked = f"{LEFT_TO_RIGHT}<" in raw and "." in name and pattern is not _BEHIND
            if marked or _is_file(name, label, files, labels):
                caption = f"{text[: found.start()].rstrip()}\n{text[found.end() :].strip()}"
                return _attachment(name, caption.strip())
    return None


def _is_file(name: str, label: str, files: Set[str], labels: Set[str]) -> bool:
    return name in files or plain(label) in labels or _OWN_NAMES.fullmatch(name) is not None


def _attachment(name: str, caption: str) -> Attachment:
    return Attachment(name, kind_of_file(name), caption)
