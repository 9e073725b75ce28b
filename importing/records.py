"""What an archive turns into: the messages, the report and the errors of an import.

Everything here is plain data. `importing.formats` makes it, the loader and the
preview read it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from importing.exported import Exported


class Kind(StrEnum):
    """What a message is made of."""

    TEXT = "TEXT"
    NOTICE = "NOTICE"
    """A line that the system wrote: somebody joined, a call was missed, …"""
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    STICKER = "STICKER"
    GIF = "GIF"
    CONTACT = "CONTACT"
    LOCATION = "LOCATION"
    POLL = "POLL"
    MEDIA = "MEDIA"
    """Media that were left out of the export, of a type nobody wrote down."""
    DELETED = "DELETED"


class Place(NamedTuple):
    """Where a shared location lies, in degrees (WGS 84)."""

    latitude: float
    longitude: float


class PollOption(NamedTuple):
    """One answer of a poll, and how many gave it."""

    text: str
    votes: int


class Poll(NamedTuple):
    """A question to the chat, with its answers in their order."""

    title: str
    options: tuple[PollOption, ...]


class ArchiveMessage(NamedTuple):
    """One message of an archive.

    A named tuple and not a dataclass: an import makes a million of them, and a frozen
    dataclass takes three times as long to make.
    """

    line: int
    """The line of the message's header in the file, from 1."""
    sent_at: datetime
    """Aware, in the time zone that was asked for; to the second, or as fine as written."""
    author: str | None
    """None for a system line that names nobody."""
    body: str
    """The text without invisible marks, its lines joined by `\\n`. For media it is the
    caption; for a poll the title and the options; empty for a deleted message."""
    kind: Kind = Kind.TEXT
    attachment: str | None = None
    """The file's name in the archive, or as the text has it; None when it was left out."""
    edited: bool = False
    details: Place | Poll | None = None
    """The place of a LOCATION, the options of a POLL."""
    exported: Exported | None = None
    """What else an export of our own says; None for any other archive."""

    @property
    def deleted(self) -> bool:
        """Whether its author took it back."""
        return self.kind is Kind.DELETED


class Reason(StrEnum):
    """Why lines of a chat did not become a message."""

    BEFORE_FIRST_MESSAGE = "BEFORE_FIRST_MESSAGE"
    INVALID_DATE = "INVALID_DATE"
    INVALID_TIME = "INVALID_TIME"
    BODY_TOO_LONG = "BODY_TOO_LONG"
    NO_MESSAGE = "NO_MESSAGE"
    """A line of an export of our own that is none of its messages."""
    ENCRYPTED = "ENCRYPTED"
    """Only its readers can read it, so no export has its text."""


class Remark(NamedTuple):
    """A line worth a look."""

    line: int
    text: str
    """The start of the line, at most `EXCERPT` characters."""
    reason: Reason | None = None
    """Why it was rejected; None for a line that is merely ambiguous."""


EXCERPT = 120
MAX_REMARKS = 100


@dataclass
class Report:
    """What reading a chat came to; it grows block by block while the chat is read."""

    bytes_read: int = 0
    lines: int = 0
    messages: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    authors: Counter[str] = field(default_factory=Counter)
    """Messages by author, system lines left out; none for who has only reacted."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    """When the first and the last message of the file were sent, in the file's order."""
    unreadable: int = 0
    """Characters that could not be decoded and stand as U+FFFD."""
    nul_bytes: int = 0
    """NUL characters that were dropped."""
    replies_ahead: int = 0
    """Replies to messages that the file may have later."""
    rejected_count: int = 0
    rejected: list[Remark] = field(default_factory=list)
    """The first `MAX_REMARKS` headers whose message was rejected."""
    ambiguous_count: int = 0
    ambiguous: list[Remark] = field(default_factory=list)
    """The first `MAX_REMARKS` lines that start like a header of another shape and were
    taken as text."""

    def reject(self, line: int, text: str, reason: Reason) -> None:
        """Count a line that became no message; the first ones are kept with their text."""
        self.rejected_count += 1
        if len(self.rejected) < MAX_REMARKS:
            self.rejected.append(Remark(line, text[:EXCERPT], reason))

    def doubt(self, line: int, text: str) -> None:
        """Count a line that was taken as text and may be a header; the first ones are kept."""
        self.ambiguous_count += 1
        if len(self.ambiguous) < MAX_REMARKS:
            self.ambiguous.append(Remark(line, text[:EXCERPT]))


class ErrorCode(StrEnum):
    """The stable codes of what can be wrong with an archive as a whole."""

    EMPTY_FILE = "EMPTY_FILE"
    NOT_A_CHAT = "NOT_A_CHAT"
    BAD_ENCODING = "BAD_ENCODING"
    BROKEN_ZIP = "BROKEN_ZIP"
    ENCRYPTED_ZIP = "ENCRYPTED_ZIP"
    UNSUPPORTED_ZIP = "UNSUPPORTED_ZIP"
    ZIP_BOMB = "ZIP_BOMB"
    UNSAFE_NAME = "UNSAFE_NAME"
    DUPLICATE_NAME = "DUPLICATE_NAME"
    NO_CHAT_IN_ARCHIVE = "NO_CHAT_IN_ARCHIVE"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_AUTHORS = "TOO_MANY_AUTHORS"
    NO_SUCH_MEMBER = "NO_SUCH_MEMBER"
    BAD_DATE_ORDER = "BAD_DATE_ORDER"
    UNKNOWN_TIMEZONE = "UNKNOWN_TIMEZONE"
    NO_CONVERSATION = "NO_CONVERSATION"
    ANOTHER_CHAT = "ANOTHER_CHAT"


class ArchiveError(Exception):
    """An archive cannot be imported; the message says why and what to do."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
