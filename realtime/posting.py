"""How a message enters a conversation: by a user, by a gateway or by a schedule."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from models.base import now
from models.conversations import Conversation, Participant, ReadPosition
from models.encryption import Body, EncryptedBody
from models.events import EventKind
from models.ids import id_at, time_of, to_milliseconds
from models.messages import ClientMessage, Message, MessageKind
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
    attended: bool = True,
) -> Message:
    """Add a message to a locked conversation, count it and record MESSAGE_ADDED.

    An encrypted body makes it ENCRYPTED, whatever `kind` says.
    A `client_message_id` that this sender has used here before gives the first message again.
    `attended`: the sender is there and has read the conversation, as is not so of a schedule's.
    """
    if client_message_id is not None and sender is not None:
        earlier = await _posted_before(work, conversation, sender, client_message_id)
        if earlier is not None:
            return earlier
    moment = to_milliseconds(sent_at or now())
    message = Message(
        id=id_at(moment, conversation.last_seq + 1),
        tenant_id=work.tenant_id,
        conversation_id=conversation.id,
        sender_id=sender.id if sender else None,
        sent_at=moment,
        seq=conversation.last_seq + 1,
        kind=MessageKind.ENCRYPTED if isinstance(body, EncryptedBody) else kind,
        reply_to_id=reply_to_id,
    )
    message.hold(body)
    work.session.add(message)
    conversation.message_count += 1
    conversation.live_count += 1
    if conversation.last_message_id is None or time_of(conversation.last_message_id) <= moment:
        conversation.last_message_id = message.id
        conversation.last_activity_at = moment
    work.record(conversation, EventKind.MESSAGE_ADDED, message_id=message.id)
    if sender is not None and client_message_id is not None:
        _remember(work, conversation, sender, client_message_id, message)
    if attended and sender is not None and sender.user_id is not None:
        position = (conversation.live_count, conversation.last_seq)
        await mark_read(work, conversation, sender.user_id, *position)
    return message


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


async def mark_read(
    work: UnitOfWork, conversation: Conversation, user_id: UUID, live_count: int, seq: int
) -> bool:
    """Move a user's read position forward to the `live_count` that there is at an event's `seq`.

    False when it was there already.
    """
    position = await read_position(work, conversation, user_id)
    if position.live_count >= live_count:
        return False
    position.live_count = live_count
    position.seq = seq
    position.read_at = now()
    return True


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
) -> Message | None:
    key = (conversation.id, sender.id, client_message_id)
    known = await work.session.get(ClientMessage, key)
    if known is None:
        return None
    found = await work.session.exec(select(Message).where(Message.id == known.message_id))
    return found.one()


def _remember(
    work: UnitOfWork,
    conversation: Conversation,
    sender: Participant,
    client_message_id: str,
    message: Message,
) -> None:
    work.session.add(
        ClientMessage(
            tenant_id=work.tenant_id,
            conversation_id=conversation.id,
            sender_id=sender.id,
            client_message_id=client_message_id,
            message_id=message.id,
        )
    )
