"""Receipts: how far a conversation has come to each user, and how far each has read."""

from uuid import UUID

from models.conversations import Conversation
from models.database import Row
from models.events import EventKind
from models.receipts import Receipt
from realtime.posting import mark_read
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.conversations import (
    find_conversation,
    live_messages_after,
    open_conversation,
    seq_of_message,
)


async def mark_conversation_delivered(
    context: Context, conversation_id: UUID, message_id: UUID | None
) -> Row:
    """Say that a conversation has come to the viewer's device, up to a message or the newest."""
    viewer, services = context.viewer, context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        seq = await _seq_at(work, conversation, message_id)
        receipt = await _receipt(work, context, conversation)
        if receipt.delivered_seq < seq:
            receipt.delivered_seq = seq
            receipt.changed_at = services.clock()
            work.record(conversation, EventKind.RECEIPT_DELIVERED, user_id=viewer.user_id, seq=seq)
    return await find_conversation(context, conversation_id)


async def mark_conversation_read(
    context: Context, conversation_id: UUID, message_id: UUID | None
) -> Row:
    """Move the viewer's read position to a message, or to the newest; it never moves back."""
    viewer, services = context.viewer, context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        seq, count = await _seq_at(work, conversation, message_id), conversation.live_count
        if message_id is not None:
            count -= await live_messages_after(work, conversation, seq)
        if await mark_read(work, conversation, viewer.user_id, count, seq):
            receipt = await _receipt(work, context, conversation)
            receipt.read_seq = max(receipt.read_seq, seq)
            receipt.delivered_seq = max(receipt.delivered_seq, seq)
            receipt.changed_at = services.clock()
            work.record(
                conversation,
                EventKind.RECEIPT_READ,
                user_id=viewer.user_id,
                live_count=count,
                seq=receipt.read_seq,
            )
    return await find_conversation(context, conversation_id)


async def _seq_at(work: UnitOfWork, conversation: Conversation, message_id: UUID | None) -> int:
    """The `seq` of a message of a locked conversation, or its newest. Raises NOT_FOUND."""
    if message_id is None:
        return conversation.last_seq
    return await seq_of_message(work, conversation, message_id)


async def _receipt(work: UnitOfWork, context: Context, conversation: Conversation) -> Receipt:
    """The viewer's receipt in a locked conversation; made if need be."""
    viewer = context.viewer
    receipt = await work.session.get(Receipt, (conversation.id, viewer.user_id))
    if receipt is None:
        receipt = Receipt(
            tenant_id=viewer.tenant_id,
            conversation_id=conversation.id,
            user_id=viewer.user_id,
            changed_at=context.services.clock(),
        )
        work.session.add(receipt)
    return receipt
