"""Which conversation an archive's chat is: see docs/decisions/import-identity.md."""

import unicodedata
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from importing.batches import Batch
from importing.rows import Row
from models.conversations import Conversation, Visibility
from models.tenants import User
from realtime.posting import join, lock_conversation
from realtime.unit_of_work import UnitOfWork

Connection: TypeAlias = "asyncpg.Connection[Any]"
Destination: TypeAlias = tuple[UUID, UUID]
"""A tenant and its conversation."""

MAX_NAMESAKES = 50
"""Chats of one title that are looked at, the newest first."""

_LOCK_TITLE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_NAMESAKES = """
    SELECT id FROM conversations c
    WHERE tenant_id = $1 AND source_key LIKE $2 || ':%'
        AND (visibility = 'TENANT' OR EXISTS (
            SELECT FROM participants p
            WHERE p.conversation_id = c.id AND p.user_id = $3 AND p.left_at IS NULL))
    ORDER BY created_at DESC, id DESC LIMIT $4
"""
# The keys are hashed whatever is known of the table; a join would be a nested loop over a table
# that was just filled, and is not analysed yet.
_IN_COMMON = """
    SELECT m.conversation_id, min(m.sent_at) AS first, max(m.sent_at) AS last,
        count(*) AS held,
        count(*) FILTER (WHERE m.archive_key IN (SELECT unnest($2::bytea[]))) AS common
    FROM messages m
    WHERE m.conversation_id = ANY($1) AND m.sent_at BETWEEN $3 AND $4
        AND m.archive_key IS NOT NULL
    GROUP BY m.conversation_id
    ORDER BY common DESC, m.conversation_id
"""


def source_of(title: str) -> str:
    """What the source keys of all chats of this title start with."""
    plain = " ".join(unicodedata.normalize("NFKC", title).casefold().split())
    return f"whatsapp:{blake2b(plain.encode(), digest_size=16).hexdigest()}"


async def namesakes(
    connection: Connection, tenant_id: UUID, title: str, importer_id: UUID | None
) -> list[UUID]:
    """The imported conversations of this title that whoever imports may see."""
    rows = await connection.fetch(
        _NAMESAKES, tenant_id, source_of(title), importer_id, MAX_NAMESAKES
    )
    return [row["id"] for row in rows]


async def recognise(
    connection: Connection, candidates: Sequence[UUID], rows: Sequence[Row]
) -> UUID | None:
    """The candidate that holds these messages.

    That is: in the period that both cover, at least half of the messages of either are the same.
    One "happy new year" sent to two friends called Ana does not make them one chat.
    """
    if not candidates or not rows:
        return None
    times = [row.sent_at for row in rows]
    keys = [row.archive_key for row in rows]
    for found in await connection.fetch(_IN_COMMON, candidates, keys, min(times), max(times)):
        given = sum(found["first"] <= time <= found["last"] for time in times)
        if 2 * found["common"] >= min(found["held"], given):
            conversation_id: UUID = found["conversation_id"]
            return conversation_id
    return None


async def find_or_make(
    work: UnitOfWork,
    connection: Connection,
    batch: Batch,
    recognised: UUID | None,
    importer_id: UUID | None,
) -> Conversation:
    """The conversation of the chat that the batch is from, its row locked.

    `recognised` is what a look at the whole file has found. The title is locked until the commit,
    so that two imports of a new chat make one conversation. Of a private one that has to be made
    only whoever imports it becomes a participant.
    """
    title, rows = batch.title, batch.rows
    await connection.execute(_LOCK_TITLE, f"{work.tenant_id}:{source_of(title)}")
    candidates = await namesakes(connection, work.tenant_id, title, importer_id)
    known = await recognise(connection, candidates, rows) or recognised
    found = await locked(work, known) if known is not None else None
    if found is not None:
        return found
    conversation = Conversation(
        tenant_id=work.tenant_id,
        title=title,
        kind=batch.kind,
        visibility=batch.visibility,
        last_activity_at=rows[-1].sent_at,
    )
    conversation.source_key = f"{source_of(title)}:{conversation.id.hex}"
    work.session.add(conversation)
    await work.session.flush()
    if conversation.visibility is Visibility.PRIVATE and importer_id is not None:
        importer = await work.session.get_one(User, importer_id)
        await join(work, conversation, user_id=importer_id, name=importer.name)
    return conversation


async def locked(work: UnitOfWork, conversation_id: UUID) -> Conversation | None:
    """The conversation, its row locked until the commit; None when an undone import took it."""
    return await lock_conversation(work, conversation_id)
