"""The gateway that needs nobody else: it delivers into Parley's own conversations.

Without a device into the delivery's conversation; with one that has a recipient instead, into the
conversation of the device with the recipient.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from gateways.posting import file_of, post_delivery
from gateways.protocol import Action, GatewayError, Outgoing, Sent
from models.audience import Contact
from models.base import now
from models.conversations import Conversation, Participant, Visibility
from models.database import Database
from models.hearing import DeviceThread
from models.messages import Attachment, ClientMessage
from models.tenants import User
from realtime.posting import join, lock_conversation
from realtime.threads import thread_of
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work


class Behaviour:
    """What happens around each message of the loopback gateway: nothing, unless told.

    Override `before` and `after` to be slow, to fail or to lose the answer by raising
    GatewayError or by waiting.
    """

    async def before(self, outgoing: Outgoing) -> None:
        """Called before the message is posted."""

    async def after(self, outgoing: Outgoing) -> None:
        """Called when the message is posted, before the sender is told."""


class LoopbackGateway:
    """Posts each message into its conversation, from the user who made the schedule.

    The delivery's id is the message's `clientMessageId`, so that sending twice posts once.
    At most `concurrency` messages are posted at a time, since each holds a database connection,
    and one into each conversation: they would wait for its row lock, and come out of order.
    """

    def __init__(
        self,
        database: Database,
        bell: Bell,
        *,
        clock: Callable[[], datetime] = now,
        behaviour: Behaviour | None = None,
        concurrency: int = 8,
    ) -> None:
        self._database = database
        self._bell = bell
        self._clock = clock
        self._behaviour = behaviour or Behaviour()
        self._turns = asyncio.Semaphore(concurrency)
        self._queues = WeakValueDictionary[UUID | str, asyncio.Lock]()

    async def send(self, outgoing: Outgoing) -> Sent:
        """Post the message. Raises GatewayError when its place, its sender or its file is gone."""
        await self._behaviour.before(outgoing)
        place = outgoing.conversation_id or outgoing.recipient
        queue = self._queues.setdefault(place, asyncio.Lock())
        async with queue, self._turns:
            message_id = await self._post(outgoing)
        await self._behaviour.after(outgoing)
        return Sent(str(message_id))

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """The message that was posted for the delivery, or None."""
        statement = (
            select(ClientMessage.message_id)
            .join(Participant, col(Participant.id) == ClientMessage.sender_id)
            .where(
                ClientMessage.client_message_id == str(outgoing.delivery_id),
                Participant.user_id == outgoing.sender_id,
                _is_in(outgoing),
            )
        )
        # Not a reader's statement: what a replica has not heard of yet may have been posted.
        async with self._turns, self._database.transaction(outgoing.tenant_id) as session:
            message_id = (await session.exec(statement)).first()
        return None if message_id is None else Sent(str(message_id))

    async def _post(self, outgoing: Outgoing) -> UUID:
        async with unit_of_work(self._database, self._bell, outgoing.tenant_id) as work:
            conversation = await lock_conversation(work, await _place(work, outgoing))
            if conversation is None:
                raise GatewayError("CONVERSATION_GONE", Action.FAIL)
            return await post_delivery(
                work,
                conversation,
                await _sender(work, conversation, outgoing.sender_id),
                outgoing.body,
                outgoing.contents,
                sent_at=self._clock(),
                file=await _file(work, outgoing),
                client_message_id=str(outgoing.delivery_id),
            )

    async def check(self) -> None:
        """It is always well."""

    async def close(self) -> None:
        """There is nothing to give back."""


def _is_in(outgoing: Outgoing) -> ColumnElement[bool]:
    """Whether a row of `client_messages` is of the conversation that the message goes into."""
    column = col(ClientMessage.conversation_id)
    if outgoing.conversation_id is not None:
        return column == outgoing.conversation_id
    return column == (
        select(DeviceThread.conversation_id)
        .where(
            DeviceThread.device_id == outgoing.device_id,
            DeviceThread.address == outgoing.recipient,
        )
        .scalar_subquery()
    )


async def _place(work: UnitOfWork, outgoing: Outgoing) -> UUID:
    """The conversation that the message goes into. Raises GatewayError."""
    if outgoing.conversation_id is not None:
        return outgoing.conversation_id
    if outgoing.device_id is None:
        raise GatewayError("CONVERSATION_GONE", Action.FAIL)
    contact = None
    if outgoing.contact_id is not None:
        contact = await work.session.get(Contact, outgoing.contact_id)
    thread = await thread_of(
        work,
        outgoing.device_id,
        outgoing.recipient,
        contact.name if contact else outgoing.recipient,
        outgoing.contact_id,
    )
    return thread.conversation_id


async def _file(work: UnitOfWork, outgoing: Outgoing) -> Attachment | None:
    """The file that goes with the message, if one does. Raises GatewayError when it is gone."""
    file = await file_of(work, outgoing.contents)
    if file is None and outgoing.contents.attachment_id is not None:
        raise GatewayError("FILE_GONE", Action.FAIL)
    return file


async def _sender(work: UnitOfWork, conversation: Conversation, user_id: UUID) -> Participant:
    """The user's participant. Who may see the conversation joins it by writing, as in the API."""
    found = await work.session.exec(
        select(Participant).where(
            Participant.conversation_id == conversation.id, Participant.user_id == user_id
        )
    )
    participant = found.one_or_none()
    if participant is not None and participant.left_at is None:
        return participant
    user = await work.session.get(User, user_id)
    if participant is not None or user is None or conversation.visibility == Visibility.PRIVATE:
        raise GatewayError("SENDER_NOT_IN_CONVERSATION", Action.FAIL)
    return await join(work, conversation, user_id=user_id, name=user.name)
