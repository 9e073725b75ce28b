"""What every format writes, and what writes it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Protocol


class ExportFormat(StrEnum):
    """The formats, as their files end."""

    NDJSON = "ndjson"
    CSV = "csv"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class ExportedConversation:
    """What stands above the messages."""

    title: str
    kind: str
    visibility: str


class GivenReaction(NamedTuple):
    """One participant's emoji."""

    at: datetime
    author: str
    emoji: str


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    """One message. `key` tells it from the others, and `reply_to` is that of the one it answers.

    `attachments` have fileName, kind, mediaType and size (bytes, or None);
    `details` hold a `place` or a `poll`, if anything.
    """

    key: str
    sent_at: datetime
    author: str | None
    kind: str
    body: str
    reply_to: str | None
    edited_at: datetime | None
    deleted_at: datetime | None
    attachments: list[dict[str, Any]]
    reactions: list[GivenReaction]
    details: dict[str, Any]


class Writer(Protocol):
    """Writes one conversation, in UTF-8."""

    media_type: ClassVar[str]

    def start(self, conversation: ExportedConversation) -> bytes:
        """What comes before the messages."""
        ...

    def message(self, message: ExportedMessage) -> bytes:
        """One message."""
        ...

    def end(self) -> bytes:
        """What comes after them."""
        ...


def moment(time: datetime) -> str:
    """A time as exports have it: RFC 3339 in UTC, to the millisecond."""
    return _rfc_3339(time, "milliseconds")


def exact_moment(time: datetime) -> str:
    """The same to the microsecond, as fine as times are kept that are not a message's own."""
    return _rfc_3339(time, "microseconds")


def _rfc_3339(time: datetime, resolution: str) -> str:
    return time.astimezone(UTC).isoformat(timespec=resolution).replace("+00:00", "Z")
