"""What a user makes of conversations: unread again, pinned, archived, muted; and what is unread."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel import select as select_rows

from models.conversations import Conversation
from models.database import Row
from models.events import EventKind
from models.reading import ConversationSettings
from models.tables import conversations
from realtime.posting import read_position
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.conversation_lists import Archived, ConversationFilter, read_count
from resolvers.conversations import (
    find_conversation,
    live_messages_after,
    open_conversation,
    seq_of_message,
)
from resolvers.errors import Code, UserError
from resolvers.scope import visible_conversations

c = conversations.c


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What is to become of a conversation for the viewer; None leaves a thing as it is.

    With `muted_until` it is muted until then, else for good.
    """

    pinned: bool | None = None
    archived: bool | None = None
    muted: bool | None = None
    muted_until: datetime | None = None


async def mark_unread(context: Context, conversation_id: UUID, message_id: UUID | None) -> Row:
    """Move the viewer's read position back to before a message, or before the newest one.

    Nobody else is told. Raises NOT_FOUND where nothing would become unread.
    """
    viewer, services = context.viewer, context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        if message_id is None:
            message_id = conversation.last_message_id
        seq = 0
        if message_id is not None:
            seq = await seq_of_message(work, conversation, message_id)
        unread = await live_messages_after(work, conversation, seq - 1)
        if not unread:
            message = "No message from there on was sent here; imported ones are never unread."
            raise UserError(Code.NOT_FOUND, message, "messageId")
        position = await read_position(work, conversation, viewer.user_id)
        count = conversation.live_count - unread
        if count < position.live_count:
            position.live_count, position.seq = count, seq - 1
            _tell(work, conversation, viewer)
    return await find_conversation(context, conversation_id)


async def update_settings(context: Context, conversation_id: UUID, change: SettingsChange) -> Row:
    """Pin, archive or mute a conversation for the viewer, or undo that.

    What is archived is pinned no more, and what is pinned is not archived. Raises TOO_MANY for
    more pinned ones than there may be, and PAST_TIME.
    """
    viewer, services = context.viewer, context.services
    now = services.clock()
    _check(change, now)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        settings = await _settings(work, viewer, conversation)
        before = settings.model_dump()
        if change.pinned and settings.pinned_at is None:
            await _make_room(work, viewer, services.limits.pins)
        _apply(settings, change, now)
        if settings.model_dump() != before:
            _tell(work, conversation, viewer)
    return await find_conversation(context, conversation_id)


async def first_unread(context: Context, conversation_id: UUID) -> Row | None:
    """The first message that counts as unread; None when none does."""
    return await context.loaders.first_unread.load(conversation_id)


async def unread_counts(context: Context) -> Row:
    """How many `conversations` have unread messages, and how many `messages` those are.

    Archived and muted conversations do not count.
    """
    viewer = context.viewer
    wanted = ConversationFilter(unread=True, archived=Archived.EXCLUDE, muted=False)
    unread = func.coalesce(func.sum(c.live_count - read_count(viewer.user_id)), 0)
    row = await context.read.first(
        select(func.count().label("conversations"), unread.label("messages"))
        .select_from(conversations)
        .where(
            visible_conversations(viewer.tenant_id, viewer.user_id),
            *wanted.conditions(viewer.user_id, context.services.clock()),
        )
    )
    assert row is not None, "an aggregate gives one row"
    return row


def _check(change: SettingsChange, now: datetime) -> None:
    if change.pinned and change.archived:
        message = "A conversation is pinned or archived, not both."
        raise UserError(Code.BAD_INPUT, message, "pinned")
    if change.muted_until is None:
        return
    if change.muted is False:
        raise UserError(Code.BAD_INPUT, "mutedUntil makes no sense unmuted.", "mutedUntil")
    if change.muted_until <= now:
        raise UserError(Code.PAST_TIME, "mutedUntil is in the past.", "mutedUntil")


def _apply(settings: ConversationSettings, change: SettingsChange, now: datetime) -> None:
    if change.pinned is not None:
        settings.pinned_at = (settings.pinned_at or now) if change.pinned else None
    if change.archived is not None:
        settings.archived_at = (settings.archived_at or now) if change.archived else None
    if change.pinned:
        settings.archived_at = None
    if change.archived:
        settings.pinned_at = None
    if change.muted is False:
        settings.muted_at = settings.muted_until = None
    elif change.muted or change.muted_until is not None:
        settings.muted_at = settings.muted_at or now
        settings.muted_until = change.muted_until


async def _settings(
    work: UnitOfWork, viewer: Viewer, conversation: Conversation
) -> ConversationSettings:
    settings = await work.session.get(ConversationSettings, (conversation.id, viewer.user_id))
    if settings is None:
        settings = ConversationSettings(
            tenant_id=viewer.tenant_id,
            conversation_id=conversation.id,
            user_id=viewer.user_id,
        )
        work.session.add(settings)
    return settings


async def _make_room(work: UnitOfWork, viewer: Viewer, most: int) -> None:
    pinned = select_rows(func.count()).where(
        col(ConversationSettings.user_id) == viewer.user_id,
        col(ConversationSettings.pinned_at).is_not(None),
    )
    if (await work.session.exec(pinned)).one() >= most:
        message = f"At most {most} conversations are pinned; unpin one first."
        raise UserError(Code.TOO_MANY, message, "pinned")


def _tell(work: UnitOfWork, conversation: Conversation, viewer: Viewer) -> None:
    """Let the viewer's other devices know, and nobody else."""
    work.record(conversation, EventKind.SETTINGS_CHANGED, user_id=viewer.user_id)
