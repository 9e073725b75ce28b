"""What only our own exports say goes back to messages that an import has just added.

When they were edited and deleted, what they answer, their files and reactions. It is told by the
message's key, so nothing of the file has to be remembered: a reply finds what it answers by an
index. Messages that were there already keep what they have.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from importing.chats import Connection, Destination
from importing.exported import Exported
from importing.keys import time_of_key
from importing.rows import Row
from models.ids import id_at

Restored: TypeAlias = tuple[Row, Exported]

_CHANGES = """
    UPDATE messages m SET edited_at = x.edited_at, deleted_at = x.deleted_at,
        reply_to_id = (SELECT t.id FROM messages t WHERE t.conversation_id = $1
            AND t.archive_key = x.target AND t.sent_at = x.target_at)
    FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::bytea[],
        $7::timestamptz[]) AS x(id, sent_at, edited_at, deleted_at, target, target_at)
    WHERE m.conversation_id = $1 AND m.id = x.id AND m.sent_at = x.sent_at
"""
_ATTACHMENTS = """
    INSERT INTO attachments (tenant_id, conversation_id, created_at, message_id, id, kind,
        file_name, media_type, size)
    SELECT $1, $2, now(), x.* FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[],
        $7::text[], $8::bigint[]) AS x
"""
_REACTIONS = """
    INSERT INTO reactions (tenant_id, conversation_id, message_id, participant_id, emoji,
        created_at)
    SELECT $1, $2, x.message_id, p.id, x.emoji, x.at
    FROM unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
        AS x(message_id, author, emoji, at)
    JOIN participants p ON p.conversation_id = $2 AND p.archive_name = x.author
    ON CONFLICT DO NOTHING
"""
_LINKS = """
    UPDATE messages m SET reply_to_id = t.id
    FROM unnest($2::bytea[], $3::timestamptz[], $4::bytea[], $5::timestamptz[])
        AS x(key, sent_at, target, target_at)
    JOIN messages t ON t.conversation_id = $1 AND t.archive_key = x.target
        AND t.sent_at = x.target_at
    WHERE m.conversation_id = $1 AND m.archive_key = x.key AND m.sent_at = x.sent_at
        AND m.reply_to_id IS NULL
"""


async def restore(
    connection: Connection,
    destination: Destination,
    rows: Sequence[Row],
    exported: Mapping[bytes, Exported],
) -> None:
    """Complete the rows that were just inserted into a locked conversation.

    Their authors, and who reacted to them, must have joined.
    """
    restored = [(row, exported[row.archive_key]) for row in rows if row.archive_key in exported]
    await _change(connection, destination, restored)
    await _attach(connection, destination, restored)
    await _react(connection, destination, restored)


async def link_ahead(
    connection: Connection, conversation_id: UUID, exported: Mapping[bytes, Exported]
) -> None:
    """Link messages to what they answer, where that came later than the reply.

    Those of an earlier import of the file, too: it may have been cut short before it came to this.
    """
    replies = [(key, one.reply_to) for key, one in exported.items() if one.reply_to is not None]
    if replies:
        await connection.execute(
            _LINKS,
            conversation_id,
            [key for key, _ in replies],
            [time_of_key(key) for key, _ in replies],
            [target for _, target in replies],
            [time_of_key(target) for _, target in replies],
        )


async def _change(
    connection: Connection, destination: Destination, restored: Sequence[Restored]
) -> None:
    """When they were edited and deleted, and what they answer."""
    changed = [
        (row, one) for row, one in restored if one.edited_at or one.deleted_at or one.reply_to
    ]
    if changed:
        await connection.execute(
            _CHANGES,
            destination[1],
            [row.id for row, _ in changed],
            [row.sent_at for row, _ in changed],
            [one.edited_at for _, one in changed],
            [one.deleted_at for _, one in changed],
            [one.reply_to for _, one in changed],
            [_time_of_target(one) for _, one in changed],
        )


def _time_of_target(one: Exported) -> datetime | None:
    return time_of_key(one.reply_to) if one.reply_to is not None else None


async def _attach(
    connection: Connection, destination: Destination, restored: Sequence[Restored]
) -> None:
    """Their files, in order."""
    files = [(row, number, file) for row, one in restored for number, file in enumerate(one.files)]
    if files:
        await connection.execute(
            _ATTACHMENTS,
            *destination,
            [row.id for row, _, _ in files],
            [id_at(row.sent_at, number) for row, number, _ in files],
            [file.kind for _, _, file in files],
            [file.name for _, _, file in files],
            [file.media_type for _, _, file in files],
            [file.size for _, _, file in files],
        )


async def _react(
    connection: Connection, destination: Destination, restored: Sequence[Restored]
) -> None:
    """Who reacted to them."""
    reactions = [(row, reaction) for row, one in restored for reaction in one.reactions]
    if reactions:
        await connection.execute(
            _REACTIONS,
            *destination,
            [row.id for row, _ in reactions],
            [reaction.author for _, reaction in reactions],
            [reaction.emoji for _, reaction in reactions],
            [reaction.at for _, reaction in reactions],
        )
