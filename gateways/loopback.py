"""The gateway that needs nobody else: it delivers into Parley's own conversations."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from weakref import WeakValueDictionary

from sqlmodel import col, select

from gateways.protocol import Action, GatewayError, Outgoing, Sent
from models.base import now
from models.conversations import Conversation, Participant, Visibility
from models.database import Database
from models.messages import ClientMessage
from models.tenants import User
from realtime.posting import join, lock_conversation, post_message
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
        self._queues = WeakValueDictionary[UUID, asyncio.Lock]()

    async def send(self, outgoing: Outgoing) -> Sent:
        """Post the message. Raises GatewayError when the conversation or the sender is gone."""
        await self._behaviour.before(outgoing)
        queue = self._queues.setdefault(outgoing.conversation_id, asyncio.Lock())
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
                ClientMessage.conversation_id == outgoing.conversation_id,
                ClientMessage.client_message_id == str(outgoing.delivery_id),
                Participant.user_id == outgoing.sender_id,
            )
        )
        # Not a reader's statement: what a replica has not heard of yet may have been posted.
        async with self._turns, self._database.transaction(outgoing.tenant_id) as session:
            message_id = (await session.exec(statement)).first()
        return None if message_id is None else Sent(str(message_id))

    async def _post(self, outgoing: Outgoing) -> UUID:
        async with unit_of_work(self._database, self._bell, outgoing.tenant_id) as work:
            conversation = await lock_conversation(work, outgoing.conversation_id)
            if conversation is None:
                raise GatewayError("CONVERSATION_GONE", Action.FAIL)
            message = await post_message(
                work,
                conversation,
                await _sender(work, conversation, outgoing.sender_id),
                outgoing.body,
                client_message_id=str(outgoing.delivery_id),
                sent_at=self._clock(),
                attended=False,
            )
        return message.id


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
