"""Which format a chat is in, and its messages in whatever format."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import BinaryIO

from importing.detection import DateOrder, Detection
from importing.formats import ndjson, whatsapp
from importing.records import ArchiveMessage, Report
from models.conversations import ConversationKind, Visibility

Batches = Callable[[tzinfo, Collection[str], Report], Iterator[list[ArchiveMessage]]]


@dataclass(frozen=True, slots=True)
class Source:
    """A chat that can be read. `batches` takes the zone of its times, the names of the files
    beside it, and the report to fill; the iterator raises `ArchiveError`.
    """

    batches: Batches
    kind: ConversationKind = ConversationKind.DIRECT
    """What it is, as far as the chat says before its messages are read."""
    visibility: Visibility = Visibility.TENANT
    """Who may see it, as far as the chat says."""
    title: str | None = None
    """The title that the chat itself has; None leaves it to the file's name."""
    detection: Detection | None = None
    """What had to be learned; None for a format that says it all."""


def source_of(chat: BinaryIO, date_order: DateOrder | None) -> Source:
    """The source that a seekable stream is. Raises what the formats raise: `ArchiveError`."""
    if ndjson.is_ndjson(chat):
        head = ndjson.head_of(chat)
        return Source(
            batches=lambda _zone, _names, report: ndjson.read_batches(chat, report),
            kind=head.kind,
            visibility=head.visibility,
            title=head.title,
        )
    detection = whatsapp.learn(chat, date_order=date_order)
    return Source(
        batches=lambda zone, names, report: whatsapp.read_batches(
            chat, detection, zone, names, report
        ),
        detection=detection,
    )
