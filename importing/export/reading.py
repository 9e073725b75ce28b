"""A conversation's messages in reading order, a thousand at a time, as of one moment."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from importing.chats import Connection
from importing.export.csv import CsvWriter
from importing.export.html import HtmlWriter
from importing.export.message import (
    ExportedConversation,
    ExportedMessage,
    ExportFormat,
    GivenReaction,
    Writer,
)
from importing.export.ndjson import NdjsonWriter
from importing.keys import key_of_id
from models.database import Database
from models.ids import time_of

PREFETCH = 1_000
"""Messages that are fetched, and written, at once."""
FORMATS: dict[str, type[Writer]] = {
    ExportFormat.NDJSON: NdjsonWriter,
    ExportFormat.CSV: CsvWriter,
    ExportFormat.HTML: HtmlWriter,
}

_CONVERSATION = "SELECT title, kind, visibility FROM conversations WHERE id = $1"
_PEOPLE = """
    SELECT id, name FROM participants WHERE conversation_id = $1
    ORDER BY archive_name IS DISTINCT FROM name, id
"""
_MESSAGES = """
    SELECT m.id, m.sent_at, m.kind, m.body, m.edited_at, m.deleted_at, m.details, m.sender_id,
        m.archive_key, m.reply_to_id,
        (SELECT jsonb_agg(jsonb_build_object('fileName', a.file_name, 'kind', a.kind,
                'mediaType', a.media_type, 'size', a.size) ORDER BY a.id)
            FROM attachments a WHERE a.message_id = m.id) AS attachments,
        (SELECT jsonb_agg(jsonb_build_object('by', r.participant_id, 'emoji', r.emoji,
                'at', r.created_at))
            FROM reactions r WHERE r.message_id = m.id) AS reactions
    FROM messages m
    WHERE m.conversation_id = $1 ORDER BY m.conversation_id, m.sent_at, m.id
"""
_ANSWERED = """
    SELECT id, archive_key FROM messages
    WHERE conversation_id = $1 AND id = ANY($2::uuid[]) AND sent_at = ANY($3::timestamptz[])
        AND kind <> 'ENCRYPTED'
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
            yield self.writer.start(ExportedConversation(*found))
            names = _names(await connection.fetch(_PEOPLE, self.conversation_id))
            cursor = await connection.cursor(_MESSAGES, self.conversation_id)
            while rows := await cursor.fetch(PREFETCH):
                answered = await self._answered(connection, rows)
                yield b"".join(
                    [self.writer.message(_message(row, names, answered)) for row in rows]
                )
            yield self.writer.end()

    async def _answered(
        self, connection: Connection, rows: Sequence[asyncpg.Record]
    ) -> Mapping[UUID, str]:
        """What the messages are told by that these ones answer, as far as they are there."""
        ids = [row["reply_to_id"] for row in rows if row["reply_to_id"] is not None]
        if not ids:
            return {}
        times = list(map(time_of, ids))
        found = await connection.fetch(_ANSWERED, self.conversation_id, ids, times)
        return {row["id"]: _key(row) for row in found}


def _names(people: Sequence[asyncpg.Record]) -> Mapping[UUID, str]:
    """What the participants are called: those of one name are told apart by a number."""
    names: dict[UUID, str] = {}
    met: Counter[str] = Counter()
    for person in people:
        name = person["name"]
        met[name] += 1
        names[person["id"]] = name if met[name] == 1 else f"{name} ({met[name]})"
    return names


def _key(row: asyncpg.Record) -> str:
    """What tells a message from the others, in this conversation and wherever it is imported."""
    key: bytes = row["archive_key"] or key_of_id(row["id"])
    return key.hex()


def _message(
    row: asyncpg.Record, names: Mapping[UUID, str], answered: Mapping[UUID, str]
) -> ExportedMessage:
    return ExportedMessage(
        key=_key(row),
        sent_at=row["sent_at"],
        author=names.get(row["sender_id"]),
        kind=row["kind"],
        body=row["body"],
        reply_to=answered.get(row["reply_to_id"]),
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
        attachments=_json(row["attachments"]) or [],
        reactions=_reactions(_json(row["reactions"]) or [], names),
        details=_json(row["details"]) or {},
    )


def _reactions(found: list[dict[str, Any]], names: Mapping[UUID, str]) -> list[GivenReaction]:
    """In the order in which they were given, by those who still take part."""
    given = [
        GivenReaction(datetime.fromisoformat(one["at"]), names[UUID(one["by"])], one["emoji"])
        for one in found
        if UUID(one["by"]) in names
    ]
    return sorted(given)


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
