"""Messages that were edited or deleted between two exports change the earlier row.

An export says that a message was changed, not what it was before. It is recognised where there is
no doubt: one changed message of an author at an instant is new, and one message of that author at
that instant is held that the file has no more. All others stay, and the changed one is added.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from importing.chats import Connection
from importing.rows import Row
from models.conversations import Conversation
from models.events import EventKind
from realtime.unit_of_work import UnitOfWork

Origin: TypeAlias = tuple[datetime, str | None]
"""When a message was sent, and by whom."""

_HELD = """
    SELECT m.id, m.sent_at, p.archive_name AS sender, m.archive_key
    FROM messages m LEFT JOIN participants p ON p.id = m.sender_id
    WHERE m.conversation_id = $1 AND m.sent_at = ANY($2::timestamptz[])
        AND m.archive_key IS NOT NULL AND m.deleted_at IS NULL
"""
_CHANGE = """
    UPDATE messages m SET body = c.body, language = c.language,
        archive_key = c.archive_key,
        edited_at = CASE WHEN c.edited THEN m.sent_at ELSE m.edited_at END,
        deleted_at = CASE WHEN c.deleted THEN m.sent_at END
    FROM unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[], $7::bool[],
        $8::bool[]) AS c(id, sent_at, body, language, archive_key, edited, deleted)
    WHERE m.conversation_id = $1 AND m.id = c.id AND m.sent_at = c.sent_at
"""


async def change_earlier(
    work: UnitOfWork,
    connection: Connection,
    conversation: Conversation,
    batch: Sequence[Row],
    fresh: Sequence[Row],
) -> Sequence[Row]:
    """Change the rows of messages that the file has in another form; gives the fresh that are left.

    `fresh` are those of the batch that the locked conversation does not hold.
    """
    # Of the first and the last instant the file may have more in the batches beside this one.
    edges = {batch[0].sent_at, batch[-1].sent_at} if batch else set()
    changed = _alone(
        [row for row in fresh if (row.edited or row.deleted) and row.sent_at not in edges]
    )
    if not changed:
        return fresh
    instants = list({at for at, _ in changed})
    held = await connection.fetch(_HELD, conversation.id, instants)
    earlier = _unmatched(held, {row.archive_key for row in batch})
    pairs = [(earlier[origin], row) for origin, row in changed.items() if origin in earlier]
    if not pairs:
        return fresh
    await connection.execute(
        _CHANGE,
        conversation.id,
        [key for key, _ in pairs],
        [row.sent_at for _, row in pairs],
        [row.body for _, row in pairs],
        [row.language for _, row in pairs],
        [row.archive_key for _, row in pairs],
        [row.edited for _, row in pairs],
        [row.deleted for _, row in pairs],
    )
    for key, row in pairs:
        kind = EventKind.MESSAGE_DELETED if row.deleted else EventKind.MESSAGE_EDITED
        work.record(conversation, kind, message_id=key)
    taken = {row.archive_key for _, row in pairs}
    return [row for row in fresh if row.archive_key not in taken]


def _alone(rows: Sequence[Row]) -> dict[Origin, Row]:
    """The rows that are the only ones of their author at their instant."""
    found: defaultdict[Origin, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.sent_at, row.sender].append(row)
    return {origin: rows[0] for origin, rows in found.items() if len(rows) == 1}


def _unmatched(held: Sequence[asyncpg.Record], keys: set[bytes]) -> dict[Origin, UUID]:
    """The held messages that the file has no more: those alone of their author at their instant."""
    found: defaultdict[Origin, list[UUID]] = defaultdict(list)
    for row in held:
        if row["archive_key"] not in keys:
            found[row["sent_at"], row["sender"]].append(row["id"])
    return {origin: ids[0] for origin, ids in found.items() if len(ids) == 1}
