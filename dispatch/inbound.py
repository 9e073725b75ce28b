"""Messages that people write to a device: each into the conversation with them, once."""

from contextlib import suppress
from datetime import datetime, timedelta
from mimetypes import guess_extension
from typing import TypeAlias
from uuid import UUID

from sqlmodel import col, select

from dispatch.ear import Ear
from dispatch.showing import show_earlier
from gateways.whatsapp_media import digest_of
from gateways.whatsapp_payloads import MediaKind
from gateways.whatsapp_reading import line_of
from gateways.whatsapp_records import (
    Edit,
    InboundMedia,
    InboundMessage,
    Person,
    Reaction,
    Revocation,
)
from models.audience import IdentityKind
from models.conversations import Conversation, Participant
from models.events import EventKind
from models.hearing import DeviceThread, HeardMessage, MediaFetch
from models.identities import BadIdentity, Identity, identity
from models.ids import time_of
from models.messages import Attachment, Message
from models.messages import Reaction as ReactionRow
from realtime.contacts import contact_of
from realtime.posting import lock_conversation, post_message
from realtime.threads import thread_of
from realtime.unit_of_work import UnitOfWork

# The outlet repeats for a week what nobody took: what claims to be older is taken as of then.
OLDEST = timedelta(days=8)
MAX_FILE_NAME = 255

About: TypeAlias = Reaction | Edit | Revocation


async def receive(ear: Ear, message: InboundMessage) -> bool:
    """Write a message into the conversation with its sender; False for one that is there."""
    identities = identities_of(message.sender)
    if not identities:
        return False
    at = min(max(message.sent_at, ear.now - OLDEST), ear.now)
    if (at.year, at.month) != (ear.now.year, ear.now.month):
        await ear.database.across_tenants("parley_ensure_message_partitions", at, ear.now)
    async with ear.work() as work:
        name = message.sender.name or message.sender.username
        contact = await contact_of(work, identities, name)
        address = identities[0].value
        thread = await thread_of(work, ear.device_id, address, contact.name, contact.id)
        conversation = await lock_conversation(work, thread.conversation_id)
        assert conversation is not None, "a thread goes with its conversation"
        if conversation.last_message_id is None:
            await show_earlier(work, conversation, thread, ear.now)
        if isinstance(message.content, Reaction | Edit | Revocation):
            return await _apply(work, thread, conversation, message.content, message.sent_at)
        if await _heard(work, ear.device_id, message.id) is not None:
            return False
        posted = await _post(work, thread, conversation, message, at)
        if isinstance(message.content, InboundMedia):
            await _expect(work, thread, posted, message.content, ear.now)
    return True


def identities_of(person: Person) -> list[Identity]:
    """What a person is known by, the phone number first; what is no identity is left out."""
    texts = {
        # Outlets leave the plus sign out, without which a number has no country.
        IdentityKind.PHONE: person.phone and f"+{person.phone.lstrip('+')}",
        IdentityKind.WHATSAPP_USER: person.user_id,
    }
    found: list[Identity] = []
    for kind, text in texts.items():
        with suppress(BadIdentity):
            found.append(identity(kind, text or ""))
    return found


async def _post(
    work: UnitOfWork,
    thread: DeviceThread,
    conversation: Conversation,
    message: InboundMessage,
    at: datetime,
) -> UUID:
    line = line_of(message.content)
    replied = message.reply_to and await _heard(work, thread.device_id, message.reply_to)
    posted = await post_message(
        work,
        conversation,
        await work.session.get(Participant, thread.participant_id),
        line.body,
        kind=line.kind,
        reply_to_id=replied.message_id if replied else None,
        sent_at=at,
        details=line.details,
    )
    work.session.add(
        HeardMessage(
            tenant_id=work.tenant_id,
            device_id=thread.device_id,
            external_id=message.id,
            conversation_id=conversation.id,
            message_id=posted,
        )
    )
    return posted


async def _expect(
    work: UnitOfWork, thread: DeviceThread, message_id: UUID, media: InboundMedia, now: datetime
) -> None:
    """Have the file of a message fetched; until then its attachment has no content."""
    media_type = (media.mime_type or "application/octet-stream").split(";")[0].strip()
    attachment = Attachment(
        tenant_id=work.tenant_id,
        conversation_id=thread.conversation_id,
        message_id=message_id,
        kind=line_of(media).kind,
        file_name=(media.filename or _file_name(media.kind, media_type))[:MAX_FILE_NAME],
        media_type=media_type,
    )
    work.session.add(attachment)
    await work.session.flush()
    work.session.add(
        MediaFetch(
            tenant_id=work.tenant_id,
            device_id=thread.device_id,
            conversation_id=thread.conversation_id,
            message_id=message_id,
            attachment_id=attachment.id,
            external_id=media.id,
            sha256=digest_of(media.sha256),
            due_at=now,
        )
    )


async def _apply(
    work: UnitOfWork,
    thread: DeviceThread,
    conversation: Conversation,
    content: About,
    at: datetime,
) -> bool:
    """Do to a message of the conversation what its sender did; False where it is not known."""
    target = await _target(work, thread.device_id, conversation, content.message_id)
    if target is None or target.deleted_at is not None:
        return False
    match content:
        case Reaction(emoji=emoji):
            return await _react(work, conversation, target, thread.participant_id, emoji)
        case Edit(body=body):
            if target.sender_id != thread.participant_id or (target.edited_at or at) > at:
                return False
            target.hold(body or "")
            target.edited_at = at
            work.record(conversation, EventKind.MESSAGE_EDITED, message_id=target.id)
        case Revocation():
            if target.sender_id != thread.participant_id:
                return False
            target.hold("")
            target.deleted_at = at
            work.record(conversation, EventKind.MESSAGE_DELETED, message_id=target.id)
    return True


async def _react(
    work: UnitOfWork,
    conversation: Conversation,
    target: Message,
    participant_id: UUID,
    emoji: str | None,
) -> bool:
    """One person has one reaction to a message: another takes the place of the first."""
    statement = select(ReactionRow).where(
        ReactionRow.message_id == target.id, ReactionRow.participant_id == participant_id
    )
    before = (await work.session.exec(statement)).all()
    if [row.emoji for row in before] == ([emoji] if emoji else []):
        return False
    about = {"message_id": target.id, "participant_id": participant_id}
    for row in before:
        await work.session.delete(row)
        work.record(conversation, EventKind.REACTION_REMOVED, **about)
    if emoji:
        await work.session.flush()
        work.session.add(
            ReactionRow(
                tenant_id=work.tenant_id,
                message_id=target.id,
                participant_id=participant_id,
                emoji=emoji,
                conversation_id=conversation.id,
            )
        )
        work.record(conversation, EventKind.REACTION_ADDED, **about)
    return True


async def _target(
    work: UnitOfWork, device_id: UUID, conversation: Conversation, external_id: str
) -> Message | None:
    heard = await _heard(work, device_id, external_id)
    if heard is None:
        return None
    statement = select(Message).where(
        col(Message.id) == heard.message_id,
        col(Message.sent_at) == time_of(heard.message_id),
        col(Message.conversation_id) == conversation.id,
    )
    return (await work.session.exec(statement)).one_or_none()


async def _heard(work: UnitOfWork, device_id: UUID, external_id: str) -> HeardMessage | None:
    return await work.session.get(HeardMessage, (device_id, external_id))


def _file_name(kind: MediaKind, media_type: str) -> str:
    return f"{kind.value}{guess_extension(media_type) or ''}"
