"""How a message enters a conversation: by a user, by a gateway or by a schedule."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value

from models.base import now
from models.conversations import Conversation, Participant, ReadPosition
from models.encryption import Body
from models.events import EventKind
from models.ids import time_of
from models.messages import ClientMessage, MessageKind
from realtime.post_statement import event_of, posting, values_of
from realtime.unit_of_work import UnitOfWork


async def lock_conversation(work: UnitOfWork, conversation_id: UUID) -> Conversation | None:
    """The conversation, its row locked until the commit: its events are counted in this order."""
    return await work.session.get(
        Conversation, conversation_id, with_for_update=True, populate_existing=True
    )


async def post_message(
    work: UnitOfWork,
    conversation: Conversation,
    sender: Participant | None,
    body: Body,
    *,
    kind: MessageKind = MessageKind.TEXT,
    reply_to_id: UUID | None = None,
    client_message_id: str | None = None,
    sent_at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
    attended: bool = True,
) -> UUID:
    """Add a message to a locked conversation, count it and record MESSAGE_ADDED; gives its id.

    An encrypted body makes it ENCRYPTED, whatever `kind` says.
    A `client_message_id` that this sender has used here before gives the first message again.
    `attended`: the sender is there and has read the conversation, as is not so of a schedule's.
    """
    if client_message_id is not None and sender is not None:
        earlier = await _posted_before(work, conversation, sender, client_message_id)
        if earlier is not None:
            return earlier
    moment = now()
    values = values_of(
        work.tenant_id,
        conversation.id,
        body,
        kind=kind,
        sent_at=sent_at or moment,
        recorded_at=moment,
        sender_id=sender.id if sender else None,
        reader_id=sender.user_id if attended and sender else None,
        reply_to_id=reply_to_id,
        client_message_id=client_message_id,
        details=details,
    )
    # What the session still holds comes before it: perhaps the sender, and earlier events.
    await work.session.flush()
    connection = await work.session.connection()
    posted = (await connection.execute(posting(), values)).one()
    work.kept.append(event_of(values, posted.id, posted.seq))
    _count(conversation, posted.id, posted.seq)
    return cast(UUID, posted.id)


async def join(
    work: UnitOfWork,
    conversation: Conversation,
    *,
    user_id: UUID | None,
    name: str,
    archive_name: str | None = None,
) -> Participant:
    """Add a participant to a locked conversation and record PARTICIPANT_JOINED."""
    participant = Participant(
        tenant_id=work.tenant_id,
        conversation_id=conversation.id,
        user_id=user_id,
        name=name,
        archive_name=archive_name,
    )
    work.session.add(participant)
    work.record(conversation, EventKind.PARTICIPANT_JOINED, participant_id=participant.id)
    return participant


async def read_position(
    work: UnitOfWork, conversation: Conversation, user_id: UUID
) -> ReadPosition:
    """How far a user has read a locked conversation; made, at its beginning, if need be."""
    position = await work.session.get(ReadPosition, (conversation.id, user_id))
    if position is None:
        position = ReadPosition(
            tenant_id=work.tenant_id,
            conversation_id=conversation.id,
            user_id=user_id,
            live_count=0,
            seq=0,
        )
        work.session.add(position)
    return position


async def _posted_before(
    work: UnitOfWork, conversation: Conversation, sender: Participant, client_message_id: str
) -> UUID | None:
    key = (conversation.id, sender.id, client_message_id)
    known = await work.session.get(ClientMessage, key)
    return None if known is None else known.message_id


def _count(conversation: Conversation, message_id: UUID, seq: int) -> None:
    """Have the session know what the statement wrote to the conversation's row."""
    written: dict[str, Any] = {
        "last_seq": seq,
        "message_count": conversation.message_count + 1,
        "live_count": conversation.live_count + 1,
    }
    last, sent_at = conversation.last_message_id, time_of(message_id)
    if last is None or time_of(last) <= sent_at:
        written |= {"last_message_id": message_id, "last_activity_at": sent_at}
    for column, value in written.items():
        set_committed_value(conversation, column, value)
