"""Sending messages."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import UniqueViolationError

from models.base import now
from models.database import Row
from models.encryption import Body
from models.messages import MessageKind
from models.tenants import Role
from realtime.post_statement import values_of
from realtime.posting import post_message
from realtime.unit_of_work import unit_of_work
from resolvers.context import Context
from resolvers.conversations import open_conversation, taking_part
from resolvers.encryption import GivenBody
from resolvers.limits import text_within
from resolvers.messages import find_message, message_in


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What a client gives to send a message. `client_message_id` makes sending it idempotent."""

    conversation_id: UUID
    body: GivenBody
    reply_to_id: UUID | None = None
    client_message_id: str | None = None


async def send_message(context: Context, new: NewMessage) -> Row:
    """Send a message as the viewer, who joins the conversation by it if need be."""
    limits = context.services.limits
    context.viewer.require(Role.AGENT)
    body = new.body.checked(limits)
    if new.client_message_id is not None:
        text_within(new.client_message_id, limits.key, "clientMessageId")
    return (
        await _send_at_once(context, new, body)
        or await _send_at_once(context, new, body, is_patient=True)
        or await _send(context, new, body)
    )


async def _send_at_once(
    context: Context, new: NewMessage, body: Body, *, is_patient: bool = False
) -> Row | None:
    """What nearly all messages take: one statement, which waits for others if it is patient.

    None, and nothing done, where it was not and others write to the conversation, and where a
    closer look is needed: the viewer takes no part, what is answered is not here, or the client's
    key was used before.
    """
    viewer, moment = context.viewer, now()
    values = values_of(
        viewer.tenant_id,
        new.conversation_id,
        body,
        kind=MessageKind.TEXT,
        sent_at=moment,
        recorded_at=moment,
        reader_id=viewer.user_id,
        reply_to_id=new.reply_to_id,
        client_message_id=new.client_message_id,
        is_patient=is_patient,
    )
    try:
        return await context.services.posts.post(values)
    except UniqueViolationError:
        # The same client's key was used at the same moment.
        return None


async def _send(context: Context, new: NewMessage, body: Body) -> Row:
    """Send it step by step: whatever is in the way is found, and said."""
    viewer, services = context.viewer, context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, new.conversation_id)
        if new.reply_to_id is not None:
            await message_in(work, conversation, new.reply_to_id, "replyToId")
        sender = await taking_part(work, viewer, conversation)
        message_id = await post_message(
            work,
            conversation,
            sender,
            body,
            reply_to_id=new.reply_to_id,
            client_message_id=new.client_message_id,
        )
    return await find_message(context, message_id)
