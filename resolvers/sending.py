"""Sending messages."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import UniqueViolationError
from sqlalchemy import ClauseElement, Uuid, and_, bindparam, or_, select

from models.database import Row
from models.encryption import Body
from models.statements import prepared
from models.tables import conversations
from models.tenants import Role
from realtime.post_statement import Unlocked, event_of, post_at_once
from realtime.posting import post_as_user, post_message, values_of_user
from realtime.unit_of_work import change_at_once, quick_work, unit_of_work
from resolvers.context import Context
from resolvers.conversations import open_conversation, taking_part
from resolvers.encryption import GivenBody
from resolvers.limits import text_within
from resolvers.messages import find_message, message_in
from resolvers.paging import Selection
from resolvers.parameters import CONVERSATION_ID
from resolvers.scope import TENANT_ID, USER_ID, visible_conversations

c = conversations.c
ID = bindparam("id", type_=Uuid())


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
        or await _send_in_turn(context, new, body)
        or await _send(context, new, body)
    )


async def _send_at_once(context: Context, new: NewMessage, body: Body) -> Row | None:
    """What nearly all messages take: one statement, which waits for nobody. None, and nothing
    done, for the others."""
    viewer, services = context.viewer, context.services
    values = values_of_user(
        viewer.tenant_id,
        Unlocked(new.conversation_id),
        body,
        viewer.user_id,
        reply_to_id=new.reply_to_id,
        client_message_id=new.client_message_id,
    )
    try:
        return await change_at_once(
            services.database,
            services.bell,
            viewer.tenant_id,
            prepared(_posting),
            {**values, TENANT_ID.key: viewer.tenant_id, USER_ID.key: viewer.user_id},
            event_of=lambda row: event_of({**values, "seq": row.seq}),
        )
    except UniqueViolationError:
        # The same client's key was used at the same moment.
        return None


async def _send_in_turn(context: Context, new: NewMessage, body: Body) -> Row | None:
    """The same where others write to the conversation: two statements, the first waits for them."""
    viewer, services = context.viewer, context.services
    async with quick_work(services.database, services.bell, viewer.tenant_id) as work:
        places = await work.rows(
            _locked,
            conversation_id=new.conversation_id,
            reader_tenant_id=viewer.tenant_id,
            reader_user_id=viewer.user_id,
        )
        if not places:
            return None
        return await post_as_user(
            work,
            places[0],
            body,
            viewer.user_id,
            reply_to_id=new.reply_to_id,
            client_message_id=new.client_message_id,
        )


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


def _locked(*, skip: bool = False) -> Selection:
    """A conversation that the viewer may see, its row locked; `skip`: or none, if others have."""
    seen = visible_conversations(TENANT_ID, USER_ID)
    statement = select(c.id, c.last_seq, c.live_count).where(c.id == CONVERSATION_ID, seen)
    return statement.with_for_update(of=conversations, skip_locked=skip)


def _posting() -> ClauseElement:
    """The whole of it in one statement, where nobody else writes to the conversation.

    What a statement reads beside the row that it locks is older than the lock. So it goes on only
    if nothing has happened in the conversation between the two, and if the new message follows
    the last one.
    """
    locked = _locked(skip=True).where(or_(c.last_message_id.is_(None), c.last_message_id < ID))
    now, before = locked.cte("locked"), conversations.alias("before")
    unchanged = and_(before.c.id == now.c.id, before.c.last_seq == now.c.last_seq)
    place = select(
        now.c.id, (now.c.last_seq + 1).label("seq"), (now.c.live_count + 1).label("live_count")
    )
    return post_at_once(place.join(before, unchanged))
