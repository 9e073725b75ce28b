"""A conversation's messages in reading order, a thousand at a time, as of one moment."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from importing.export.csv import CsvWriter
from importing.export.html import HtmlWriter
from importing.export.message import ExportedConversation, ExportedMessage, ExportFormat, Writer
from importing.export.ndjson import NdjsonWriter
from models.database import Database, Row

PREFETCH = 1_000
"""Messages that are fetched, and written, at once."""
FORMATS: dict[str, type[Writer]] = {
    ExportFormat.NDJSON: NdjsonWriter,
    ExportFormat.CSV: CsvWriter,
    ExportFormat.HTML: HtmlWriter,
}

_CONVERSATION = "SELECT title, kind, message_count FROM conversations WHERE id = $1"
_MESSAGES = """
    SELECT m.sent_at, m.kind, m.body, m.edited_at, m.deleted_at, m.details, p.name AS author,
        (SELECT jsonb_agg(jsonb_build_object('fileName', a.file_name, 'kind', a.kind,
                'mediaType', a.media_type, 'size', a.size) ORDER BY a.id)
            FROM attachments a WHERE a.message_id = m.id) AS attachments
    FROM messages m LEFT JOIN participants p ON p.id = m.sender_id
    WHERE m.conversation_id = $1 ORDER BY m.conversation_id, m.sent_at, m.id
"""


@dataclass(frozen=True, slots=True)
class Export:
    """One conversation to be written in one format."""

    database: Database
    tenant_id: UUID
    conversation_id: UUID
    writer: Writer

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The file, piece by piece; nothing at all for a conversation that is not there.

        A connection is held until the last piece is taken, or the generator is closed.
        """
        async with (
            self.database.connection(self.tenant_id) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            found = await connection.fetchrow(_CONVERSATION, self.conversation_id)
            if found is None:
                return
            yield self.writer.start(ExportedConversation(found["title"], found["kind"]))
            cursor = await connection.cursor(_MESSAGES, self.conversation_id)
            while rows := await cursor.fetch(PREFETCH):
                yield b"".join([self.writer.message(_message(row)) for row in rows])
            yield self.writer.end()


def _message(row: Row) -> ExportedMessage:
    return ExportedMessage(
        sent_at=row["sent_at"],
        author=row["author"],
        kind=row["kind"],
        body=row["body"],
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
        attachments=_json(row["attachments"]) or [],
        details=_json(row["details"]) or {},
    )


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
