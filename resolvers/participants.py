"""Who takes part in a conversation: added, leaving, removed."""

from uuid import UUID

from sqlmodel import col, select

from models.conversations import Conversation, Participant
from models.database import Row
from models.events import EventKind
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.conversations import (
    admitted,
    find_conversation,
    find_participant,
    open_conversation,
)
from resolvers.errors import Code, UserError, not_found

MAX_ADDED = 100


async def add_participants(
    context: Context, conversation_id: UUID, user_ids: tuple[UUID, ...]
) -> Row:
    """Add users of the tenant to a conversation that the viewer may see; gives the conversation.

    Who takes part already goes on, and who has left is there again.
    """
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    if len(user_ids) > MAX_ADDED:
        message = f"At most {MAX_ADDED} users are added at once."
        raise UserError(Code.TOO_LONG, message, "userIds")
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        for user_id in user_ids:
            await admitted(work, conversation, user_id)
    return await find_conversation(context, conversation_id)


async def leave_conversation(context: Context, conversation_id: UUID) -> None:
    """End the viewer's part in a conversation. Raises NOT_FOUND when they take none."""
    viewer, services = context.viewer, context.services
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        own = select(Participant).where(
            col(Participant.conversation_id) == conversation_id,
            col(Participant.user_id) == viewer.user_id,
            col(Participant.left_at).is_(None),
        )
        participant = (await work.session.exec(own)).one_or_none()
        if participant is None:
            message = "You do not take part in this conversation."
            raise UserError(Code.NOT_FOUND, message, "conversationId")
        _end(context, work, conversation, participant)


async def remove_participant(context: Context, participant_id: UUID) -> Row:
    """End somebody's part in a conversation, as an administrator who sees it."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.ADMIN)
    found = await find_participant(context, participant_id)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, found.conversation_id)
        participant = await work.session.get(Participant, participant_id)
        if participant is None:
            raise not_found("participant")
        if participant.left_at is None:
            _end(context, work, conversation, participant)
    context.loaders.participant.clear(participant_id)
    row = await context.loaders.participant.load(participant_id)
    assert row is not None, "participants are never deleted"
    return row


def _end(
    context: Context, work: UnitOfWork, conversation: Conversation, participant: Participant
) -> None:
    """From the commit on they see no more of a private conversation; the event ends their feeds."""
    participant.left_at = context.services.clock()
    work.record(
        conversation,
        EventKind.PARTICIPANT_LEFT,
        participant_id=participant.id,
        user_id=participant.user_id,
    )
