"""What every format writes, and what writes it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol


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


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    """One message. `attachments` have fileName, kind, mediaType and size (bytes, or None);
    `details` hold a `place` or a `poll`, if anything.
    """

    sent_at: datetime
    author: str | None
    kind: str
    body: str
    edited_at: datetime | None
    deleted_at: datetime | None
    attachments: list[dict[str, Any]]
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
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
