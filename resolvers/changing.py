"""Changing messages: editing, taking back, reacting.

Each takes two statements in one transaction: one locks the conversation and looks, the other
changes and keeps the event.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from models.base import now
from models.database import Row
from models.encryption import Body, EncryptedBody
from models.events import EventKind
from models.ids import new_id, time_of
from models.messages import MessageKind, columns_of
from models.tables import conversations, messages, participants, reactions, users
from models.tenants import Role
from realtime.change_statement import RowChange
from realtime.events import LiveEvent
from realtime.unit_of_work import QuickWork, quick_work
from resolvers.context import Context
from resolvers.encryption import GivenBody
from resolvers.errors import Code, UserError
from resolvers.limits import text_within
from resolvers.loaders.messages import COLUMNS
from resolvers.locking import counted, locked_conversation, look
from resolvers.paging import Selection
from resolvers.parameters import (
    CONVERSATION_ID,
    IS_GIVEN_MESSAGE,
    MESSAGE_ID,
    MOMENT,
    TENANT,
    USER,
)
from resolvers.scope import USER_ID

c, m, p, r, u = conversations.c, messages.c, participants.c, reactions.c, users.c
PARTICIPANT_ID = bindparam("participant_id", type_=Uuid())
EMOJI = bindparam("emoji", type_=Text())

Build: TypeAlias = Callable[[], RowChange]


async def edit_message(context: Context, message_id: UUID, given: GivenBody) -> Row:
    """Change the body of one's own message. What was encrypted stays so, what was not does too."""
    body = given.checked(context.services.limits)
    async with _changing(context, message_id) as change:
        change.must_be_own()
        if change.message.deleted_at is not None:
            raise UserError(Code.ALREADY_DONE, "The message was deleted.", "messageId")
        change.must_fit(body)
        return await change.rewrite(EventKind.MESSAGE_EDITED, _edited, body)


async def delete_message(context: Context, message_id: UUID) -> Row:
    """Take back a message: its text is gone, its place stays. Administrators may take back any."""
    async with _changing(context, message_id) as change:
        if not context.viewer.role.may_act_as(Role.ADMIN):
            change.must_be_own()
        if change.message.deleted_at is not None:
            return change.message
        return await change.rewrite(EventKind.MESSAGE_DELETED, _deleted, "")


async def add_reaction(context: Context, message_id: UUID, emoji: str) -> Row:
    """React to a message; the same reaction twice is one."""
    emoji = text_within(emoji, context.services.limits.emoji, "emoji")
    async with _changing(context, message_id) as change:
        return await change.react(EventKind.REACTION_ADDED, _reacted, emoji)


async def remove_reaction(context: Context, message_id: UUID, emoji: str) -> Row:
    """Take a reaction back; no error when there is none."""
    async with _changing(context, message_id) as change:
        return await change.react(EventKind.REACTION_REMOVED, _unreacted, emoji)


@dataclass(slots=True)
class _Change:
    """A message under change, its conversation locked, whose last event is `seq`.

    `message` has the viewer's `participant_id` there too, if any, and when that one `left_at`.
    """

    context: Context
    work: QuickWork
    message: Row
    seq: int

    def must_be_own(self) -> None:
        """Raise NOT_YOURS unless the viewer has sent it."""
        sender_id = self.message.sender_id
        if sender_id is None or sender_id != self.message.participant_id:
            raise UserError(Code.NOT_YOURS, "This message is somebody else's.", "messageId")

    def must_fit(self, body: Body) -> None:
        """Raise BAD_INPUT where one is encrypted and the other is not."""
        if isinstance(body, EncryptedBody) != (self.message.kind == MessageKind.ENCRYPTED):
            message = "Edit an encrypted message with ciphertext, and any other with body."
            raise UserError(Code.BAD_INPUT, message, "messageId")

    async def rewrite(self, kind: EventKind, build: Build, body: Body) -> Row:
        """Give the message this body; gives the message as it is then."""
        await self._take_part()
        ids = {"message_id": self.message.id}
        moment = self.context.services.clock()
        row = await self._record(kind, ids, build, moment=moment, **columns_of(body))
        if row is None:
            raise _no_such_message()
        return row

    async def react(self, kind: EventKind, build: Build, emoji: str) -> Row:
        """Add or remove a reaction of the viewer's, if that is a change; gives the message."""
        ids = {"message_id": self.message.id, "participant_id": await self._take_part()}
        await self._record(kind, ids, build, emoji=emoji, moment=now())
        return self.message

    async def _take_part(self) -> UUID:
        """The viewer's participant; made, or there again, if need be."""
        known: UUID | None = self.message.participant_id
        if known is not None and self.message.left_at is None:
            return known
        ids = {"participant_id": known or new_id()}
        user_id = self.context.viewer.user_id
        joined = EventKind.PARTICIPANT_JOINED
        if await self._record(joined, ids, _joined, user_id=user_id, moment=now()) is None:
            raise UserError(Code.NOT_FOUND, "There is no such user in this tenant.", "userIds")
        return ids["participant_id"]

    async def _record(
        self, kind: EventKind, ids: dict[str, UUID], build: Build, **values: Any
    ) -> Row | None:
        """The row that the statement changes, if any; then there is an event more, with `ids`."""
        message, tenant_id = self.message, self.work.tenant_id
        event = LiveEvent.in_conversation(
            tenant_id, message.conversation_id, self.seq + 1, kind, ids
        )
        values |= {"tenant_id": tenant_id, "conversation_id": message.conversation_id}
        values |= {"message_id": message.id, "sent_at": message.sent_at, **ids}
        row = await self.work.record(event, build, **values)
        if row is not None:
            self.seq += 1
        return row


@asynccontextmanager
async def _changing(context: Context, message_id: UUID) -> AsyncIterator[_Change]:
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with quick_work(services.database, services.bell, viewer.tenant_id) as work:
        message = await look(
            work,
            _looking,
            message_id=message_id,
            sent_at=time_of(message_id),
            reader_tenant_id=viewer.tenant_id,
            reader_user_id=viewer.user_id,
        )
        if message is None:
            raise _no_such_message()
        yield _Change(context, work, message, message.last_seq)


def _no_such_message() -> UserError:
    return UserError(Code.NOT_FOUND, "There is no such message.", "messageId")


def _looking() -> Selection:
    """A message that the viewer may see, its conversation locked, and their part in that."""
    place = select(m.conversation_id).where(IS_GIVEN_MESSAGE).scalar_subquery()
    locked = locked_conversation(c.id == place)
    theirs = and_(p.conversation_id == locked.c.id, p.user_id == USER_ID)
    return (
        select(*COLUMNS, p.id.label("participant_id"), p.left_at, *counted(locked))
        .select_from(locked)
        .join(messages, m.conversation_id == locked.c.id)
        .outerjoin(participants, theirs)
        .where(IS_GIVEN_MESSAGE)
    )


def _edited() -> RowChange:
    return _rewritten("edited_at")


def _deleted() -> RowChange:
    return _rewritten("deleted_at")


def _rewritten(moment: str) -> RowChange:
    """The message with another body, from a moment on."""
    body = {name: bindparam(name, type_=m[name].type) for name in columns_of("")}
    return (
        update(messages)
        .where(IS_GIVEN_MESSAGE)
        .values({**body, moment: MOMENT})
        .returning(*COLUMNS)
    )


def _reacted() -> RowChange:
    """A reaction, unless it is there."""
    row = {
        r.tenant_id: TENANT,
        r.message_id: MESSAGE_ID,
        r.participant_id: PARTICIPANT_ID,
        r.emoji: EMOJI,
        r.conversation_id: CONVERSATION_ID,
        r.created_at: MOMENT,
    }
    return insert(reactions).values(row).on_conflict_do_nothing().returning(r.message_id)


def _unreacted() -> RowChange:
    theirs = and_(r.message_id == MESSAGE_ID, r.participant_id == PARTICIPANT_ID, r.emoji == EMOJI)
    return delete(reactions).where(theirs).returning(r.message_id)


def _joined() -> RowChange:
    """A participant for a user of the tenant, or the one they were before."""
    row: dict[Any, Any] = {
        p.tenant_id: TENANT,
        p.id: PARTICIPANT_ID,
        p.created_at: MOMENT,
        p.conversation_id: CONVERSATION_ID,
        p.user_id: u.id,
        p.name: u.name,
    }
    user = select(*row.values()).where(u.id == USER, u.tenant_id == TENANT, u.removed_at.is_(None))
    joining = insert(participants).from_select(list(row), user)
    there = [p.conversation_id, p.user_id]
    again = joining.on_conflict_do_update(index_elements=there, set_={"left_at": None})
    return again.returning(p.id)
