"""What went out to people is shown in the conversations with them, and what became of it is told.

A delivery is noted in the transaction that records its step, and shown in another one afterwards:
whoever dies in between leaves the note, and a note that was seen to posts nothing a second time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import select

from gateways.contents import Contents
from gateways.posting import file_of, post_delivery
from models.conversations import Conversation, Participant, Visibility
from models.database import Database
from models.events import EventKind
from models.hearing import DeviceThread
from models.tenants import User
from realtime.posting import join, lock_conversation
from realtime.unit_of_work import Bell, UnitOfWork, Work, unit_of_work

# Who writes for the first time finds there what they were told lately, and no more of it.
EARLIER = timedelta(days=30)
MOST_EARLIER = 20

# A contact's other addresses lead to the same conversation, as in `realtime.threads`.
_NOTE = """
INSERT INTO delivery_messages (tenant_id, delivery_id, conversation_id, due_at)
SELECT d.tenant_id, d.id, thread.conversation_id, $2::timestamptz
FROM deliveries AS d
JOIN devices AS v ON v.id = d.device_id AND v.kind = 'WHATSAPP_CLOUD'
CROSS JOIN LATERAL (
    SELECT t.conversation_id FROM device_threads AS t
    WHERE t.device_id = d.device_id AND (t.address = d.recipient OR t.contact_id = d.contact_id)
    ORDER BY t.address = d.recipient DESC LIMIT 1
) AS thread
WHERE d.id = ANY ($1::uuid[])
    AND (d.status IN ('SENT', 'DELIVERED', 'READ')
        OR EXISTS (SELECT FROM delivery_messages AS known WHERE known.delivery_id = d.id))
ORDER BY d.id
ON CONFLICT (delivery_id) DO UPDATE SET due_at = excluded.due_at
"""
_NOTE_EARLIER = text("""
INSERT INTO delivery_messages (tenant_id, delivery_id, conversation_id, due_at)
SELECT d.tenant_id, d.id, :conversation_id, :now
FROM deliveries AS d
WHERE d.tenant_id = :tenant_id AND d.device_id = :device_id
    AND d.recipient = ANY (ARRAY(
        SELECT value FROM contact_identities WHERE contact_id = :contact_id))
    AND d.status IN ('SENT', 'DELIVERED', 'READ') AND d.attempted_at >= :since
ORDER BY d.attempted_at DESC LIMIT :most
ON CONFLICT (delivery_id) DO NOTHING
RETURNING delivery_id
""")
_DUE = """
SELECT m.delivery_id, m.conversation_id, coalesce(d.attempted_at, d.updated_at) AS sent_at
FROM delivery_messages AS m JOIN deliveries AS d ON d.id = m.delivery_id
WHERE m.tenant_id = $1 AND m.due_at <= $2 ORDER BY m.due_at, m.delivery_id LIMIT $3
"""
_TAKE = text("""
SELECT m.delivery_id, m.message_id, d.device_id, d.external_id, d.body, d.content,
    s.created_by_id, least(coalesce(d.attempted_at, d.updated_at), :now) AS sent_at
FROM delivery_messages AS m
JOIN deliveries AS d ON d.id = m.delivery_id
JOIN schedules AS s ON s.id = d.schedule_id
WHERE m.delivery_id = ANY (CAST(:ids AS uuid[])) AND m.due_at <= :now
ORDER BY sent_at, m.delivery_id FOR UPDATE OF m
""")
_CLOSE = text("""
UPDATE delivery_messages SET message_id = :message_id, due_at = NULL
WHERE delivery_id = :delivery_id
""")
# Replies and reactions name the message as the outlet does.
_NOTE_OUTSIDE_ID = text("""
INSERT INTO heard_messages (tenant_id, device_id, external_id, conversation_id, message_id)
VALUES (:tenant_id, :device_id, :external_id, :conversation_id, :message_id)
ON CONFLICT (device_id, external_id) DO NOTHING
""")


async def note_steps(work: Work, delivery_ids: Iterable[UUID], now: datetime) -> None:
    """Have deliveries that took a step shown, where their recipient has a conversation.

    Those that never went out are left out.
    """
    ids = list(delivery_ids)
    if ids:
        driver = await work.driver()
        await driver.execute(_NOTE, ids, now)


async def show_earlier(
    work: UnitOfWork, conversation: Conversation, thread: DeviceThread, now: datetime
) -> None:
    """Show what a device lately sent to a contact with whom the locked conversation begins."""
    connection = await work.session.connection()
    noted = await connection.execute(
        _NOTE_EARLIER,
        {
            "tenant_id": work.tenant_id,
            "device_id": thread.device_id,
            "contact_id": thread.contact_id,
            "conversation_id": thread.conversation_id,
            "since": now - EARLIER,
            "most": MOST_EARLIER,
            "now": now,
        },
    )
    await _see_to(work, conversation, [row.delivery_id for row in noted], now)


async def show_due(
    database: Database, bell: Bell, tenant_id: UUID, now: datetime, limit: int
) -> int:
    """See to up to `limit` noted deliveries, those of one conversation in one transaction."""
    async with database.connection(tenant_id) as connection:
        due = await connection.fetch(_DUE, tenant_id, now, limit)
    earliest = min((row["sent_at"] for row in due), default=now)
    if (earliest.year, earliest.month) < (now.year, now.month):
        await database.across_tenants("parley_ensure_message_partitions", earliest, now)
    by_conversation: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in due:
        by_conversation[row["conversation_id"]].append(row["delivery_id"])
    for conversation_id, ids in by_conversation.items():
        async with unit_of_work(database, bell, tenant_id) as work:
            conversation = await lock_conversation(work, conversation_id)
            if conversation is not None:
                await _see_to(work, conversation, ids, now)
    return len(due)


async def _see_to(
    work: UnitOfWork, conversation: Conversation, ids: Sequence[UUID], now: datetime
) -> None:
    """Post what was not, and tell of the others that they changed, as far as they are due."""
    connection = await work.session.connection()
    for row in (await connection.execute(_TAKE, {"ids": ids, "now": now})).all():
        message_id = row.message_id
        if message_id is None:
            message_id = await _post(work, conversation, row)
        else:
            work.record(conversation, EventKind.MESSAGE_EDITED, message_id=message_id)
        values = {"message_id": message_id, "delivery_id": row.delivery_id}
        await connection.execute(_CLOSE, values)
        await _note_outside_id(work, conversation, row, message_id)


async def _post(work: UnitOfWork, conversation: Conversation, row: Row[Any]) -> UUID:
    contents = Contents.of(row.content)
    return await post_delivery(
        work,
        conversation,
        await _writer(work, conversation, row.created_by_id),
        row.body,
        contents,
        sent_at=row.sent_at,
        file=await file_of(work, contents),
    )


async def _writer(
    work: UnitOfWork, conversation: Conversation, user_id: UUID
) -> Participant | None:
    """The user's participant; None for one who takes no part in a private conversation."""
    statement = select(Participant).where(
        Participant.conversation_id == conversation.id, Participant.user_id == user_id
    )
    participant = (await work.session.exec(statement)).one_or_none()
    if participant is not None or conversation.visibility == Visibility.PRIVATE:
        return participant
    user = await work.session.get(User, user_id)
    return await join(work, conversation, user_id=user_id, name=user.name) if user else None


async def _note_outside_id(
    work: UnitOfWork, conversation: Conversation, row: Row[Any], message_id: UUID
) -> None:
    """Let answers and reactions find the message: they name it by the outlet's id."""
    if row.external_id is None:
        return
    connection = await work.session.connection()
    await connection.execute(
        _NOTE_OUTSIDE_ID,
        {
            "tenant_id": work.tenant_id,
            "device_id": row.device_id,
            "external_id": row.external_id,
            "conversation_id": conversation.id,
            "message_id": message_id,
        },
    )
