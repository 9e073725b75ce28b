"""What a message is made of, read from its text."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from importing.formats.attachments import find_attachment
from importing.formats.marks import INVISIBLE, LEFT_TO_RIGHT, find_mark, strip_marks
from importing.formats.phrasebook import Phrasebook, phrasebook, plain
from importing.records import Kind, Place, Poll, PollOption

MAX_SEEN = 1000
"""Texts of media left out and of deleted messages that are remembered."""
LONGEST_PHRASE = 120
"""Characters of a text that may be a phrase of the telephone."""
LONGEST_PLACEHOLDER = 60
"""Characters between `<` and `>` that may stand for media left out."""

_LAST_BRACKETS = re.compile(
    rf"(?P<mark>{LEFT_TO_RIGHT}?)<(?P<inside>[^<>\n]{{3,60}})>{INVISIBLE}*\Z"
)
_PLACE = re.compile(
    r"(?:[^\n:]{1,40}:\ )?https?://(?:www\.)?maps\.google\.[a-z.]{2,6}/(?:maps)?\?q="
    r"(?P<latitude>-?\d{1,2}(?:\.\d{1,20})?),(?P<longitude>-?\d{1,3}(?:\.\d{1,20})?)"
)
_POLL = re.compile(r"[^\W\d_]{2,20} ?[:：]\n(?P<title>[^\n]+)\n(?P<options>.+)", re.DOTALL)
_OPTION = re.compile(
    r"(?P<label>[^\W\d_]{2,20}) ?[:：] ?(?P<text>.+?) ?[(（](?P<votes>\d{1,6})[^()（）]*[)）]"
)
SPECIAL_ENDINGS = frozenset(")>0123456789")
"""A single line without invisible marks is nothing but text if its last character is none
of these and the whole is not among `BodyReader.alone`."""


_names_file = re.compile(r"[:：]|\.\w").search
"""Whether what stands between `<` and `>` has a label or a file's extension."""


class Body(NamedTuple):
    """The text of a message, understood."""

    text: str
    kind: Kind = Kind.TEXT
    attachment: str | None = None
    edited: bool = False
    details: Place | Poll | None = None


class BodyReader:
    """Understands the texts of one chat.

    `placeholders` says that a lone `<…>` stands for media left out, as on Android, and
    `learned` are the phrases of this chat alone that do, behind a mark, as on an iPhone;
    `attachments` are the names of the files in the archive. `alone` are the texts that
    stand for something else, as a whole and as written.
    """

    def __init__(
        self,
        attachments: Collection[str],
        placeholders: bool,
        learned: Collection[str] = frozenset(),
    ) -> None:
        self._attachments = frozenset(attachments)
        self._placeholders = placeholders
        self._learned = learned
        self._phrases: Phrasebook = phrasebook()
        self.alone = self._phrases.alone | self._attachments | {""}
        self._seen: dict[str, Body] = {}
        self._omitted_endings = tuple(f" {phrase}" for phrase in self._phrases.omitted)

    def read(self, raw: str) -> Body:
        """The text, its marks and line ends as in the file, and what it stands for."""
        seen = self._seen.get(raw)
        if seen:
            return seen
        body = self._read(raw.rstrip("\n"))
        if not body.text and body.attachment is None:
            self._remember(raw, body)
        return body

    def _remember(self, raw: str, body: Body) -> None:
        if len(self._seen) < MAX_SEEN and len(raw) <= LONGEST_PHRASE:
            self._seen[raw] = body

    def _read(self, raw: str) -> Body:
        if self._only_text(raw):
            return Body(raw)
        raw, edited = self._cut_edited(raw)
        body = self._understand(raw)
        return body._replace(edited=True) if edited else body

    def _only_text(self, raw: str) -> bool:
        """A quick look at texts of several lines: all that is special has a bracket, a link,
        an invisible mark, or the name of a file as its first line."""
        if "\n" not in raw or "<" in raw or ")" in raw or "）" in raw or "://" in raw:
            return False
        return (raw.isascii() or not find_mark(raw)) and raw[
            : raw.index("\n")
        ] not in self._attachments

    def _cut_edited(self, raw: str) -> tuple[str, bool]:
        """The text without the mark of an edited message at its end.

        In a language nobody has collected, the mark is known by U+200E before it and by
        the text before that.
        """
        found = _LAST_BRACKETS.search(raw) if ">" in raw[-3:] else None
        if found is None:
            return raw, False
        before, inside = raw[: found.start()].rstrip(), found["inside"]
        phrase = plain(inside)
        if phrase in self._phrases.edited:
            return before, True
        if not found["mark"] or not strip_marks(before):
            return raw, False
        if phrase in self._phrases.attached or _names_file(inside):
            return raw, False
        return before, True

    def _understand(self, raw: str) -> Body:
        text = strip_marks(raw)
        phrase = plain(text) if len(text) <= LONGEST_PHRASE else ""
        marked = raw.startswith(LEFT_TO_RIGHT)
        return (
            self._deleted(phrase)
            or self._attached(raw, text)
            or self._omitted(text, phrase)
            or (self._captioned(raw, text) if not raw.isascii() else None)
            or _poll(text)
            or _place(text)
            or self._notice(text, phrase, marked)
            or Body(text)
        )

    def _deleted(self, phrase: str) -> Body | None:
        if phrase in self._phrases.deleted or phrase.startswith(self._phrases.deleted_by):
            return Body("", Kind.DELETED)
        return None

    def _attached(self, raw: str, text: str) -> Body | None:
        found = find_attachment(raw, text, self._attachments, self._phrases.attached)
        return Body(found.caption, found.kind, found.name) if found else None

    def _omitted(self, text: str, phrase: str) -> Body | None:
        """Media that were left out; on Android the caption stands on the next lines."""
        kind = self._phrases.omitted.get(phrase)
        if kind:
            return Body("", kind)
        if not text.startswith("<"):
            return None
        first, _, caption = text.partition("\n")
        if not first.endswith(">") or len(first) > LONGEST_PLACEHOLDER + 2:
            return None
        kind = self._phrases.omitted.get(plain(first))
        if kind is None and self._placeholders and first.count("<") == 1:
            kind = Kind.MEDIA
        return Body(caption, kind) if kind else None

    def _captioned(self, raw: str, text: str) -> Body | None:
        """iPhone: `plan.pdf • 14 pages document omitted`, the phone's words behind others."""
        if LEFT_TO_RIGHT not in raw:
            return None
        before, _, phrase = raw.rpartition(LEFT_TO_RIGHT)
        kind = self._phrases.omitted.get(plain(phrase))
        if kind:
            return Body(strip_marks(before).rstrip(), kind)
        folded = text.rstrip(".").casefold()
        if not folded.endswith(self._omitted_endings):
            return None
        phrase = max(filter(folded.endswith, self._omitted_endings), key=len)
        return Body(text[: len(folded) - len(phrase)].rstrip(), self._phrases.omitted[phrase[1:]])

    def _notice(self, text: str, phrase: str, marked: bool) -> Body | None:
        """A line of the phone: marked as such, or known, or with nothing in it.

        What was learned to stand for media is marked as well.
        """
        if text == "null":
            return Body("", Kind.NOTICE)
        if marked and phrase in self._learned:
            return Body("", Kind.MEDIA)
        if marked or not text or phrase in self._phrases.notices:
            return Body(text, Kind.NOTICE)
        return None


def _poll(text: str) -> Body | None:
    """`POLL:`, the title and the options on lines of their own, in any language.

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
