"""The conversation between a device and whoever is at an address: found, or made when it begins."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from models.conversations import Conversation, ConversationKind, Participant
from models.hearing import DeviceThread
from realtime.posting import join
from realtime.unit_of_work import UnitOfWork

MAX_NAME = 200

# Held until the commit: two messages from a new address begin one conversation.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:device || :address, 0))")


async def thread_of(
    work: UnitOfWork, device_id: UUID, address: str, name: str, contact_id: UUID | None = None
) -> DeviceThread:
    """The thread with an address. A contact's other addresses lead to the same conversation.

    `name` is what the conversation, and who writes from the address, is called when it is made.
    """
    known = await work.session.get(DeviceThread, (device_id, address))
    if known is not None:
        return known
    connection = await work.session.connection()
    await connection.execute(_LOCK, {"device": str(device_id), "address": address})
    known = await work.session.get(DeviceThread, (device_id, address))
    if known is not None:
        return known
    place = await _other_thread(work, device_id, contact_id) or await _begin(work, name)
    thread = DeviceThread(
        tenant_id=work.tenant_id,
        device_id=device_id,
        address=address,
        conversation_id=place.conversation_id,
        participant_id=place.id if isinstance(place, Participant) else place.participant_id,
        contact_id=contact_id,
    )
    work.session.add(thread)
    await work.session.flush()
    return thread


async def _other_thread(
    work: UnitOfWork, device_id: UUID, contact_id: UUID | None
) -> DeviceThread | None:
    if contact_id is None:
        return None
    statement = select(DeviceThread).where(
        DeviceThread.device_id == device_id, col(DeviceThread.contact_id) == contact_id
    )
    return (await work.session.exec(statement.limit(1))).one_or_none()


async def _begin(work: UnitOfWork, name: str) -> Participant:
    """A new conversation, with who is at the address in it."""
    conversation = Conversation(
        tenant_id=work.tenant_id, title=name[:MAX_NAME], kind=ConversationKind.DIRECT
    )
    work.session.add(conversation)
    await work.session.flush()
    # By the same name an archive of the chat may show them, should one be imported.
    called = name[:MAX_NAME]
    return await join(work, conversation, user_id=None, name=called, archive_name=called)
