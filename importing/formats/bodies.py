"""What a message is made of, read from its text."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from importing.formats.attachments import find_attachment
from importing.formats.marks import INVISIBLE, LEFT_TO_RIGHT, strip_marks
from importing.formats.phrasebook import Phrasebook, phrasebook, plain
from importing.records import Kind, Place, Poll, PollOption

LONGEST_PLACEHOLDER = 60
"""Characters between ``<`` and ``>`` that may stand for media left out."""

_LAST_BRACKETS = re.compile(
    rf"(?P<mark>{LEFT_TO_RIGHT}?)<(?P<inside>[^<>\n]{{3,60}})>{INVISIBLE}*\Z"
)
_PLACE = re.compile(
    r"(?:[^\n:]{1,40}:\ )?https?://(?:www\.)?maps\.google\.[a-z.]{2,6}/(?:maps)?\?q="
    r"(?P<latitude>-?\d{1,2}(?:\.\d{1,20})?),(?P<longitude>-?\d{1,3}(?:\.\d{1,20})?)"
)
_POLL = re.compile(r"[^\W\d_]{2,20} ?:\n(?P<title>[^\n]+)\n(?P<options>.+)", re.DOTALL)
_OPTION = re.compile(r"(?P<label>[^\W\d_]{2,20}) ?: ?(?P<text>.+) \((?P<votes>\d{1,6})[^()]*\)")
_SPECIAL_ENDINGS = frozenset(")>0123456789")


class Body(NamedTuple):
    """The text of a message, understood."""

    text: str
    kind: Kind = Kind.TEXT
    attachment: str | None = None
    edited: bool = False
    details: Place | Poll | None = None


class BodyReader:
    """Understands the texts of one chat.

    ``placeholders`` says that a lone ``<…>`` stands for media left out, as on Android;
    ``attachments`` are the names of the files in the archive.
    """

    def __init__(self, attachments: Collection[str], placeholders: bool) -> None:
        self._attachments = frozenset(attachments)
        self._placeholders = placeholders
        self._phrases: Phrasebook = phrasebook()
        self._alone = self._phrases.alone | self._attachments | {""}

    def is_plain(self, text: str) -> bool:
        """Whether the single line is nothing but text.  It must hold no invisible mark.

        Looks at the last character and at whole texts only, which settles almost every
        message at the price of two look-ups; what it cannot rule out goes to ``read``.
        """
        return text[-1:] not in _SPECIAL_ENDINGS and text not in self._alone

    def read(self, raw: str) -> Body:
        """The text, its marks and line ends as in the file, and what it stands for."""
        raw = raw.rstrip("\n")
        raw, edited = self._cut_edited(raw)
        body = self._understand(raw)
        return body._replace(edited=True) if edited else body

    def _cut_edited(self, raw: str) -> tuple[str, bool]:
        """The text without the mark of an edited message at its end.

        In a language nobody has collected, the mark is known by U+200E before it and by
        the text before that.
        """
        found = _LAST_BRACKETS.search(raw)
        if found is None:
            return raw, False
        before = raw[: found.start()].rstrip()
        known = plain(found["inside"]) in self._phrases.edited
        unknown = bool(found["mark"] and strip_marks(before)) and not re.search(
            r"[:：.]\S|[:：] ", found["inside"]
        )
        unknown = unknown and plain(found["inside"]) not in self._phrases.attached
        return (before, True) if known or unknown else (raw, False)

    def _understand(self, raw: str) -> Body:
        text = strip_marks(raw)
        marked = raw.startswith((LEFT_TO_RIGHT, "\u200f"))
        return (
            self._deleted(text)
            or self._attached(raw, text)
            or self._omitted(raw, text, marked)
            or _poll(text)
            or _place(text)
            or self._notice(text, marked)
            or Body(text)
        )

    def _deleted(self, text: str) -> Body | None:
        if len(text) > 120 or not text:
            return None
        phrase = plain(text)
        if phrase in self._phrases.deleted or phrase.startswith(self._phrases.deleted_by):
            return Body("", Kind.DELETED)
        return None

    def _attached(self, raw: str, text: str) -> Body | None:
        found = find_attachment(raw, text, self._attachments, self._phrases.attached)
        return Body(found.caption, found.kind, found.name) if found else None

    def _omitted(self, raw: str, text: str, marked: bool) -> Body | None:
        """Media that were left out; what stands beside the placeholder is the caption."""
        first, _, caption = text.partition("\n")
        if first.startswith("<") and first.endswith(">") and len(first) <= LONGEST_PLACEHOLDER + 2:
            kind = self._phrases.omitted.get(plain(first))
            if kind is None and self._placeholders and first.count("<") == 1:
                kind = Kind.MEDIA
            return Body(caption, kind) if kind else None
        kind = self._phrases.omitted.get(plain(text)) if len(text) <= LONGEST_PLACEHOLDER else None
        if kind:
            return Body("", kind)
        return self._captioned(raw, text) if marked or LEFT_TO_RIGHT in raw else None

    def _captioned(self, raw: str, text: str) -> Body | None:
        """``plan.pdf • 14 pages document omitted``: words of the phone behind others."""
        before, mark, phrase = raw.rpartition(LEFT_TO_RIGHT)
        kind = self._phrases.omitted.get(plain(phrase)) if mark else None
        if kind:
            return Body(strip_marks(before).rstrip(), kind)
        for phrase, kind in self._phrases.omitted.items():
            if text.casefold().endswith(f" {phrase}"):
                return Body(text[: -len(phrase)].rstrip(), kind)
        return None

    def _notice(self, text: str, marked: bool) -> Body | None:
        """A line of the phone: marked as such, or known, or with nothing in it."""
        if marked or not text:
            return Body(text, Kind.NOTICE)
        if len(text) <= 120 and plain(text) in self._phrases.notices:
            return Body("" if text == "null" else text, Kind.NOTICE)
        return None


def _poll(text: str) -> Body | None:
    """``POLL:``, the title and the options on lines of their own, in any language.

    The first line is one word and a colon; the options start with one and the same word
    and end with a number in brackets.
    """
    found = _POLL.fullmatch(text)
    options = [_OPTION.fullmatch(line) for line in found["options"].split("\n")] if found else []
    read = [option for option in options if option]
    if found is None or len(read) != len(options) or len({option["label"] for option in read}) > 1:
        return None
    listed = tuple(PollOption(option["text"], int(option["votes"])) for option in read)
    lines = [found["title"], *(option.text for option in listed)]
    return Body("\n".join(lines), Kind.POLL, details=Poll(found["title"], listed))


def _place(text: str) -> Body | None:
    """A label and a link to a map; the text stays as it is, since the link is of use."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    place = Place(float(found["latitude"]), float(found["longitude"]))
    if abs(place.latitude) > 90 or abs(place.longitude) > 180:
        return None
    return Body(text, Kind.LOCATION, details=place)
