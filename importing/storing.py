"""The database's side of an import: one batch of rows enters one locked conversation.

COPY is refused on tables with row-level security, so the rows go through a temporary table.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from importing.batches import Batch
from importing.changes import change_earlier
from importing.chats import Connection, Destination
from importing.copying import copied
from importing.exported import Exported
from importing.keys import key_of_id, number_of, numbered_id
from importing.records import Kind
from importing.restoring import restore
from importing.rows import Row
from models.conversations import Conversation, ConversationKind, Participant
from models.events import EventKind
from realtime.posting import join
from realtime.unit_of_work import UnitOfWork

COPIED_AT_ONCE = 1 << 18
"""Bytes."""

_NEWEST = "SELECT max(sent_at) FROM messages WHERE conversation_id = $1"
_KNOWN_KEYS = """
    SELECT archive_key FROM messages
    WHERE conversation_id = $1 AND archive_key = ANY($2::bytea[]) AND sent_at BETWEEN $3 AND $4
"""
_KNOWN_IDS = """
    SELECT id FROM messages
    WHERE conversation_id = $1 AND id = ANY($2::uuid[]) AND sent_at BETWEEN $3 AND $4
        AND archive_key IS NULL
"""
_LAST_IDS = """
    SELECT m.sent_at, m.id
    FROM unnest($2::timestamptz[]) AS b(at), LATERAL (
        SELECT sent_at, id FROM messages
        WHERE conversation_id = $1 AND sent_at = b.at AND archive_key IS NOT NULL
        ORDER BY id DESC LIMIT 1
    ) AS m
"""
_AUTHORS = """
    SELECT archive_name FROM participants
    WHERE conversation_id = $1 AND archive_name IS NOT NULL
"""
_STAGE = """
    CREATE TEMPORARY TABLE staged_messages (
        id uuid, sent_at timestamptz, sender text, kind text, body text, language text,
        edited boolean, deleted boolean, details jsonb, archive_key bytea,
        attachment_id uuid, file_name text, media_type text, size bigint
    ) ON COMMIT DROP
"""
_INSERT_MESSAGES = """
    INSERT INTO messages (tenant_id, conversation_id, seq, import_id, id, sent_at, sender_id, kind,
        body, language, edited_at, deleted_at, details, archive_key)
    SELECT $1, $2, $3, $4, s.id, s.sent_at, p.id, s.kind,
        s.body, s.language, CASE WHEN s.edited THEN s.sent_at END,
        CASE WHEN s.deleted THEN s.sent_at END, s.details, s.archive_key
    FROM staged_messages s LEFT JOIN participants p
        ON p.conversation_id = $2 AND p.archive_name = s.sender
"""
_INSERT_ATTACHMENTS = """
    INSERT INTO attachments (tenant_id, conversation_id, created_at, id, message_id, kind,
        file_name, media_type, size)
    SELECT $1, $2, now(), attachment_id, id, kind, file_name, media_type, size
    FROM staged_messages WHERE attachment_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Me:
    """A user of the tenant, and the name under which archives show them."""

    user_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch."""

    rows: Sequence[Row]
    """Those that were added."""
    newest_before: datetime | None
    """When the newest message was sent that the conversation held before; None if it held none."""


async def store(
    work: UnitOfWork,
    connection: Connection,
    conversation: Conversation,
    import_id: UUID,
    batch: Batch,
    *,
    me: Me | None,
) -> Stored:
    """Add those rows of a batch to a locked conversation that it does not hold yet.

    Messages that it holds in an earlier form are changed instead. The others are told by one
    MESSAGES_IMPORTED, whose `seq` they carry, behind a PARTICIPANT_JOINED
    for each new name. The months' partitions must be there. What `me` has written is that user's.
    """
    newest: datetime | None = await connection.fetchval(_NEWEST, conversation.id)
    rows = await _fresh(connection, conversation.id, batch, newest)
    if conversation.message_count:
        rows = await change_earlier(work, connection, conversation, batch.rows, rows)
    if not rows:
        return Stored([], newest)
    if me is not None and any(row.sender == me.name for row in rows):
        await _let_in(work, conversation, me)
    await _join_authors(work, connection, conversation, rows, batch.exported)
    count_in(work, conversation, import_id, rows)
    await work.session.flush()
    # Most batches are stored as they were read; of others the rows that are left are encoded here.
    ready = batch.copied if rows is batch.rows else None
    if ready is None:
        ready = await asyncio.to_thread(copied, rows)
    destination = work.tenant_id, conversation.id
    await insert_messages(connection, destination, conversation.last_seq, import_id, ready)
    await insert_attachments(connection, destination, rows)
    await restore(connection, destination, rows, batch.exported)
    return Stored(rows, newest)


def count_in(
    work: UnitOfWork, conversation: Conversation, import_id: UUID, rows: Sequence[Row]
) -> None:
    """Count the rows, which enter a locked conversation, and tell of them."""
    newest = max(rows)
    conversation.message_count += len(rows)
    if conversation.last_message_id is None or conversation.last_message_id < newest.id:
        conversation.last_message_id = newest.id
        conversation.last_activity_at = newest.sent_at
    work.record(
        conversation,
        EventKind.MESSAGES_IMPORTED,
        import_id=import_id,
        first_message_id=min(rows).id,
        last_message_id=newest.id,
        count=len(rows),
    )


async def insert_messages(
    connection: Connection, destination: Destination, seq: int, import_id: UUID, copied_rows: bytes
) -> None:
    """Insert the rows, of which `seq` tells; they stay in a temporary table until the commit.

    Their names must have joined. It locks nothing but the rows that it makes.
    """
    await connection.execute(_STAGE)
    await connection.copy_to_table(
        "staged_messages", source=_pieces(copied_rows), columns=Row._fields, format="binary"
    )
    await connection.execute(_INSERT_MESSAGES, *destination, seq, import_id)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    """The content bit by bit. The driver would have a file read by threads."""
    for start in range(0, len(content), COPIED_AT_ONCE):
        yield content[start : start + COPIED_AT_ONCE]


async def insert_attachments(
    connection: Connection, destination: Destination, rows: Sequence[Row]
) -> None:
    """Insert the attachments of the rows that were just inserted, into a locked conversation.

    To insert them locks the conversation's row too, which they refer to.
    """
    if any(row.attachment_id for row in rows):
        await connection.execute(_INSERT_ATTACHMENTS, *destination)


async def _fresh(
    connection: Connection, conversation_id: UUID, batch: Batch, newest: datetime | None
) -> Sequence[Row]:
    """The rows that the conversation does not hold, numbered behind those of their instants.

    Only rows up to its `newest` can be known: a new chat in good order is never looked up.
    """
    rows = batch.rows
    times = [row.sent_at for row in rows]
    if newest is None or newest < min(times):
        return rows
    keys = [row.archive_key for row in rows if row.sent_at <= newest]
    known = {
        row["archive_key"]
        for row in await connection.fetch(
            _KNOWN_KEYS, conversation_id, keys, min(times), max(times)
        )
    }
    if batch.exported:
        known |= await _known_ids(connection, conversation_id, rows)
    fresh = [row for row in rows if row.archive_key not in known]
    instants = list({row.sent_at for row in fresh if row.sent_at <= newest})
    last = await connection.fetch(_LAST_IDS, conversation_id, instants)
    return _behind({row["sent_at"]: row["id"] for row in last}, fresh)


async def _known_ids(
    connection: Connection, conversation_id: UUID, rows: Sequence[Row]
) -> set[bytes]:
    """The keys of rows that were sent in this conversation: exports name these by their ids."""
    times = [row.sent_at for row in rows]
    ids = [UUID(bytes=row.archive_key) for row in rows]
    found = await connection.fetch(_KNOWN_IDS, conversation_id, ids, min(times), max(times))
    return {key_of_id(row["id"]) for row in found}


def _behind(last: dict[datetime, UUID], rows: list[Row]) -> list[Row]:
    """The rows, those whose instant has a last id already with ids greater than it.

    Those of an instant move on together, and no further than they must: they keep their order.
    """
    moved: dict[datetime, int] = {}
    for row in rows:
        if row.sent_at in last and row.sent_at not in moved:
            behind = number_of(last[row.sent_at]) + 1
            moved[row.sent_at] = max(0, behind - number_of(row.id))
    return [_numbered_on(row, moved[row.sent_at]) if row.sent_at in moved else row for row in rows]


def _numbered_on(row: Row, by: int) -> Row:
    identifier = numbered_id(row.id.int >> 80, number_of(row.id) + by, row.id.int)
    return row._replace(id=identifier)


async def _let_in(work: UnitOfWork, conversation: Conversation, me: Me) -> None:
    """Have the name stand for the user, unless either stands for somebody else already."""
    statement = select(Participant).where(
        Participant.conversation_id == conversation.id,
        or_(col(Participant.user_id) == me.user_id, col(Participant.archive_name) == me.name),
    )
    found = (await work.session.exec(statement)).all()
    mine = next((one for one in found if one.user_id == me.user_id), None)
    named = next((one for one in found if one.archive_name == me.name), None)
    if mine is None and named is None:
        await join(work, conversation, user_id=me.user_id, name=me.name, archive_name=me.name)
    elif mine is not None and named is None and mine.archive_name is None:
        mine.archive_name = me.name
    elif mine is None and named is not None and named.user_id is None:
        named.user_id = me.user_id
        work.record(conversation, EventKind.PARTICIPANT_CHANGED, participant_id=named.id)
    await work.session.flush()


async def _join_authors(
    work: UnitOfWork,
    connection: Connection,
    conversation: Conversation,
    rows: Sequence[Row],
    exported: Mapping[bytes, Exported],
) -> None:
    """Let in who has written a message, or reacted to one.

    A notice's author may be the group itself, except in our own exports.
    """
    known = {row["archive_name"] for row in await connection.fetch(_AUTHORS, conversation.id)}
    authors = dict.fromkeys(
        row.sender for row in rows if row.kind != Kind.NOTICE or row.archive_key in exported
    )
    for row in rows:
        if row.archive_key in exported:
            authors.update((one.author, None) for one in exported[row.archive_key].reactions)
    for name in authors:
        if name is not None and name not in known:
            known.add(name)
            await join(work, conversation, user_id=None, name=name, archive_name=name)
    if len(known) > 2 and not exported:
        conversation.kind = ConversationKind.GROUP
