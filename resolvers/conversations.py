"""Conversations: finding, making and reading them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.conversations import Conversation, ConversationKind, Participant, Visibility
from models.database import Row
from models.events import EventKind
from models.ids import new_id, time_of
from models.tables import conversations, messages, participants, read_positions, users
from models.tenants import Role
from realtime.posting import join, lock_conversation, mark_read
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.loaders.conversations import BY_ACTIVITY, COLUMNS
from resolvers.paging import Page, PageRequest
from resolvers.scope import is_one_of, visible_conversations

c = conversations.c
MAX_PARTICIPANTS = 1_000


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """What conversations must be like: each given condition holds."""

    kind: ConversationKind | None = None
    title_contains: str | None = None
    participant_user_id: UUID | None = None
    unread: bool | None = None

    def conditions(self, viewer: Viewer) -> list[ColumnElement[bool]]:
        """The filter as conditions on `conversations`."""
        found: list[ColumnElement[bool]] = []
        if self.kind is not None:
            found.append(c.kind == self.kind.value)
        if self.title_contains is not None:
            found.append(c.title.icontains(self.title_contains, autoescape=True))
        if self.participant_user_id is not None:
            p = participants.c
            theirs = select(p.conversation_id).where(p.user_id == self.participant_user_id)
            found.append(c.id.in_(theirs))
        if self.unread is not None:
            r = read_positions.c
            read = (
                select(r.live_count)
                .where(r.conversation_id == c.id, r.user_id == viewer.user_id)
                .scalar_subquery()
            )
            unread = c.live_count > func.coalesce(read, 0)
            found.append(unread if self.unread else ~unread)
        return found


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


async def list_conversations(
    context: Context, request: PageRequest, wanted: ConversationFilter
) -> Page:
    """A page of the viewer's conversations, the most recently active first."""
    viewer = context.viewer
    statement = select(*COLUMNS).where(
        visible_conversations(viewer.tenant_id, viewer.user_id), *wanted.conditions(viewer)
    )
    rows = await context.read.all(BY_ACTIVITY.select(statement, request))
    return BY_ACTIVITY.page(rows, request)


async def count_conversations(context: Context, wanted: ConversationFilter) -> int:
    """How many conversations the list has on all its pages."""
    viewer = context.viewer
    statement = select(func.count()).where(
        visible_conversations(viewer.tenant_id, viewer.user_id), *wanted.conditions(viewer)
    )
    count: int = await context.read.value(statement.select_from(conversations))
    return count


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


async def mark_conversation_read(
    context: Context, conversation_id: UUID, message_id: UUID | None
) -> Row:
    """Move the viewer's read position to a message, or to the newest; it never moves back."""
    viewer, services = context.viewer, context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        count = conversation.live_count
        if message_id is not None:
            count -= await _live_messages_after(work, conversation, message_id)
        if await mark_read(work, conversation, viewer.user_id, count):
            work.record(
                conversation, EventKind.RECEIPT_READ, user_id=viewer.user_id, live_count=count
            )
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


async def _live_messages_after(
    work: UnitOfWork, conversation: Conversation, message_id: UUID
) -> int:
    """How many live messages were added after a message of this conversation."""
    m = messages.c
    connection = await work.session.connection()
    seq = await connection.scalar(
        select(m.seq).where(
            m.id == message_id,
            m.sent_at == time_of(message_id),
            m.conversation_id == conversation.id,
        )
    )
    if seq is None:
        raise UserError(Code.NOT_FOUND, "There is no such message here.", "messageId")
    count = await connection.scalar(
        select(func.count()).where(
            m.conversation_id == conversation.id, m.seq > seq, m.import_id.is_(None)
        )
    )
    return int(count or 0)
