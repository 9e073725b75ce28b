"""A delivery becomes a message of a conversation: its text, its file and what it answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from gateways.contents import Contents
from models.conversations import Conversation, Participant
from models.ids import time_of
from models.messages import Attachment, Message, MessageKind
from realtime.posting import post_message
from realtime.unit_of_work import UnitOfWork

# The same content with another message.
_COPIED = ("tenant_id", "kind", "file_name", "media_type", "size", "sha256", "width", "height")


async def file_of(work: UnitOfWork, contents: Contents) -> Attachment | None:
    """The file that a delivery carries; None when it carries none, or it is gone."""
    if contents.attachment_id is None:
        return None
    return await work.session.get(Attachment, contents.attachment_id)


async def post_delivery(
    work: UnitOfWork,
    conversation: Conversation,
    sender: Participant | None,
    body: str,
    contents: Contents,
    *,
    sent_at: datetime,
    file: Attachment | None = None,
    client_message_id: str | None = None,
) -> UUID:
    """Post a delivery into a locked conversation, its file with it; the message's id.

    Nobody reads along while a schedule speaks. A message of another conversation, or one that is
    gone, is not answered. A `client_message_id` that was used before posts nothing again.
    """
    message_id = await post_message(
        work,
        conversation,
        sender,
        body,
        kind=file.kind if file else MessageKind.TEXT,
        reply_to_id=await _answered(work, conversation, contents.reply_to_id),
        client_message_id=client_message_id,
        sent_at=sent_at,
        attended=False,
    )
    if file is not None and not await _has_file(work, message_id):
        work.session.add(_copied(file, conversation, message_id))
    return message_id


async def _answered(
    work: UnitOfWork, conversation: Conversation, message_id: UUID | None
) -> UUID | None:
    """The message that is answered, if it is of this conversation."""
    if message_id is None:
        return None
    statement = select(Message.id).where(
        col(Message.id) == message_id,
        col(Message.sent_at) == time_of(message_id),
        col(Message.conversation_id) == conversation.id,
    )
    return (await work.session.exec(statement)).one_or_none()


async def _has_file(work: UnitOfWork, message_id: UUID) -> bool:
    """Whether the message was posted by an earlier attempt, which the lock has waited for."""
    statement = select(Attachment.id).where(col(Attachment.message_id) == message_id).limit(1)
    return (await work.session.exec(statement)).first() is not None


def _copied(file: Attachment, conversation: Conversation, message_id: UUID) -> Attachment:
    values: Mapping[str, Any] = {name: getattr(file, name) for name in _COPIED}
    return Attachment(**values, conversation_id=conversation.id, message_id=message_id)
