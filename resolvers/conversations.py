"""Conversations: finding, making and reading them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from models.conversations import Conversation, ConversationKind, Participant, Visibility
from models.database import Row
from models.events import EventKind
from models.ids import new_id, time_of
from models.tables import conversations, messages, participants, users
from models.tenants import Role
from realtime.posting import join, lock_conversation
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.scope import is_one_of, visible_conversations

c = conversations.c
m = messages.c
MAX_PARTICIPANTS = 1_000


@dataclass(frozen=True, slots=True)
class NewConversation:
    """What a client gives to make a conversation; the viewer always takes part in it."""

    title: str
    kind: ConversationKind = ConversationKind.GROUP
    visibility: Visibility = Visibility.TENANT
    user_ids: tuple[UUID, ...] = ()


async def find_conversation(context: Context, conversation_id: UUID) -> Row:
    """The conversation. Raises NOT_FOUND when there is none that the viewer may see."""
    row = await context.loaders.conversation.load(conversation_id)
    if row is None:
        raise not_found("conversation")
    return row


async def find_participant(context: Context, participant_id: UUID) -> Row:
    """The participant of a conversation that the viewer may see. Raises NOT_FOUND."""
    row = await context.loaders.participant.load(participant_id)
    if row is None or await context.loaders.conversation.load(row.conversation_id) is None:
        raise not_found("participant")
    return row


async def unread_count(context: Context, conversation: Row) -> int:
    """How many live messages came since the viewer last read; imported ones never count."""
    read = await context.loaders.read_count.load(conversation.id)
    return max(0, int(conversation.live_count) - read)


async def create_conversation(context: Context, new: NewConversation) -> Row:
    """Make a conversation of the viewer and other users of the tenant."""
    viewer = context.viewer
    viewer.require(Role.AGENT)
    title = text_within(new.title, context.services.limits.title, "title")
    if len(new.user_ids) > MAX_PARTICIPANTS:
        message = f"A conversation begins with at most {MAX_PARTICIPANTS} users."
        raise UserError(Code.TOO_LONG, message, "userIds")
    services = context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        names = await _names_of(work, [viewer.user_id, *new.user_ids])
        conversation = Conversation(
            id=new_id(),
            tenant_id=viewer.tenant_id,
            title=title,
            kind=new.kind,
            visibility=new.visibility,
        )
        work.session.add(conversation)
        await work.session.flush()
        work.record(conversation, EventKind.CONVERSATION_CHANGED)
        for user_id, name in names.items():
            await join(work, conversation, user_id=user_id, name=name)
    return await find_conversation(context, conversation.id)


async def rename_conversation(context: Context, conversation_id: UUID, title: str) -> Row:
    """Give a conversation that the viewer may see another title."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    title = text_within(title, services.limits.title, "title")
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        if conversation.title != title:
            conversation.title = title
            work.record(conversation, EventKind.CONVERSATION_CHANGED)
    return await find_conversation(context, conversation_id)


async def open_conversation(
    work: UnitOfWork, viewer: Viewer, conversation_id: UUID
) -> Conversation:
    """The conversation locked for a change. Raises NOT_FOUND unless the viewer may see it."""
    seen = select(c.id).where(
        c.id == conversation_id, visible_conversations(viewer.tenant_id, viewer.user_id)
    )
    connection = await work.session.connection()
    found = (await connection.execute(seen)).first()
    conversation = await lock_conversation(work, conversation_id) if found else None
    if conversation is None:
        raise UserError(Code.NOT_FOUND, "There is no such conversation.", "conversationId")
    return conversation


async def taking_part(work: UnitOfWork, viewer: Viewer, conversation: Conversation) -> Participant:
    """The viewer's participant in a locked conversation; made at the first word."""
    return await admitted(work, conversation, viewer.user_id)


async def admitted(work: UnitOfWork, conversation: Conversation, user_id: UUID) -> Participant:
    """A user's participant in a locked conversation; made, or there again, if need be.

    Raises NOT_FOUND unless they are a user of the tenant.
    """
    p = participants.c
    connection = await work.session.connection()
    known = await connection.scalar(
        select(p.id).where(p.conversation_id == conversation.id, p.user_id == user_id)
    )
    if known is None:
        names = await _names_of(work, [user_id])
        return await join(work, conversation, user_id=user_id, name=names[user_id])
    participant = await work.session.get(Participant, known)
    assert participant is not None, "read in this transaction"
    if participant.left_at is not None:
        participant.left_at = None
        work.record(conversation, EventKind.PARTICIPANT_JOINED, participant_id=participant.id)
    return participant


async def _names_of(work: UnitOfWork, user_ids: list[UUID]) -> dict[UUID, str]:
    """The names of users of the tenant, each once. Raises NOT_FOUND for any other id."""
    u = users.c
    connection = await work.session.connection()
    rows = await connection.execute(
        select(u.id, u.name).where(
            u.tenant_id == work.tenant_id, u.removed_at.is_(None), is_one_of(u.id, user_ids)
        )
    )
    names = {row.id: row.name for row in rows}
    if any(user_id not in names for user_id in user_ids):
        raise UserError(Code.NOT_FOUND, "There is no such user in this tenant.", "userIds")
    return names


async def seq_of_message(work: UnitOfWork, conversation: Conversation, message_id: UUID) -> int:
    """The `seq` of a message of this conversation. Raises NOT_FOUND for any other."""
    connection = await work.session.connection()
    seq: int | None = await connection.scalar(
        select(m.seq).where(
            m.id == message_id,
            m.sent_at == time_of(message_id),
            m.conversation_id == conversation.id,
        )
    )
    if seq is None:
        raise UserError(Code.NOT_FOUND, "There is no such message here.", "messageId")
    return seq


async def live_messages_after(work: UnitOfWork, conversation: Conversation, seq: int) -> int:
    """How many live messages were added to a conversation after an event of it."""
    connection = await work.session.connection()
    count = await connection.scalar(
        select(func.count()).where(
            m.conversation_id == conversation.id, m.seq > seq, m.import_id.is_(None)
        )
    )
    return int(count or 0)
